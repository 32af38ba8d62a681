#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=fio
# evg: mem=2048
# evg: timeout=600
#
# What a read that hits costs, in instructions, beside its peers, all in one
# boot on memory-backed disks.  With one instruction a nanosecond and a disk
# that never makes the CPU idle, virtual nanoseconds are instructions.
#
# Leaves $EVG_OUT/hit-path.tsv: peer, queue depth, instructions per read.
set -eu

ios=60000
mib=64
socket=$EVG_TMP/nbd.sock
rows=$EVG_OUT/hit-path.tsv

die()
{
	echo "hit-path: $*" >&2
	exit 1
}

# measure PEER FILE: random 4 KiB reads of the first $mib MiB of FILE
measure()
{
	local depth result

	for depth in 1 32; do
		result=$(fio --name=job --filename="$2" --readonly --direct=1 \
			--rw=randread --bs=4k --size="${mib}M" \
			--io_size=$((ios * 4))k --norandommap --randrepeat=1 \
			--ioengine=libaio --iodepth=$depth --gtod_reduce=1 \
			--thread --output-format=json |
			sed -n '/^{/,$p' | jq -r '.jobs[0] |
			[.error, .read.total_ios, .read.runtime] | @tsv')
		# shellcheck disable=SC2086 # three words
		set -- "$1" "$2" $result
		[ "$3 $4" = "0 $ios" ] ||
			die "$1: fio ended with error $3 after $4 of $ios reads"
		printf '%s\t%d\t%d\n' "$1" $depth $(($5 * 1000000 / ios)) |
			tee -a "$rows"
		set -- "$1" "$2"
	done
}

# serve MIB: one NBD server at a time
serve()
{
	rm -f "$socket"
	nbdkit -U "$socket" -P "$EVG_TMP/nbd.pid" pattern size="${1}M"
}

# attach NAME CACHE [OPTION...]
attach()
{
	local name=$1 cache=$2

	shift 2
	evergreen attach --name "$name" --cache "$cache" "$@" \
		"nbd+unix:///?socket=$socket" || {
		cat /var/log/evergreen.log >&2
		die "cannot attach"
	}
}

# fill DEVICE MIB
fill()
{
	dd if="$1" of=/dev/null bs=1M count="$2" iflag=direct status=none
}

# Peers on a block device.  The device mapper claims it, so it goes first.
block_peers()
{
	measure "raw device" /dev/ram0
	echo "0 $((mib * 2048)) linear /dev/ram0 2048" |
		dmsetup create --noudevsync peer
	dmsetup mknodes peer
	measure "dm-linear" /dev/mapper/peer
	dmsetup remove --noudevsync peer
	serve $mib
	attach evg0 /dev/ram0 --overwrite
	fill /dev/evg0 $mib
	measure "evergreen, block device" /dev/evg0
	evergreen detach evg0
}

# Peers on a file of a file system.
file_peers()
{
	mkfs.ext4 -q /dev/ram1
	mkdir "$EVG_TMP/fs"
	mount /dev/ram1 "$EVG_TMP/fs"
	dd if=/dev/urandom of="$EVG_TMP/fs/plain" bs=1M count=$mib \
		oflag=direct status=none
	measure "direct I/O on a file" "$EVG_TMP/fs/plain"
	losetup --direct-io=on /dev/loop0 "$EVG_TMP/fs/plain"
	[ "$(cat /sys/block/loop0/loop/dio)" = 1 ] || die "loop refused direct I/O"
	measure "loop, direct I/O" /dev/loop0
	losetup -d /dev/loop0
	attach evg1 "$EVG_TMP/fs/cache"
	fill /dev/evg1 $mib
	measure "evergreen, directory" /dev/evg1
	evergreen detach evg1
	kill "$(cat "$EVG_TMP/nbd.pid")"
}

# Hits of a disk whose link is cut, without and with 10,000 reads parked.
parked_reads()
{
	local parked=0 tries=0

	serve $((mib * 2))
	attach evg2 /dev/ram2 --overwrite --grace inf
	fill /dev/evg2 $mib
	kill "$(cat "$EVG_TMP/nbd.pid")"
	while [ "$(cat /sys/block/evg2/evergreen/link_state)" != offline ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || die "the link did not go offline"
		sleep 0.1
	done
	measure "none parked" /dev/evg2
	flood 0 10000 $((mib * 256)) 1 /dev/evg2 >"$EVG_TMP/flood" 2>&1 &
	tries=0
	while [ "$parked" -lt 10000 ]; do
		parked=$(cat /sys/block/evg2/evergreen/parked)
		tries=$((tries + 1))
		[ $tries -lt 300 ] || die "only $parked reads were parked"
		sleep 0.1
	done
	measure "10000 parked" /dev/evg2
	[ "$(cat /sys/block/evg2/evergreen/parked)" = 10000 ] ||
		die "parked reads did not stay parked"
	evergreen detach evg2 --force
	wait
}

export PATH="$EVG_REPO/build/bin/test:$PATH"
modprobe brd rd_nr=3 rd_size=262144
modprobe dm_mod
modprobe loop
modprobe ext4
[ -b /dev/loop0 ] || die "no loop device"
block_peers
file_peers
parked_reads
