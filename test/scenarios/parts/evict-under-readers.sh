#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A helper evicts while the same blocks are read, over a cache that is slow, so
# that reads are under way when their blocks go. What the kernel says may go is
# overwritten at once: no read sees that, nor is it claimed after the next
# attach. And the disk can be removed in the midst of it.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# So that a slow machine is not taken for an outage, in which nothing is evicted.
# shellcheck disable=SC2034
DETECT=20

delay() { # READS-MS WRITES-MS: of the cache's device
	local table

	table="0 $sectors delay $bdev 0 $1 $bdev 0 $2"
	if [ -e /dev/mapper/slow ]; then
		dmsetup load slow --table "$table"
		dmsetup suspend slow
		dmsetup resume slow
	else
		dmsetup create slow --table "$table"
	fi
}

begin_evictor() {
	kill -KILL "$(helper_of "$disk")"
	wait_for 5 "no helper" has_value "$disk" helper none
	evictor -c "$CACHES/a" "${disk#evg}" >"$EVG_TMP/evictor" 2>&1 &
	evictor=$!
	wait_state "$disk" online
}

net_make
take_bdev
sectors=$(blockdev --getsz "$bdev")
modprobe dm_delay
delay 0 0
mkfs.ext4 -q -F /dev/mapper/slow 128M
mkdir -p "$CACHES"
mount /dev/mapper/slow "$CACHES"
make_image "$IMAGE" 1 4
server_start "$IMAGE"
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d "/dev/$disk"
begin_evictor
# A read takes much longer than the commits of an eviction: it must be waited for.
delay 300 2
check_read -d -b 16384 -r 7 -t 12 -a -l $((8 * SLOW)) "/dev/$disk"
kill -TERM $evictor
wait $evictor || fail "the evictor: $(cat "$EVG_TMP/evictor")"
result=$(cat "$EVG_TMP/evictor")
echo "  evictor: $result"
figure "evictions under readers" "$(field evictions)"
expect_ge "evictions" "$(field evictions)" 5
expect_ge "EVICTs refused while one is under way" "$(field refused_evicts)" 1
expect_ge "FILLs refused of what is being evicted" "$(field refused_fills)" 1
expect_ge "bytes evicted" "$(value "$disk" evicted_bytes)" $(($(field evicted) * 4096))
delay 0 0

say "after the next attach"
detach "$disk"
evergreen check "$CACHES/a" || fail "the cache is damaged"
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -b 16384 "/dev/$disk"

say "while the disk is removed"
begin_evictor
reader -d -b 16384 -r 7 -t 8 -a -l 20 -e any "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
wait_for 10 "evictions" value_is_at_least "$disk" evicted_bytes 262144
detach "$disk" --force
join_read $reading "$EVG_TMP/reads"
wait_for 10 "the evictor to end" is_gone $evictor
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -b 16384 "/dev/$disk"
detach "$disk"
umount "$CACHES"
dmsetup remove slow
