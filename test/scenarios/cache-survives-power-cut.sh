#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: disk=256
# evg: boots=2
# evg: timeout=180
# The power goes while the disk is attached and being read. Afterwards every
# block that the map claims is right, and what was committed before is there.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# What the map on disk claims, not what the kernel knows.
committed_blocks() {
	evergreen status "$disk" --json | jq .cached_blocks
}

mkdir -p "$CACHES"
case $EVG_BOOT in
1)
	mkfs.ext4 -q -F "$EVG_DISK"
	mount "$EVG_DISK" "$CACHES"
	net_make
	make_image "$IMAGE" 1 16
	server_start "$IMAGE"
	attach --cache "$CACHES/a" "$URI"
	check_read -n 4194304 "/dev/$disk"
	end=$(($(now_ms) + 20000))
	while [ "$(committed_blocks)" -lt 1024 ]; do
		[ "$(now_ms)" -lt $end ] || fail "the map was not committed in 20 s"
		sleep 0.2
	done
	reader -d -b 16384 -o 4194304 -l 30 "/dev/$disk" >/dev/null &
	wait_for 10 "reads in flight" value_is_at_least "$disk" filled_bytes 6291456
	"$EVG_REPO/test/qemu/powercut"
	;;
2)
	mount "$EVG_DISK" "$CACHES"
	evergreen check "$CACHES/a" || fail "the cache is damaged"
	attach --grace 0 --cache "$CACHES/a" "$URI"
	check_read -d -b 4096 -e any "/dev/$disk"
	expect_ge "bytes that were kept" "$(field bytes)" 4194304
	figure "MiB kept over the power cut" $(($(field bytes) >> 20))
	detach "$disk"
	umount "$CACHES"
	;;
esac
