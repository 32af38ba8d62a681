#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The cache's device fails: what it cannot read the server sends, and that is
# counted; without the server reads end as errors. When it is well again so are
# the reads.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
take_bdev
modprobe dm-mod
size=$((64 * 2048))
dmsetup create store --table "0 $size linear $bdev 0"
dmsetup mknodes
attach --overwrite --grace 0 --cache /dev/mapper/store "$URI"
check_read "/dev/$disk"

dmsetup suspend --nolockfs store
dmsetup reload store --table "0 $size error"
dmsetup resume store
check_read -d -b 65536 "/dev/$disk"
expect_ge "io_errors" "$(value "$disk" io_errors)" 64
expect_eq "failed" "$(value "$disk" failed)" 0
server_stop
wait_state "$disk" offline
check_read -d -b 65536 -e all "/dev/$disk"
server_start "$IMAGE"
wait_state "$disk" online

dmsetup suspend --nolockfs store
dmsetup reload store --table "0 $size linear $bdev 0"
dmsetup resume store
check_read -d -b 65536 "/dev/$disk"
detach "$disk"
dmsetup remove store
