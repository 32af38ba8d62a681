#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Attached and mounted with no route at all; then the network comes up and
# the disk goes online by itself.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$CACHES"
mkdir -p "$EVG_TMP/tree" "$EVG_TMP/mnt"
image 3 1048576 >"$EVG_TMP/tree/used"
image 4 1048576 >"$EVG_TMP/tree/cold"
mkfs.ext4 -q -d "$EVG_TMP/tree" "$IMAGE" 8M
server_start "$IMAGE"
attach --cache "$CACHES/a" "$URI"
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
check_read -i 3 "$EVG_TMP/mnt/used"
umount "$EVG_TMP/mnt"
detach "$disk"
ip link set near down
drop_caches

begun=$(now_ms)
attach --grace 0 --cache "$CACHES/a" "$URI"
figure "attaching without a route, ms" $(($(now_ms) - begun))
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
check_read -i 3 "$EVG_TMP/mnt/used"
check_read -i 4 -e all "$EVG_TMP/mnt/cold"
begun=$(now_ms)
ip link set near up
wait_state "$disk" online
figure "online after the interface came up, ms" $(($(now_ms) - begun))
check_read -i 4 "$EVG_TMP/mnt/cold"
umount "$EVG_TMP/mnt"
