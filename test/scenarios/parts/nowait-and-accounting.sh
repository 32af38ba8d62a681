#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A read that shall not block is served if it is a hit, and told so if it is a
# miss, wherever the cache is. A read that waits is in flight, and is counted
# once, for the disk as for the reader's cgroup.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

completed() { # DISK: reads
	awk '{ print $1 }' "/sys/block/$1/stat"
}

in_flight() { # DISK: reads
	awk '{ print $1 }' "/sys/block/$1/inflight"
}

reads_of_group() { # DISK
	sed -n "s/^$(cat "/sys/block/$1/dev") .*rios=\\([0-9]*\\).*/\\1/p" "$group/io.stat"
}

has_in_flight() { # DISK NUMBER
	[ "$(in_flight "$1")" = "$2" ]
}

check_disk() {
	local before waiting

	check_read -d -b 4096 -n 65536 "/dev/$disk"
	check_read -d -N -b 65536 -n 65536 "/dev/$disk"
	check_read -d -N -b 4096 -n 131072 -e 16 -B 0:$SLACK_MS "/dev/$disk"
	expect_eq "misses that would block" "$(field EAGAIN)" 16
	check_read -d -N -b 131072 -n 131072 -e 1 "/dev/$disk"
	expect_eq "a hit and a miss in one: would block" "$(field EAGAIN)" 1
	expect_eq "parked" "$(value "$disk" parked)" 0

	link_cut stopped
	before=$(completed "$disk")
	sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$group" \
		reader -d -b 4096 -o 1048576 -n 65536 -t 16 "/dev/$disk" >"$EVG_TMP/reads" &
	waiting=$!
	wait_for 10 "16 reads in flight" has_in_flight "$disk" 16
	expect_eq "reads completed meanwhile" "$(completed "$disk")" "$before"
	link_mend stopped
	join_read $waiting "$EVG_TMP/reads"
	expect_eq "reads completed" $(($(completed "$disk") - before)) 16
	expect_eq "in flight" "$(in_flight "$disk")" 0
	expect_eq "reads of the cgroup" "$(reads_of_group "$disk")" 16
}

group=$EVG_TMP/cgroup/readers
mkdir "$EVG_TMP/cgroup"
mount -t cgroup2 none "$EVG_TMP/cgroup"
echo +io >"$EVG_TMP/cgroup/cgroup.subtree_control"
mkdir "$group"
setup 4
say "a cache in a directory"
attach --grace inf --cache "$CACHES/a" "$URI"
check_disk
say "a cache on a block device"
take_bdev
attach --grace inf --cache "$bdev" "$URI"
check_disk
detach "$disk"
rmdir "$group"
