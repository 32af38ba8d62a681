#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Reads of all sizes at random places, 16 at once, over a slow link: every
# byte is right and no block is fetched twice.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
shape delay 5ms 2ms
attach --cache "$CACHES/a" "$URI"

check_read -d -b 12288 -s 4096 -r 11 -c 400 -t 8 "/dev/$disk" &
first=$!
check_read -d -b 262144 -s 4096 -r 12 -c 60 -t 4 "/dev/$disk" &
second=$!
check_read -b 20480 -s 4096 -r 13 -c 200 -t 4 "/dev/$disk"
wait $first
wait $second
check_read "/dev/$disk"
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" 8388608
