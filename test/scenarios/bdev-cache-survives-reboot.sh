#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: disk=64
# evg: boots=2
# evg: timeout=180
# The cache is a whole disk. After a reboot with no network it serves what it
# holds.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

case $EVG_BOOT in
1)
	net_make
	make_image "$IMAGE" 1 8
	server_start "$IMAGE"
	attach --cache "$EVG_DISK" "$URI"
	check_read -d -n 4194304 "/dev/$disk"
	detach "$disk"
	;;
2)
	attach --grace 0 --cache "$EVG_DISK" "$URI"
	check_read -d -n 4194304 "/dev/$disk"
	check_read -d -b 4096 -o 4325376 -e all "/dev/$disk"
	;;
esac
