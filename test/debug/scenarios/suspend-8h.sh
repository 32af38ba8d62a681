#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss
# evg: timeout=600
# The machine sleeps for eight hours of virtual time, woken by its clock: with
# the link up, and with the link lost and back before it wakes. The first miss
# after it is served without an error, soon.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

HOURS=8
alarm=/sys/class/rtc/rtc0/wakealarm
modprobe rtc_cmos 2>/dev/null || true
[ -e $alarm ] || skip "this machine's clock has no alarm"
setup 8
attach --grace 30 --cache "$CACHES/a" "$URI"
attached=$disk
check_read -n 1048576 "/dev/$disk"

asleep() {
	local begun

	begun=$(now_ms)
	echo 0 >$alarm
	echo +$((HOURS * 3600)) >$alarm
	echo freeze >/sys/power/state || fail "the machine could not be put to sleep"
	figure "seconds asleep" $((($(now_ms) - begun) / 1000))
	expect_ge "seconds asleep" $((($(now_ms) - begun) / 1000)) $((HOURS * 3600 - 60))
}

say "the link is up all the time"
asleep
check_read -d -n 1048576 "/dev/$attached"
check_read -d -b 65536 -o 1048576 -n 1048576 "/dev/$attached"
figure "the longest miss after $HOURS h, ms" "$(field max_ms)"
expect_le "the longest miss, ms" "$(field max_ms)" 5000

say "a read waits for a lost link when it falls asleep"
link_cut link-down
reader -d -b 65536 -o 2097152 -n 65536 -e any "/dev/$attached" >"$EVG_TMP/parked" &
reading=$!
wait_for 5 "a read that waits" value_is_at_least "$attached" parked 1
asleep
join_read $reading "$EVG_TMP/parked"
expect_le "the wait of a read over it, ms of waking" "$(value "$attached" parked)" 0
link_mend link-down
begun=$(now_ms)
wait_state "$attached" online
figure "online again after the link, ms" $(($(now_ms) - begun))
check_read -d "/dev/$attached"
