#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# The helper is stopped with reads in flight: the kernel's own clock declares
# the link lost. A new helper takes over; the old one is ended, and harms
# nothing.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
shape delay 25ms
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
node=$disk
old=$(helper_of "$disk")
kill -STOP "$old"
reader -d -b 16384 -o 1048576 -t 8 "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_state "$disk" offline $((DETECT + 3))
figure "outage_seconds at the kernel's verdict" "$(value "$disk" outage_seconds)"
check_read -d -b 4096 -n 1048576 "/dev/$disk"
expect_le "longest hit, ms" "$(field max_ms)" "$SLACK_MS"

say "a second helper is refused unless it takes over"
refused 1 "takeover" evergreen attach --name "$node" --cache "$CACHES/a" "$URI"
attach --name "$node" --takeover --grace inf --cache "$CACHES/a" "$URI"
join_read $reading "$EVG_TMP/misses"

say "the old helper is gone, and never woke"
wait_for 10 "the old helper to end" is_gone "$old"
wait_state "$node" online
drop_caches
check_read "/dev/$node"
