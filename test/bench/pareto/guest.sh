#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, for one workload: what each activity reads of the disk, and
# what becomes of it when the link is cut.  test/bench/run-pareto starts it with
# $workload set; build/demo/image is the disk image.  With $reads set, what was
# read in an earlier run is taken from that file.
#
# Leaves $EVG_OUT/reads, for each run of an activity a line "= NAME RUN", then
# "BLOCK COUNT" for each read as it was submitted; and $EVG_OUT/cut.tsv, what
# each activity came to without the link: NAME RUN STATUS READS FAILED.
# RUN is "record", "again" (the same input once more) or "other" (other input).
set -eu

image=$EVG_REPO/build/demo/image
script=$EVG_REPO/test/bench/pareto/${workload:?}.sh
root=$EVG_TMP/root
socket=$EVG_TMP/nbd.sock
caches=$EVG_TMP/caches
tracing=/sys/kernel/tracing/instances/pareto
stats=/sys/block/evg0/evergreen

die()
{
	echo "pareto: $*" >&2
	exit 1
}

stat_of()
{
	cat "$stats/$1"
}

start_server()
{
	rm -f "$socket"
	nbdkit -r -U "$socket" -P "$EVG_TMP/nbd.pid" file "$image"
}

# attach CACHE
attach()
{
	evergreen attach --name evg0 --grace 0 --cache "$caches/$1" \
		"nbd+unix:///?socket=$socket" ||
		die "cannot attach: $(tail -n 3 /var/log/evergreen.log)"
}

mount_all()
{
	mount -o ro /dev/evg0 "$root"
	mount -t tmpfs tmpfs "$root/tmp"
	mount --bind /dev "$root/dev"
	cp "$script" "$root/tmp/do.sh"
}

unmount_all()
{
	umount "$root/dev" "$root/tmp" "$root"
}

wait_for_state()
{
	local tries=0

	while [ "$(stat_of link_state)" != "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || die "the link is $(stat_of link_state), not $1"
		sleep 0.1
	done
}

# activity NAME A|B: from a disk of which memory holds nothing
activity()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	timeout 300 chroot "$root" /usr/bin/env -i PATH=/usr/bin:/usr/sbin \
		HOME=/tmp LC_ALL=C PYTHONDONTWRITEBYTECODE=1 \
		/bin/sh /tmp/do.sh "$@" >"$EVG_TMP/said" 2>&1
}

# What was read since the last time, under the name NAME RUN.
save_reads()
{
	local lost

	lost=$(cat $tracing/per_cpu/cpu*/stats | awk '/overrun:/ { n += $2 } END { print n }')
	[ "$lost" = 0 ] || die "$lost events of '$*' were lost"
	echo "= $*" >>"$EVG_OUT/reads"
	awk '/ evg_read: / {
		match($0, /sector=[0-9]+/)
		first = substr($0, RSTART + 7, RLENGTH - 7) / 8
		match($0, /bytes=[0-9]+/)
		count = substr($0, RSTART + 6, RLENGTH - 6) / 4096
		print int(first), count < 1 ? 1 : count
	}' $tracing/trace >>"$EVG_OUT/reads"
	: >$tracing/trace
}

record_all()
{
	local name

	mkdir $tracing
	echo 16384 >$tracing/buffer_size_kb
	echo 1 >$tracing/events/evergreen/evg_read/enable
	mount_all
	save_reads mount record
	for name in $(sh "$script"); do
		activity "$name" A || die "$name A failed: $(tail -n 5 "$EVG_TMP/said")"
		save_reads "$name" record
		activity "$name" A || die "$name A failed the second time"
		save_reads "$name" again
		activity "$name" B || die "$name B failed: $(tail -n 5 "$EVG_TMP/said")"
		save_reads "$name" other
		echo "recorded $name"
	done
	rmdir $tracing
	unmount_all
}

# Read into the cache what the runs named "record" read, and no more, as a
# prefetch would; in the order of the disk, in as few reads as it takes.
fill_recorded()
{
	awk '$1 == "=" { wanted = $3 == "record"; next }
		wanted { for (i = 0; i < $2; i++) print $1 + i }' "$EVG_OUT/reads" |
		sort -nu | awk '
		count && $1 == first + count { count++; next }
		count			{ print first, count }
					{ first = $1; count = 1 }
		END			{ print first, count }' |
		while read -r first count; do
			dd if=/dev/evg0 of=/dev/null bs=$((count * 4096)) \
				count=1 skip=$((first * 4096)) \
				iflag=direct,skip_bytes status=none
		done
}

# cut NAME RUN A|B
without_link()
{
	local name=$1 run=$2 hits misses failed status=0

	hits=$(stat_of hits) misses=$(stat_of misses) failed=$(stat_of failed)
	activity "$name" "$3" || status=$?
	printf '%s\t%s\t%d\t%d\t%d\n' "$name" "$run" $status \
		$(($(stat_of hits) - hits + $(stat_of misses) - misses)) \
		$(($(stat_of failed) - failed)) | tee -a "$EVG_OUT/cut.tsv"
}

try_all_without_link()
{
	local name

	fill_recorded
	echo "filled $(stat_of filled_bytes) bytes"
	mount_all
	kill "$(cat "$EVG_TMP/nbd.pid")"
	wait_for_state offline
	for name in $(sh "$script"); do
		without_link "$name" again A
		without_link "$name" other B
	done
	unmount_all
}

# As they are now, whatever is built on the host meanwhile.
mkdir "$EVG_TMP/bin"
cp "$EVG_REPO/build/bin/evergreen" "$EVG_REPO/build/bin/evergreend" "$EVG_TMP/bin"
PATH=$EVG_TMP/bin:$PATH
modprobe ext4
mkfs.ext4 -q -F "$EVG_DISK"
mkdir -p "$caches" "$root"
mount "$EVG_DISK" "$caches"
: >"$EVG_OUT/reads"
: >"$EVG_OUT/cut.tsv"
start_server
if [ -n "${reads:-}" ]; then
	cp "$reads" "$EVG_OUT/reads"
else
	attach full
	record_all
	evergreen detach evg0
fi
attach recorded
try_all_without_link
evergreen detach evg0
umount "$caches"
