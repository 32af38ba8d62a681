#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The map, on a block device, cannot be written for a while.  That is told, nothing
# is evicted meanwhile, and it is tried again: when the device is well all that was
# filled is saved.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
take_bdev
modprobe dm-mod
size=$((64 * 2048))
dmsetup create store --table "0 $size linear $bdev 0"
dmsetup mknodes

table() {
	dmsetup suspend --nolockfs store
	dmsetup load store
	dmsetup resume store
}

saving_is() { # STATE
	has_value "$disk" saving "$1"
}

attach --overwrite --grace 0 --cache /dev/mapper/store "$URI"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
ranges "${disk#evg}" fill 1000 8 >/dev/null
sleep 6		# for the commit of this
expect_eq saving "$(value "$disk" saving)" ok

say "the map's pages cannot be written"
printf '0 16 linear %s 0\n16 16 error\n32 %d linear %s 32\n' "$bdev" $((size - 32)) "$bdev" | table
ranges "${disk#evg}" fill 1100 8 >/dev/null
wait_for 20 "the failure to be told" saving_is retrying
expect_match status "$(evergreen status "$disk")" "saving +the map cannot be written"
expect_eq json "$(evergreen status --json "$disk" | jq -r .saving)" retrying
ranges "${disk#evg}" evict 1000 8 >"$EVG_TMP/said"
expect_eq EVICT "$(cat "$EVG_TMP/said")" "evict 1000 8: EIO at once"

say "they can"
echo "0 $size linear $bdev 0" | table
ranges "${disk#evg}" fill 1200 8 >/dev/null
wait_for 70 "the map to be saved" saving_is ok
ranges "${disk#evg}" evict 1004 4 >"$EVG_TMP/said"
expect_eq EVICT "$(cat "$EVG_TMP/said")" "evict 1004 4: ok"
say "a crash: the device as it is now is attached"
# Map and image are in that; the rest of the device is empty, and memory.
head -c 67108864 "$bdev" >"$EVG_TMP/now"
detach "$disk"
server_stop
cat "$EVG_TMP/now" >"$bdev"
attach --grace 0 --cache /dev/mapper/store "$URI"
for block in 1000 1100 1200; do
	check_read -d -b 4096 -o $((block * 4096)) -n 16384 "/dev/$disk"
done
check_read -d -b 4096 -o $((1004 * 4096)) -n 16384 -e all "/dev/$disk"
detach "$disk"
dmsetup remove store
