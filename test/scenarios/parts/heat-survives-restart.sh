#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# How often regions were read outlives the disk, and counts half then; a file of
# it that is damaged is as good as none.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

level() { # REGION: its heat, 0 when there is none
	local level

	level=$(look "${disk#evg}" heat 1 | sed -n "s/^$(($1 * 16)) \([0-9]*\).*/\1/p")
	echo "${level:-0}"
}

has_level() { # REGION LEVEL
	[ "$(level "$1")" = "$2" ]
}

setup 16
attach --cache "$CACHES/a" "$URI"
check_read -d -b 65536 "/dev/$disk"
for _ in {1..30}; do
	reader -d -b 65536 -o $((20 * 65536)) -n 65536 "/dev/$disk" >"$EVG_TMP/hot"
done
hot=$(level 20)
expect_ge "the hot region's level" "$hot" 9
expect_eq "another's" "$(level 21)" 1
kill "$(helper_of "$disk")"
wait_for 5 "the helper to end" has_value "$disk" helper none
detach "$disk"

attach --cache "$CACHES/a" "$URI"
wait_for 5 "the hot region to be half as hot" has_level 20 $((hot - 4))
expect_eq "one that was read once" "$(level 21)" 0
expect_eq "the hot region, touched since" "$(look "${disk#evg}" heat 1 | grep -c "^320 .*touched")" 0
kill "$(helper_of "$disk")"
wait_for 5 "the helper to end" has_value "$disk" helper none
detach "$disk"

say "a damaged file"
printf x | dd of="$CACHES/a/heat" bs=1 seek=100 conv=notrunc status=none
attach --cache "$CACHES/a" "$URI"
wait_for 5 "a line in the log" grep "heat is damaged" "$HELPER_LOG"
sleep 1
expect_eq "the hot region's level" "$(level 20)" 0
check_read "/dev/$disk"
