#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# XFS over an outage shorter than grace: its metadata waits, nothing fails,
# it does not shut down.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$CACHES"
truncate -s 320M "$IMAGE"
modprobe loop
mkfs.xfs -q "$IMAGE"
mkdir -p "$EVG_TMP/mnt"
mount_image "$IMAGE" "$EVG_TMP/mnt"
for i in 1 2 3 4; do
	mkdir "$EVG_TMP/mnt/$i"
	image "$i" 262144 >"$EVG_TMP/mnt/$i/file"
done
umount "$EVG_TMP/mnt"
server_start "$IMAGE"
attach --grace 20 --cache "$CACHES/a" "$URI"
mount -t xfs -o ro,norecovery "/dev/$disk" "$EVG_TMP/mnt"
check_read -i 1 "$EVG_TMP/mnt/1/file"
link_cut link-down
(
	for i in 2 3 4; do
		ls "$EVG_TMP/mnt/$i" && reader -i "$i" "$EVG_TMP/mnt/$i/file" || exit 1
	done
) >"$EVG_TMP/files" 2>&1 &
reading=$!
wait_state "$disk" offline
wait_for 10 "a read that waits" value_is_at_least "$disk" parked 1
check_read -i 1 "$EVG_TMP/mnt/1/file"
link_mend link-down
wait $reading || fail "$(cat "$EVG_TMP/files")"
sed 's/^/  /' "$EVG_TMP/files"
umount "$EVG_TMP/mnt"
