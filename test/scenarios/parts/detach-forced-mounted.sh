#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A mounted disk is detached by force: what waits fails, the mount fails
# cleanly, nothing keeps the driver.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$CACHES"
mkdir -p "$EVG_TMP/tree" "$EVG_TMP/mnt"
image 3 2097152 >"$EVG_TMP/tree/file"
image 4 2097152 >"$EVG_TMP/tree/cold"
mkfs.ext4 -q -d "$EVG_TMP/tree" "$IMAGE" 16M
server_start "$IMAGE"
attach --grace inf --cache "$CACHES/a" "$URI"
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
check_read -i 3 "$EVG_TMP/mnt/file"
link_cut stopped
reader -i 4 -e all "$EVG_TMP/mnt/cold" >"$EVG_TMP/cold" &
reading=$!
wait_for 10 "a miss" value_is_at_least "$disk" parked 1

refused 1 "in use" evergreen detach "$disk"
begun=$(now_ms)
evergreen detach "$disk" --force
figure "forced detach with a mount and parked reads, ms" $(($(now_ms) - begun))
expect_le "forced detach, ms" $(($(now_ms) - begun)) 5000
join_read $reading "$EVG_TMP/cold"
[ ! -e "/sys/block/$disk" ] || fail "the disk is there"
umount "$EVG_TMP/mnt"
