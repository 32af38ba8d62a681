#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Whoever misses one block of a function gets all of it, before other functions,
# in the order of first touch; a block of two functions says nothing.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
WEIGHT=900 write_function "$CACHES/a" heavy 2048:1024 16:8
write_function "$CACHES/a" light 1500:16 1032:32 1400:16 16:8
attach --rate 400K --cache "$CACHES/a" "$URI"

wait_for 10 "the heavy one to begin" grep -q 'offset=0x800000' "$(server_log)"
check_read -d -b 4096 -o 65536 -n 4096 "/dev/$disk"
sleep 1
expect_eq "the light one's absent bytes" "$(absent_of "$disk" light)" $((71 * 4096))
say "a miss of the light one's alone"
check_read -d -b 4096 -o $((1040 * 4096)) -n 4096 "/dev/$disk"
wait_whole "$disk" light 10
expect_match "the order" "$(blocks_served | sed 's/:.*//' | grep -E '^(1500|1032|1400)$' | tr '\n' ' ')" \
	'^1500 1032 1400 $'
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0

say "a person asks"
ask_refused "$disk" "prefetch nonsense"
ask_ok "$disk" "prefetch heavy" "set rate none"
wait_whole "$disk" heavy
expect_match "which was whole first" "$(grep -o 'function [a-z]* is in' "$HELPER_LOG" | tr '\n' ' ')" \
	'function light is in function heavy is in'
