#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: timeout=300
# evg: needs=blockdev,nsenter,ss,jq
# On a virtual clock, over 20 ms and 20 Mbit/s: while a function is fetched, a
# demand read waits behind about one bandwidth-delay product, and the function
# comes nearly as fast as the link carries it.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
write_function "$CACHES/a" big 1024:2048
shape delay 20ms rate 20mbit limit 100000
begun=$(now_ms)
attach --cache "$CACHES/a" "$URI"
wait_for 10 "a start" value_is_at_least "$disk" filled_bytes 1048576
check_read -d -b 4096 -n 1048576 -r 3 -c 15 -w 20 "/dev/$disk"
longest=$(field max_ms)
[ "$(absent_of "$disk" big)" -gt 0 ] || fail "the function was there before the reads ended"
wait_for 20 "the function" value_is_at_least "$disk" filled_bytes $((2048 * 4096 + 15 * 4096))
took=$(($(now_ms) - begun))
figure "longest demand read during prefetch, 40 ms RTT, 20 Mbit/s, ms" "$longest"
is_whole "$disk" big || fail "the function is not whole"
figure "a function of 8 MiB over 20 Mbit/s with attach, ms" $took
expect_le "longest demand read, ms" "$longest" 160
expect_le "the whole function, ms" $took 5500
