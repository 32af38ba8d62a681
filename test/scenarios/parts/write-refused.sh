#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The disk is read-only: writes, discards and making it writable are refused,
# quietly, and nothing changes.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
expect_eq "ro" "$(cat "/sys/block/$disk/ro")" 1
for try in 1 2; do
	dd if=/dev/zero of="/dev/$disk" bs=4096 count=1 oflag=direct 2>/dev/null &&
		fail "a write was taken"
	dd if=/dev/zero of="/dev/$disk" bs=4096 count=1 conv=fsync 2>/dev/null &&
		fail "a buffered write was taken"
	blkdiscard -f "/dev/$disk" 2>/dev/null && fail "a discard was taken"
	blkdiscard -z -f "/dev/$disk" 2>/dev/null && fail "zeroes were taken"
	blockdev --setrw "/dev/$disk" 2>/dev/null || true
	say "after try $try: ro $(blockdev --getro "/dev/$disk")"
done
drop_caches
check_read -d "/dev/$disk"
cmp "$IMAGE" "$CACHES/a/clean" || fail "the cache was changed"
