#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An image whose size is no multiple of a block: its tail is right, and what
# follows the tail in the last sector is zero.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$CACHES"
image 1 $((2 * 1048576 + 1234)) >"$IMAGE"
server_start "$IMAGE"
attach --cache "$CACHES/a" "$URI"

size=$(blockdev --getsize64 "/dev/$disk")
expect_ge "the disk's size" "$size" $((2 * 1048576 + 1024))
expect_le "the disk's size" "$size" $((2 * 1048576 + 4096))
check_read -f "$IMAGE" -b 4096 "/dev/$disk"
check_read -f "$IMAGE" -b 512 -d -o 2097152 "/dev/$disk"
check_read -f "$IMAGE" -b 131072 -d "/dev/$disk"
