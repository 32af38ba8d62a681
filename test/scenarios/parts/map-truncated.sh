#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The map's file is cut short, anywhere: one line, or what is gone is fetched
# again; never a wrong byte.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
detach "$disk"
cp "$CACHES/a/map" "$EVG_TMP/map"

for size in 0 1 100 4095 4096 8192 10000 12288 14000 16384; do
	cp "$EVG_TMP/map" "$CACHES/a/map"
	truncate -s $size "$CACHES/a/map"
	if evergreen attach --cache "$CACHES/a" "$URI" >"$EVG_TMP/node" 2>"$EVG_TMP/said"; then
		disk=$(sed 's|/dev/||' "$EVG_TMP/node")
		say "$size bytes: served"
		check_read -d "/dev/$disk"
		detach "$disk"
	else
		say "$size bytes: $(cat "$EVG_TMP/said")"
		expect_eq "lines" "$(wc -l <"$EVG_TMP/said")" 1
		expect_match "the refusal" "$(cat "$EVG_TMP/said")" "$CACHES/a"
	fi
done
