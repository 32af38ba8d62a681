#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A block here and there takes no more room in the cache than it needs; where
# much is read, room is taken in large steps.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

taken_kib() {
	du -k "$CACHES/a/clean" | cut -f1
}

setup 32
attach --cache "$CACHES/a" "$URI"
before=$(taken_kib)
for ((mib = 0; mib < 32; mib++)); do
	dd if="/dev/$disk" of=/dev/null iflag=direct bs=4096 count=1 \
		skip=$((mib * 256 + 7)) status=none
done
after=$(taken_kib)
expect_le "KiB that 32 blocks take" $((after - before)) 512

check_read -d -n 4194304 "/dev/$disk"
expect_ge "KiB that 4 MiB take" $(($(taken_kib) - after)) 3968
expect_le "KiB that 4 MiB take" $(($(taken_kib) - after)) 4608
