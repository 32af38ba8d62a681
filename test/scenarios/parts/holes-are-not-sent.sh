#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A sparse image: its holes read as zero from a cache directory and from a
# block device full of old bytes, and are not transferred.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$CACHES"
truncate -s 32M "$IMAGE"
image 1 65536 | dd of="$IMAGE" bs=64K seek=100 conv=notrunc status=none
image 1 65536 | dd of="$IMAGE" bs=64K seek=300 conv=notrunc status=none
server_start "$IMAGE"

attach --cache "$CACHES/a" "$URI"
check_read -f "$IMAGE" "/dev/$disk"
expect_le "bytes served for 128 KiB in 32 MiB" "$(bytes_served)" 4194304
figure "bytes served for 128 KiB of data in 32 MiB" "$(bytes_served)"
detach "$disk"

take_bdev
tr '\0' '\252' </dev/zero | dd of="$bdev" bs=1M count=40 iflag=fullblock status=none
attach --overwrite --cache "$bdev" "$URI"
check_read -f "$IMAGE" -b 65536 "/dev/$disk"
check_read -f "$IMAGE" -d "/dev/$disk"
