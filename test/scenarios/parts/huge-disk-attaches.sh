#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=mkfs.xfs,nbdkit
# evg: mem=1024
# A disk of 16 TiB attaches in under a second, takes no memory to speak of,
# and is right at its far end.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$CACHES" 320 xfs
serve_with 10809 nbdkit -f -r -p 10809 pattern 16T

free_kib() {
	awk '/^MemAvailable:/ { print $2 }' /proc/meminfo
}

attach --cache "$CACHES/a" "$URI"
detach "$disk"
before=$(free_kib)
begun=$(now_ms)
attach --cache "$CACHES/a" "$URI"
took=$(($(now_ms) - begun))
figure "attaching 16 TiB, ms" $took
expect_le "attaching 16 TiB, ms" $took 1000
used=$((before - $(free_kib)))
figure "memory for 16 TiB attached, helper included, KiB" $used
expect_le "memory, KiB" $used 32768
expect_eq "size" "$(blockdev --getsize64 "/dev/$disk")" 17592186044416
check_read -i 0 -d -n 1048576 "/dev/$disk"
check_read -i 0 -d -o 17592185978880 "/dev/$disk"
check_read -i 0 -d -b 4096 -r 9 -c 100 "/dev/$disk"
