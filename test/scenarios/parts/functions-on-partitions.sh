#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An image with partitions, an ext4 and an xfs: metadata of both and a hoarded
# file of each are enough with the link cut; "why" names what was missed by the
# partition's mount; a function that was recorded on a partition has its blocks.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

EXT4_MIB=48
XFS_MIB=320

make_partitions() {
	local all=$EVG_TMP/all

	make_small_system $EXT4_MIB
	truncate -s $((1 + EXT4_MIB + XFS_MIB))M "$all"
	put_partitions "$all" 1 $EXT4_MIB $((1 + EXT4_MIB)) $XFS_MIB
	dd if="$IMAGE" of="$all" bs=1M seek=1 conv=notrunc status=none
	truncate -s 0 "$IMAGE"
	truncate -s ${XFS_MIB}M "$IMAGE"
	mkfs.xfs -q "$IMAGE"
	mkdir -p "$EVG_TMP/mnt"
	mount_image "$IMAGE" "$EVG_TMP/mnt"
	cp -r "$EVG_TMP/tree/"{bin,data,many} "$EVG_TMP/mnt"
	umount "$EVG_TMP/mnt"
	dd if="$IMAGE" of="$all" bs=1M seek=$((1 + EXT4_MIB)) conv=notrunc,sparse status=none
	mv "$all" "$IMAGE"
}

mount_both() {
	mkdir -p "$EVG_TMP/1" "$EVG_TMP/2"
	mount -t ext4 -o ro "/dev/${disk}p1" "$EVG_TMP/1" || fail "p1 cannot be mounted"
	mount -t xfs -o ro,norecovery "/dev/${disk}p2" "$EVG_TMP/2" ||
		fail "p2 cannot be mounted"
}

modprobe loop
modprobe xfs
make_partitions
start_functions ext4
mount_both
evergreen metadata "$disk"
evergreen hoard --no-metadata "$disk" "$EVG_TMP/1/data/one" "$EVG_TMP/2/data/two"
evergreen record "$disk" sum -- sum "$EVG_TMP/2/many/"* "$EVG_TMP/1/etc/motd" >/dev/null
expect_le "KiB of metadata" \
	$(($(evergreen function show --json "$disk" metadata | jq .bytes) >> 10)) 4096
umount "$EVG_TMP/1" "$EVG_TMP/2"

carry_to_new_cache both metadata hoard sum
link_cut killed
wait_state "$disk" offline
drop_caches
mount_both
for i in 1 2; do
	ls -lR "$EVG_TMP/$i" >/dev/null || fail "ls fails on p$i"
done
cmp "$EVG_TMP/1/data/one" "$EVG_TMP/tree/data/one" || fail "p1: a hoarded file differs"
cmp "$EVG_TMP/2/data/two" "$EVG_TMP/tree/data/two" || fail "p2: a hoarded file differs"
diff -r "$EVG_TMP/2/many" "$EVG_TMP/tree/many" || fail "p2: what was recorded differs"
no_read_failed "both partitions"
! cat "$EVG_TMP/2/bin/bash" >/dev/null 2>&1 || fail "p2: data is cached, too"
evergreen why --json "$disk" >"$EVG_TMP/why"
expect_eq "what cat missed" \
	"$(jq -r '[.[] | select(.program == "cat") | .path] | unique | join(" ")' "$EVG_TMP/why")" \
	"$EVG_TMP/2/bin/bash"
umount "$EVG_TMP/1" "$EVG_TMP/2"
