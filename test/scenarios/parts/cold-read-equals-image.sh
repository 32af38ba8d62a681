#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Everything is read through a cold cache, in pieces small and large,
# buffered and direct: each byte is the image's, and each block is fetched
# once.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 16
attach --cache "$CACHES/a" "$URI"

check_read -d -b 4096 -n 1048576 -r 1 "/dev/$disk"
check_read -d -b 1048576 -o 1048576 -n 7340032 "/dev/$disk"
check_read -b 65536 "/dev/$disk"
check_read -d -b 512 -n 65536 "/dev/$disk"
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" 16777216
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
expect_eq "io_errors" "$(value "$disk" io_errors)" 0
cmp "$IMAGE" "$CACHES/a/clean" || fail "the complete cache is not the image"
figure "bytes sent by the server for 16 MiB" "$(bytes_served)"
