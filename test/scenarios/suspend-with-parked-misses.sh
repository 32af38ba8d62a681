#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=180
# The machine goes to sleep while reads wait for a lost link: nothing keeps
# it awake, and after waking the reads go on.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

[ -e /sys/power/pm_test ] || skip "this kernel has no /sys/power/pm_test"
echo freezer >/sys/power/pm_test
setup 4
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -n 1048576 "/dev/$disk"
link_cut stopped
reader -d -b 65536 -o 1048576 -n 1048576 -t 4 -e any "/dev/$disk" >"$EVG_TMP/direct" &
direct=$!
wait_for 10 "parked direct reads" value_is_at_least "$disk" parked 4
reader -b 65536 -o 2097152 -n 1048576 -t 4 -e any "/dev/$disk" >"$EVG_TMP/buffered" &
buffered=$!
wait_for 10 "parked reads" value_is_at_least "$disk" parked 8

begun=$(now_ms)
echo freeze >/sys/power/state || fail "the machine could not be put to sleep"
figure "asleep and awake again, with 5 s of sleep, ms" $(($(now_ms) - begun))
check_read -d -n 1048576 "/dev/$disk"
link_mend stopped
wait_state "$disk" online
join_read $direct "$EVG_TMP/direct"
join_read $buffered "$EVG_TMP/buffered"
check_read "/dev/$disk"
