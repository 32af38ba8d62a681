#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache on which nothing can be written, as a worn-out SSD leaves it: what is
# there is served, what is not is passed on, and one line says so.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

refuses() {
	evergreen status --json "$disk" | jq -r .cache_refuses
}

# What is cached, and no more, is there without the server, too.
expect_offline() { # MIB-CACHED
	server_stop
	wait_state "$disk" offline
	check_read -d -b 65536 -n $(($1 << 20)) "/dev/$disk"
	check_read -d -b 65536 -o $(($1 << 20)) -e all "/dev/$disk"
	server_start "$IMAGE"
	wait_state "$disk" online
}

setup 8
take_bdev

say "a device becomes read-only while it is used"
attach --overwrite --grace 0 --cache "$bdev" "$URI"
check_read -d -b 65536 -n 4194304 "/dev/$disk"
detach "$disk"
attach --grace 0 --cache "$bdev" "$URI"
blockdev --setro "$bdev"
check_read -d -b 65536 -t 4 "/dev/$disk"
check_read "/dev/$disk"
expect_ge "inlined_bytes" "$(value "$disk" inlined_bytes)" 4194304
expect_eq "failed" "$(value "$disk" failed)" 0
expect_eq "what it refuses" "$(refuses)" "Operation not permitted"
expect_eq "lines about it" "$(grep -c 'takes no writes' "$HELPER_LOG")" 1
expect_offline 4

say "is attached as such"
detach "$disk"
attach --grace 0 --cache "$bdev" "$URI"
check_read -d -b 65536 -t 4 "/dev/$disk"
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" 0
expect_eq "failed" "$(value "$disk" failed)" 0
expect_eq "what it refuses" "$(refuses)" "Read-only file system"
evergreen status "$disk" | grep -q 'keeps  *nothing' || fail "status does not tell"
expect_offline 4

say "and keeps again once it can be written"
detach "$disk"
blockdev --setrw "$bdev"
attach --grace 0 --cache "$bdev" "$URI"
check_read -d -b 65536 "/dev/$disk"
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" 4194304
expect_eq "what it refuses" "$(refuses)" null
detach "$disk"

say "a directory on a read-only file system"
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read -d -b 65536 -n 4194304 "/dev/$disk"
detach "$disk"
mount -o remount,ro "$CACHES"
attach --grace 0 --quota 16M --cache "$CACHES/a" "$URI"
check_read -d -b 65536 -t 4 "/dev/$disk"
check_read "/dev/$disk"
expect_eq "failed" "$(value "$disk" failed)" 0
expect_offline 4
detach "$disk"
refused 1 "Read-only file system" evergreen attach --cache "$CACHES/b" "$URI"
mount -o remount,rw "$CACHES"
