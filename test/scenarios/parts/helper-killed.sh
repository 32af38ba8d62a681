#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# The helper is killed with reads in flight. Hits go on; a new helper takes
# the disk; no read is lost and no byte is wrong.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
shape delay 50ms
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
node=$disk
reader -d -b 16384 -o 1048576 -t 8 "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_for 10 "reads in flight" value_is_at_least "$disk" parked 4
old=$(helper_of "$disk")
kill -KILL "$old"

say "no helper: hits go on, misses wait"
wait_for 5 "the kernel to notice" has_value "$disk" helper none
wait_state "$disk" offline
check_read -d -b 4096 -n 1048576 "/dev/$disk"
expect_eq "failed" "$(value "$disk" failed)" 0

say "a new helper"
attach --name "$node" --grace inf --cache "$CACHES/a" "$URI"
expect_eq "the disk" "$disk" "$node"
[ "$(helper_of "$disk")" != "$old" ] || fail "the old helper is bound"
join_read $reading "$EVG_TMP/misses"
check_read "/dev/$disk"
expect_eq "failed" "$(value "$disk" failed)" 0
