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
# What was recorded with this cache is fetched from the start.
attach --cache "$CACHES/a" "$URI"
detach "$disk"
before=$(last_connection)
shape delay 20ms rate 20mbit
# Three quarters of the image, from the end to the start.
write_function "$CACHES/a" big 3072:1024 2048:1024 1024:1024
WEIGHT=900 write_function "$CACHES/a" small 600:64 500:8
write_function "$CACHES/a" foreign 0:100000
echo '{' >"$CACHES/a/functions/broken.json"
begun=$(now_ms)
attach --cache "$CACHES/a" "$URI"

say "demand meanwhile"
check_read -d -b 4096 -n 1048576 -r 3 -c 20 -w 20 "/dev/$disk"
longest=$(field max_ms)
figure "longest of 20 reads while a function is fetched, 40 ms RTT, 20 Mbit/s, ms" "$longest"
[ "$(absent_of "$disk" big)" -gt 0 ] || fail "the function was there before the reads ended"
expect_le "longest demand read, ms" "$longest" "$SLACK_MS"

say "the rest comes by itself"
wait_whole "$disk" big 60
took=$(($(now_ms) - begun))
figure "12.3 MB in functions over 20 Mbit/s, ms" $took
is_whole "$disk" small || fail "the function of more weight is not whole"
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
expect_eq "the first that came" "$(blocks_served_after "$before" | head -n 1 | sed 's/:.*//')" 600
expect_eq "the first of the large one" "$(blocks_served_after "$before" | awk -F : '$1 >= 1024 { print $1; exit }')" 3072
expect_match "the helper's log" "$(cat "$HELPER_LOG")" 'function big is in the cache'
expect_eq "functions ignored, lines" "$(grep -c ignored "$HELPER_LOG")" 2
wait_for 5 "prefetch to be idle" prefetch_idle "$disk"
server_stop
check_read -b 4096 -o 4194304 "/dev/$disk"
