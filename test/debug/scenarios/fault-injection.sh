#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=600
# evg: expect=kobject_add_internal failed for .*error: -12
# Every allocation and every cache I/O that the driver makes fails once, in
# each operation, with the cache in files and on a device: an error or success,
# no hang, no leak, no wrong byte, and the same operation works afterwards.
# Environment: EVG_OPERATIONS, a list of those to try.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/debug/lib/faults.sh
. "$EVG_REPO/test/debug/lib/faults.sh"

[ -d /sys/kernel/debug/failslab ] || skip "this kernel has no fault injection"

# Where the driver's functions are.
sections=/sys/module/evergreen/sections
start=$(cat $sections/.text)
bytes=$(size -A "$EVG_REPO/build/$EVG_KREL/evergreen.ko" |
	awk '/^\.(text|exit\.text)/ { sum += $2 } END { print sum }')
for section in "$sections"/.text* $sections/.exit.text; do
	[ -r "$section" ] || continue
	[ $(($(cat "$section"))) -ge $((start)) ] || start=$(cat "$section")
done
printf -v end '0x%x' $((start + (bytes | 4095) + 1))

# A fault is one that the tool asked for, under a function of the driver.
fail_below "$start" "$end" failslab fail_page_alloc fail_make_request

injected() { # KIND
	echo $((1000000 - $(cat "/sys/kernel/debug/$1/times")))
}

mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
mkdir /sys/fs/cgroup/faults
setup 8
attach --cache "$CACHES/a" "$URI"
detach "$disk"
take_bdev
attach --overwrite --cache "$bdev" "$URI"
detach "$disk"
for ram in /sys/block/ram[0-5]; do
	echo 1 >"$ram/make-it-fail"
done

for cache in "$CACHES/a" "$bdev"; do
	# shellcheck disable=SC2086 # a list of words
	faults "$cache" ${EVG_OPERATIONS:-} || fail "faults in $cache"
done
total=0
for kind in failslab fail_page_alloc fail_make_request; do
	figure "faults by $kind" "$(injected $kind)"
	total=$((total + $(injected $kind)))
done
[ -n "${EVG_OPERATIONS:-}" ] || expect_ge "faults in all" $total 500
for ram in /sys/block/ram[0-5]; do
	echo 0 >"$ram/make-it-fail"
done

say "all is well again"
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
attach --cache "$bdev" "$URI"
check_read "/dev/$disk"
