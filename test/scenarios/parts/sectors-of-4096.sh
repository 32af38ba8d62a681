#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The disk has sectors of 512 bytes, though what its cache lies on has 4096: the
# partition table is found, partitions begin where they do, file systems of small
# blocks mount, and a cache that moves to another device changes nothing.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# Partition N of the image: a file system and a file in it.
fill_partition() { # N FIRST-SECTOR SECTORS COMMAND...
	local loop n=$1

	loop=$(losetup -f --show -o $(($2 * 512)) --sizelimit $(($3 * 512)) "$IMAGE")
	shift 3
	"$@" "$loop"
	mount "$loop" "$EVG_TMP/mnt"
	image "$n" 1000000 >"$EVG_TMP/mnt/file"
	umount "$EVG_TMP/mnt"
	losetup -d "$loop"
}

check_partition() { # N OPTIONS
	mount -o "ro,$2" "/dev/${disk}p$1" "$EVG_TMP/mnt"
	image "$1" 1000000 | cmp - "$EVG_TMP/mnt/file"
	umount "$EVG_TMP/mnt"
}

check_disk() {
	expect_eq "sectors" "$(cat "/sys/block/$disk/queue/logical_block_size")" 512
	wait_for 10 "both partitions" test -b "/dev/${disk}p2"
	expect_eq "start" "$(cat "/sys/block/$disk/${disk}p1/start")" 63
	check_partition 1 noload
	check_partition 2 norecovery
	check_read -f "$IMAGE" -n 8388608 "/dev/$disk"
	drop_caches
	# Odd at both ends, at the start, at the end; by each sector, at the last one.
	check_read -f "$IMAGE" -d -b 13824 -s 13312 -o 512 -n 999936 -t 2 "/dev/$disk"
	check_read -f "$IMAGE" -d -b 131072 -o 1536 -n 999936 "/dev/$disk"
	check_read -f "$IMAGE" -d -b 11776 -s 12288 -n 999936 "/dev/$disk"
	check_read -f "$IMAGE" -d -b 512 -s 2560 -o 32256 -n 99840 "/dev/$disk"
	check_read -f "$IMAGE" -d -b 512 -o $((bytes - 1024)) "/dev/$disk"
	check_read -f "$IMAGE" -d -b 4096 -n 8388608 "/dev/$disk"
	expect_eq "io_errors" "$(value "$disk" io_errors)" 0
}

command -v sfdisk >/dev/null || skip "sfdisk is not installed"
modprobe loop
modprobe xfs
mkdir "$EVG_TMP/mnt"
net_make
make_fs "$EVG_TMP/images" 700
IMAGE=$EVG_TMP/images/image
# 400 MiB and a sector, so that the last block is a part of one.
bytes=$(((400 << 20) + 512))
truncate -s $bytes "$IMAGE"
printf '%s\n' 'label: gpt' 'first-lba: 34' 'start=63, size=16384' 'start=20480, size=716800' |
	sfdisk -q "$IMAGE"
fill_partition 1 63 16384 mkfs.ext4 -q -b 1024
fill_partition 2 20480 716800 mkfs.xfs -q
server_start "$IMAGE"

say "a block device"
take_bdev
large=$(losetup --sector-size 4096 -f --show "$bdev")
attach --overwrite --grace inf --cache "$large" "$URI"
check_disk
detach "$disk"

say "the same cache on one with sectors of 512"
losetup -d "$large"
attach --grace inf --cache "$bdev" "$URI"
check_disk
detach "$disk"

say "a directory on a file system there"
take_bdev
large=$(losetup --sector-size 4096 -f --show "$bdev")
mkfs.ext4 -q -F "$large" 100M
mkdir "$EVG_TMP/large"
mount "$large" "$EVG_TMP/large"
attach --grace inf --cache "$EVG_TMP/large/a" "$URI"
check_disk
detach "$disk"
umount "$EVG_TMP/large"
losetup -d "$large"
