#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: mem=1536
# evg: timeout=1500
# The power goes at each flush that the cache's disk saw while blocks were
# filled, evicted, and the map was saved, and somewhere before each, with only some
# of the later writes made: no block that the map claims is wrong, and the disk
# attaches with no server in reach. With the cache in files, on a device, and in
# files with a quota.
# Environment: EVG_CYCLES, EVG_SEED.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

CYCLES=${EVG_CYCLES:-$((40 / SLOW))}
SEED=${EVG_SEED:-1}
MIB=16
LOGGED=/dev/mapper/logged

modprobe dm_log_writes 2>/dev/null || skip "this kernel has no dm-log-writes"
net_make
make_image "$IMAGE" 1 4
server_start "$IMAGE"
take_bdev; under=$bdev
take_bdev; log=$bdev
take_bdev; replayed=$bdev
take_bdev; copy=$bdev

record() {
	dmsetup create logged --table "0 $((MIB * 2048)) log-writes $under $log"
	wait_for 5 "the logged device" test -b $LOGGED
}

stop_recording() {
	detach "$disk"
	[ "$1" = files ] && umount "$CACHES"
	dmsetup remove logged
}

# Reads in a random order, some of them over a commit, many cut short by a
# detach, which commits; then the next cache.
fill_and_commit() { # CACHE...
	local cache i=0 reading

	for cache in "$@"; do
		attach --grace inf --cache "$cache" "$URI"
		reader -d -b 8192 -r "$SEED" -c 100 -w 60 "/dev/$disk" >"$EVG_TMP/slow" &
		reading=$!
		sleep 3
		sync -f "$EVG_TMP" "${cache%/*}"
		join_read $reading "$EVG_TMP/slow"
		while [ $((i += 1)) -le $((CYCLES / $#)) ]; do
			detach "$disk"
			attach --grace inf --cache "$cache" "$URI"
			check_read -d -b 8192 -r $((SEED + i)) -c 12 "/dev/$disk"
			[ $((i % 3)) != 0 ] || sync -f "${cache%/*}" &
		done
		i=0
		wait $! || true
		[ "$cache" = "${!#}" ] || detach "$disk"
	done
}

# Reads at random of four times the quota, until a quota more has been evicted.
fill_and_evict() { # CACHE
	local quota=$((16 << 20)) reading round

	attach --grace inf --quota 16M --cache "$1" "$URI"
	for round in {1..10}; do
		reader -d -b 65536 -r $((SEED + round)) -c 512 "/dev/$disk" >"$EVG_TMP/slow" &
		reading=$!
		join_read $reading "$EVG_TMP/slow"
		[ "$(value "$disk" evicted_bytes)" -lt $quota ] || break
	done
	figure "cache with a quota: KiB evicted" $(($(value "$disk" evicted_bytes) >> 10))
	expect_ge "bytes evicted" "$(value "$disk" evicted_bytes)" $quota
}

# Each map in the state of the crash; then one of them is attached.
check_files() { # ATTACH
	local cache status claimed

	mount "$copy" "$EVG_TMP/crash"
	for cache in a b; do
		status=0
		claimed=$(claims "$EVG_TMP/crash/$cache" 2>"$EVG_TMP/why") || status=$?
		[ $status = 0 ] || [ $status = 2 ] ||
			fail "point $point, $cache: $claimed $(cat "$EVG_TMP/why")"
		count_claims $status "$claimed"
		if [ "$1" = yes ] && [ $status = 0 ]; then
			attach_crashed "$EVG_TMP/crash/$cache"
		fi
	done
	umount "$EVG_TMP/crash"
}

check_device() { # ATTACH
	local status=0 claimed

	claimed=$(claims "$copy" 2>"$EVG_TMP/why") || status=$?
	[ $status = 0 ] || [ $status = 2 ] ||
		fail "point $point: $claimed $(cat "$EVG_TMP/why")"
	count_claims $status "$claimed"
	if [ "$1" = yes ] && [ $status = 0 ]; then
		attach_crashed "$copy"
	fi
}

count_claims() { # STATUS CLAIMED
	if [ "$1" = 0 ]; then
		compared=$((compared + $2))
	fi
}

attach_crashed() { # CACHE
	attach --grace 0 --cache "$1" "nbd://$FAR:1/"
	check_read -d -b 4096 -e any "/dev/$disk"
	detach "$disk"
	attached=$((attached + 1))
}

check_all() { # files|device WHAT
	local point points writes torn

	read -r points writes < <(replay "$log")
	say "$points points"
	compared=0 attached=0 torn=0
	replay "$log" "$replayed" 0
	for ((point = 1; point <= points; point++)); do
		dd if="$replayed" of="$copy" bs=4M count=$((MIB / 4)) iflag=direct oflag=direct status=none
		replay "$log" "$copy" $point $((SEED + point))
		"check_$1" no
		torn=$((torn + 1))
		replay "$log" "$replayed" $point
		dd if="$replayed" of="$copy" bs=4M count=$((MIB / 4)) iflag=direct oflag=direct status=none
		"check_$1" "$([ $((point % 25)) = 0 ] && echo yes)"
	done
	figure "cache $2: crash points, at a flush" "$points"
	figure "cache $2: crash points, before a flush" "$torn"
	figure "cache $2: writes recorded" "$writes"
	figure "cache $2: blocks compared" "$compared"
	figure "cache $2: attached after the crash" "$attached"
	expect_ge "crash points" "$points" 20
	expect_ge "blocks compared" "$compared" "$points"
}

# A new file system for caches; what happens to it is recorded from here on.
record_files() {
	record
	mkfs.ext4 -q -F -b 4096 -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 -J size=4 $LOGGED
	mount $LOGGED "$CACHES"
	dmsetup message logged 0 mark start
}

mkdir -p "$EVG_TMP/crash" "$CACHES"
say "the cache in files"
record_files
fill_and_commit "$CACHES/a" "$CACHES/b"
stop_recording files
check_all files "in files"

say "the cache on a device"
dd if=/dev/zero of="$under" bs=1M count=$MIB status=none
dd if=/dev/zero of="$replayed" bs=1M count=$MIB status=none
record
dmsetup message logged 0 mark start
fill_and_commit $LOGGED
stop_recording device
check_all device "on a device"

say "a cache with a quota"
server_stop
make_image "$IMAGE" 1 64
server_start "$IMAGE"
MIB=64
record_files
fill_and_evict "$CACHES/a"
stop_recording files
check_all files "with a quota"
