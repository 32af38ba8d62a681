#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache on a block device: cold, warm, and attached again with the server
# gone.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_image "$IMAGE" 1 8
server_start "$IMAGE"
take_bdev

say "what holds something else is not overwritten unasked"
dd if=/dev/urandom of="$bdev" bs=64K count=1 status=none
refused 1 "$bdev.*overwrite" evergreen attach --cache "$bdev" "$URI"
attach --overwrite --cache "$bdev" "$URI"
check_read -d -b 65536 -n 4194304 "/dev/$disk"
check_read "/dev/$disk"
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" 8388608
check_read -d -b 4096 -r 5 -t 4 "/dev/$disk"
check_read -d -b 1048576 "/dev/$disk"
detach "$disk"
evergreen check "$bdev" || fail "the cache is damaged"

say "attached again without the server"
server_stop
attach --grace 0 --cache "$bdev" "$URI"
check_read -d -b 131072 "/dev/$disk"
check_read "/dev/$disk"
expect_eq "misses" "$(value "$disk" misses)" 0
detach "$disk"

say "a damaged one is made again when that is said"
server_start "$IMAGE"
printf '\377' | dd of="$bdev" bs=1 seek=40 conv=notrunc status=none
refused 1 "is damaged.*--overwrite" evergreen attach --cache "$bdev" "$URI"
attach --overwrite --cache "$bdev" "$URI"
check_read -d "/dev/$disk"
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" 8388608
