#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An image with a partition table: the partitions are there when attach
# returns, and read right.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
server_stop
make_image "$IMAGE" 1 8
# One partition of type 83, from sector 2048, 8192 sectors long.
printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\040\0\0' |
	dd of="$IMAGE" bs=1 seek=446 conv=notrunc status=none
dd if=/dev/zero of="$IMAGE" bs=1 seek=462 count=48 conv=notrunc status=none
printf '\125\252' | dd of="$IMAGE" bs=1 seek=510 conv=notrunc status=none
server_start "$IMAGE"
attach --cache "$CACHES/a" "$URI"
[ -b "/dev/${disk}p1" ] || fail "no partition /dev/${disk}p1"
expect_eq "its size" "$(blockdev --getsize64 "/dev/${disk}p1")" 4194304
dd if="$IMAGE" of="$EVG_TMP/part" bs=1M skip=1 count=4 status=none
check_read -f "$EVG_TMP/part" "/dev/${disk}p1"
check_read -d -b 65536 -f "$EVG_TMP/part" "/dev/${disk}p1"
