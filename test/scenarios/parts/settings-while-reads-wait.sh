#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# grace and detect are changed while reads wait: the change counts for them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
expect_eq "grace" "$(value "$disk" grace)" inf
check_read -d -n 524288 "/dev/$disk"
link_cut killed
wait_state "$disk" offline
reader -d -b 4096 -o 1048576 -n 4096 -e all "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_for 5 "a parked read" value_is_at_least "$disk" parked 1
evergreen set "$disk" --grace 0
begun=$(now_ms)
join_read $reading "$EVG_TMP/misses"
expect_le "ms until the parked read failed" $(($(now_ms) - begun)) "$SLACK_MS"
expect_match "grace" "$(value "$disk" grace)" '^0(\.000)?$'
evergreen set "/dev/$disk" --grace 2.5 --detect 5
expect_match "grace" "$(value "$disk" grace)" '^2\.500$'
expect_match "detect" "$(value "$disk" detect)" '^5(\.000)?$'
refused 2 "detect" evergreen set "$disk" --detect 0
expect_match "detect" "$(value "$disk" detect)" '^5(\.000)?$'
