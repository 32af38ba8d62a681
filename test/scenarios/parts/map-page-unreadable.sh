#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A page of the map has one good copy, and a sector of that cannot be read for a
# while.  Nobody knows then what it claims: nothing there is evicted, by hand or for
# a quota, it is told, and when it can be read what it claims is there.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

take_bdev
modprobe dm-mod
size=$((256 * 2048))

# The sectors of a block of the device fail, or with no argument none.
bad() { # [BLOCK]
	local at=$((${1:-0} * 8))

	dmsetup suspend --nolockfs store
	if [ $# = 0 ]; then
		echo "0 $size linear $bdev 0"
	else
		printf '0 %d linear %s 0\n%d 8 error\n%d %d linear %s %d\n' $at "$bdev" \
			$at $((at + 8)) $((size - at - 8)) "$bdev" $((at + 8))
	fi | dmsetup load store
	dmsetup resume store
}

dmsetup create store --table "0 $size linear $bdev 0"
dmsetup mknodes
mkfs.ext4 -q -F /dev/mapper/store
mkdir -p "$CACHES"
mount /dev/mapper/store "$CACHES"
net_make
make_image "$IMAGE" 1 130
server_start "$IMAGE"

say "page 1 of the map is committed once: one copy is good, the other was never written"
attach --cache "$CACHES/a" "$URI"
check_read -d -b 131072 -o 68157440 -n 8388608 "/dev/$disk"
detach "$disk"
expect_eq "generation of the other copy" \
	"$(od -An -tu8 -j$((16384 + 4064)) -N8 "$CACHES/a/map" | tr -d ' ')" 0
block=$(filefrag -b4096 -e "$CACHES/a/map" |
	awk -F'[ .:]+' '$3 ~ /^[0-9]+$/ && $3 <= 5 && $4 >= 5 { print $5 + 5 - $3; exit }')
sync
drop_caches
bad "$block"

say "it cannot be read"
refused_lines=$(evergreen check "$CACHES/a") && fail "check finds nothing"
expect_match "check" "$refused_lines" "page 1: slot 1 cannot be read"
attach --cache "$CACHES/a" --quota 16M "$URI"
check_read -d -b 131072 -o 68157440 -n 131072 "/dev/$disk"
expect_eq "unread pages" "$(value "$disk" unread_pages)" 1
expect_match "status" "$(evergreen status "$disk")" "unread +1 pages? of the map"
check_read -d -b 131072 -n 25165824 "/dev/$disk"
wait_for 20 "the quota to be kept" value_is_at_least "$disk" evicted_bytes 4194304
ranges "${disk#evg}" evict 17000 64 evict 16300 64 evict 0 64 >"$EVG_TMP/said" || fail "ranges"
expect_eq "what EVICT says of it and of a page that is well" "$(paste -sd' ' "$EVG_TMP/said")" \
	"evict 17000 64: EIO at once evict 16300 64: EIO at once evict 0 64: ok"

say "it can be read again"
bad
wait_for 90 "the page to be read" has_value "$disk" unread_pages 0
ranges "${disk#evg}" evict 17000 64 >"$EVG_TMP/said"
expect_eq "EVICT" "$(cat "$EVG_TMP/said")" "evict 17000 64: ok"
detach "$disk"
evergreen check "$CACHES/a"
drop_caches
server_stop

say "what is claimed is there, without a server"
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read -d -b 4096 -o 68157440 -n 1048576 "/dev/$disk"
result=$(reader -d -b 4096 -o $((17000 * 4096)) -n 262144 -e all "/dev/$disk") ||
	fail "what was evicted is claimed: $result"
check_read -d -b 4096 -o $((17064 * 4096)) -n 4194304 "/dev/$disk"
detach "$disk"
umount "$CACHES"
dmsetup remove store
