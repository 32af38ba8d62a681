#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An image with a partition table: the partitions are there when attach
# returns, and read right.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
server_stop
make_image "$IMAGE" 1 8
put_partitions "$IMAGE" 1 4
server_start "$IMAGE"
attach --cache "$CACHES/a" "$URI"
[ -b "/dev/${disk}p1" ] || fail "no partition /dev/${disk}p1"
expect_eq "its size" "$(blockdev --getsize64 "/dev/${disk}p1")" 4194304
dd if="$IMAGE" of="$EVG_TMP/part" bs=1M skip=1 count=4 status=none
check_read -f "$EVG_TMP/part" "/dev/${disk}p1"
check_read -d -b 65536 -f "$EVG_TMP/part" "/dev/${disk}p1"
