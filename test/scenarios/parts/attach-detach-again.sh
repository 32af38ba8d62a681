#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk is attached and detached ten times, with reads under way in between:
# the number is free again, and nothing is left behind.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
i=0
while [ $((i += 1)) -le 10 ]; do
	attach --name evg3 --cache "$CACHES/a" "$URI"
	expect_eq "the disk" "$disk" evg3
	check_read -d -b 65536 -r "$i" -c 8 "/dev/$disk"
	detach "$disk"
done
evergreen check "$CACHES/a" || fail "the cache is damaged"
