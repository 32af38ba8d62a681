#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sectors of the cache can neither be read nor written: while the server is there
# nobody sees an error, and what is kept is all but those blocks.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# The device from now on, with an error in each of these data blocks.
tables() { # BLOCK...
	local at=0 block start

	for block in "$@"; do
		start=$((data + block * 8))
		[ $start = $at ] || echo "$at $((start - at)) linear $bdev $at"
		echo "$start 8 error"
		at=$((start + 8))
	done
	echo "$at $((size - at)) linear $bdev $at"
}

become() { # BLOCK...
	dmsetup suspend --nolockfs store
	tables "$@" | dmsetup reload store
	dmsetup resume store
}

kept() {
	evergreen status --json "$disk" | jq -c ".$1"
}

setup 8
take_bdev
modprobe dm-mod
size=$((64 * 2048))
dmsetup create store --table "0 $size linear $bdev 0"
dmsetup mknodes
attach --overwrite --grace 0 --cache /dev/mapper/store "$URI"
check_read "/dev/$disk"
# Where the data begins is in the header.
data=$(($(od -A n -t u8 -j 32 -N 8 "$bdev") / 512))

say "three blocks go bad, two of them in one read"
become 100 101 1000
check_read -d -b 131072 "/dev/$disk"
expect_ge "io_errors" "$(value "$disk" io_errors)" 5
expect_eq "failed" "$(value "$disk" failed)" 0
check_read -b 4096 "/dev/$disk"
check_read -d -b 4096 -t 4 "/dev/$disk"
expect_eq "bad blocks of the cache" "$(kept cache_bad | jq -c 'map([.first, .count]) | sort')" \
	"[[100,2],[1000,1]]"
expect_eq "what the cache refuses" "$(kept cache_refuses)" null
evergreen why "$disk" | grep -q '(cache) ' || fail "why does not tell of them"

say "offline these three are missing, and no other"
server_stop
wait_state "$disk" offline
drop_caches
check_read -d -b 4096 -e 3 "/dev/$disk"

say "and an unreadable sector that nobody can replace stays claimed"
become 100 101 1000 1200
check_read -d -b 4096 -e 4 "/dev/$disk"
become 100 101 1000
check_read -d -b 4096 -e 3 "/dev/$disk"

say "what is well again is kept again"
become
server_start "$IMAGE"
wait_state "$disk" online
check_read -d -b 131072 "/dev/$disk"
detach "$disk"
attach --grace 0 --cache /dev/mapper/store "$URI"
check_read "/dev/$disk"
server_stop
wait_state "$disk" offline
check_read -d -b 131072 "/dev/$disk"
detach "$disk"
dmsetup remove store
