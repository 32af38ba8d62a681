#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss
# evg: timeout=300
# Outages of 45 s, and of an hour, on a virtual clock: grace 60 s and grace
# without end never fail a read that came back in time, grace 60 s fails at
# 60 s, and recovery comes with the link: at once, or after the second in which
# the first SYN or ARP request is repeated, if the far end came up later; or both.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/outage.sh
. "$EVG_REPO/test/scenarios/lib/outage.sh"

setup 4
attach_minute_and_ever

miss() { # DISK OFFSET DEMAND
	reader -d -b 65536 -o "$2" -n 65536 -e "$3" "/dev/$1" >"$EVG_TMP/$1" &
}

say "45 seconds"
link_cut link-down
miss "$minute" 1048576 none
first=$!
miss "$ever" 1048576 none
second=$!
sleep 45
link_mend link-down
begun=$(now_ms)
join_read $first "$EVG_TMP/$minute"
join_read $second "$EVG_TMP/$ever"
took=$(($(now_ms) - begun))
figure "from the link's return after 45 s to the last parked read, ms" $took
expect_le "recovery, ms" $took 2500

say "one hour"
link_cut link-down
miss "$minute" 2097152 all
first=$!
miss "$ever" 2097152 none
second=$!
join_read $first "$EVG_TMP/$minute"
expect_le "the wait with grace 60 s, ms" "$(field max_error_ms)" $((60000 + DETECT * 1000 + 100))
expect_ge "the wait with grace 60 s, ms" "$(field max_error_ms)" 59000
expect_eq "failed with ENOLINK" "$(field ENOLINK)" 1
figure "wait with grace 60 s and detect 2 s, ms" "$(field max_error_ms)"
sleep 3600
expect_ge "outage_seconds" "$(value "$ever" outage_seconds | sed 's/\..*//')" 3600
check_read -d -n 1048576 "/dev/$ever"
link_mend link-down
begun=$(now_ms)
join_read $second "$EVG_TMP/$ever"
took=$(($(now_ms) - begun))
figure "from the link's return after 1 h to the parked read, ms" $took
expect_le "recovery, ms" $took 2500
wait_state "$minute" online
for disk in $minute $ever; do
	check_read -d "/dev/$disk"
done
