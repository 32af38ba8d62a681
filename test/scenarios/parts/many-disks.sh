#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: mem=1024
# Twelve disks at once, each with its helper, each read in full.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	attach --cache "$CACHES/$i" "$URI"
	disks+=("$disk")
done
expect_eq "disks in the list" "$(evergreen list --json | jq length)" 12
for disk in "${disks[@]}"; do
	reader -b 65536 "/dev/$disk" >"$EVG_TMP/$disk" &
	readers+=($!)
done
for i in "${!disks[@]}"; do
	join_read "${readers[i]}" "$EVG_TMP/${disks[i]}"
done
