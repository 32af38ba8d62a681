#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# A function arrives without being asked for, in its order, each block once;
# while it does, over 20 ms and 20 Mbit/s, whoever asks is served quickly.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
shape delay 20ms rate 20mbit
evergreend --cache "$CACHES/a" "$URI" --name 9 </dev/null 2>"$EVG_TMP/first" &
wait_for 10 "the disk" test -b /dev/evg9
detach evg9
# Three quarters of the image, from the end to the start.
write_function "$CACHES/a" big 3072:1024 2048:1024 1024:1024
WEIGHT=900 write_function "$CACHES/a" small 600:64 500:8
begun=$(now_ms)
attach --cache "$CACHES/a" "$URI"

say "demand meanwhile"
check_read -d -b 4096 -n 1048576 -r 3 -c 25 -w 20 "/dev/$disk"
figure "longest of 25 reads while a function is fetched, 40 ms RTT, 20 Mbit/s, ms" "$(field max_ms)"
longest=$(field max_ms)
[ "$(absent_of "$disk" big)" -gt 0 ] || fail "the function was there before the reads ended"

say "the rest comes by itself"
wait_whole "$disk" big 30
took=$(($(now_ms) - begun))
figure "12.3 MB in functions over 20 Mbit/s, ms" $took
is_whole "$disk" small || fail "the function of more weight is not whole"
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
expect_eq "the first that came" "$(blocks_served | head -n 1 | sed 's/:.*//')" 600
expect_match "the order of the large one" \
	"$(blocks_served | sed 's/:.*//' | grep -m 1 -A 3 -x 3072 | tr '\n' ' ')" '^3072 30'
expect_match "the helper's log" "$(cat "$HELPER_LOG")" 'function big is in the cache'
wait_for 5 "prefetch to be idle" prefetch_idle "$disk"
server_stop
check_read -b 4096 -o 4194304 "/dev/$disk"
expect_le "longest demand read, ms" "$longest" "$SLACK_MS"
expect_le "time for it all, ms" $took $((15000 * SLOW))
