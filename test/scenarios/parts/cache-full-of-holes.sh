#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The cache's file system is full to the last block. Holes of the image, whose
# bytes nobody sends, are read all the same: the map has no room to keep them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$EVG_TMP/small" 16
make_image "$IMAGE" 1 4
truncate -s 512M "$IMAGE"
server_start "$IMAGE"
attach --grace 0 --cache "$EVG_TMP/small/a" "$URI"
helper=$(helper_of "$disk")
check_read -f "$IMAGE" -n 4194304 "/dev/$disk"
dd if=/dev/zero of="$EVG_TMP/small/rest" bs=4k 2>/dev/null || true

say "alone, in long reads, and where data ends"
check_read -f "$IMAGE" -d -b 4096 -o 134217728 -n 1048576 "/dev/$disk"
check_read -f "$IMAGE" -d -b 1048576 -o 268435456 -n 16777216 -t 4 "/dev/$disk"
check_read -f "$IMAGE" -b 131072 -o 3145728 -n 4194304 "/dev/$disk"
expect_ge "inlined_bytes" "$(value "$disk" inlined_bytes)" $((17 << 20))
expect_eq "failed" "$(value "$disk" failed)" 0
expect_eq "the helper" "$(helper_of "$disk")" "$helper"
detach "$disk"
umount "$EVG_TMP/small"
