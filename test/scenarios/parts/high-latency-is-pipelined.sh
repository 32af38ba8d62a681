#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss
# 250 ms of round trip: 32 random reads at once are 32 in flight, and reading
# in order is not one request at a time.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 16
attach --cache "$CACHES/a" "$URI"
shape delay 125ms limit 100000
check_read -d -b 4096 -n 65536 -c 1 "/dev/$disk"

check_read -d -b 4096 -r 7 -c 128 -t 32 "/dev/$disk"
figure "128 random reads, 32 at once, RTT 250 ms, ms" "$(field elapsed_ms)"
expect_le "128 random reads, 32 at once, ms" "$(field elapsed_ms)" 2000

blockdev --setra 4096 "/dev/$disk"
check_read -b 1048576 -o 8388608 "/dev/$disk"
figure "8 MiB in order, RTT 250 ms, ms" "$(field elapsed_ms)"
expect_le "8 MiB in order, ms" "$(field elapsed_ms)" 6000
