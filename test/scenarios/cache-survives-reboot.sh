#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: disk=256
# evg: boots=2
# evg: timeout=180
# The cache is on a disk that outlives the machine's run. In the second boot
# there is no network at all: the disk attaches, what was cached is right,
# the rest fails cleanly.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

mkdir -p "$CACHES"
case $EVG_BOOT in
1)
	mkfs.ext4 -q -F "$EVG_DISK"
	mount "$EVG_DISK" "$CACHES"
	net_make
	make_image "$IMAGE" 1 8
	server_start "$IMAGE"
	attach --cache "$CACHES/a" "$URI"
	check_read -d -n 4194304 "/dev/$disk"
	detach "$disk"
	umount "$CACHES"
	;;
2)
	mount "$EVG_DISK" "$CACHES"
	attach --grace 0 --cache "$CACHES/a" "$URI"
	expect_eq "link_state" "$(value "$disk" link_state)" offline
	check_read -d -n 4194304 "/dev/$disk"
	check_read -d -n 4194304 -b 4096 "/dev/$disk"
	check_read -d -b 65536 -o 4325376 -e all "/dev/$disk"
	expect_eq "reads that failed with ENOLINK" "$(field ENOLINK)" \
		"$(field errors)"
	umount "$CACHES" 2>/dev/null && fail "the cache was not in use"
	detach "$disk"
	umount "$CACHES"
	;;
esac
