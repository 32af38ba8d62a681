#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: disk=900
# evg: mem=1024
# evg: timeout=280
#
# The demo, as it runs in the guest; "make demo" starts it.  build/demo/image
# is the disk image.  Leaves what demo/timeline draws in $EVG_OUT: samples.tsv,
# trace.txt, marks.tsv.
set -eu

delay_ms=20
mbit=20
grace=10
image=$EVG_REPO/build/demo/image
root=$EVG_TMP/root
stats=/sys/block/evg0/evergreen
tracing=/sys/kernel/tracing

die()
{
	echo "demo: $*" >&2
	exit 1
}

# Seconds since boot, with the time spent asleep, as the trace has them.
now()
{
	local uptime rest

	# shellcheck disable=SC2034 # rest
	read -r uptime rest </proc/uptime
	echo "$uptime"
}

# One line of the story, with the clock, and the outage's when there is one.
say()
{
	local outage=0

	[ ! -e $stats/outage_seconds ] || outage=$(cat $stats/outage_seconds)
	if [ "${outage%.*}" != 0 ] || [ "$(cat $stats/link_state 2>/dev/null)" = offline ]; then
		printf '[%6.1f s, outage %5.1f s] %s\n' \
			"$(echo "$(now) $begin" | awk '{ print $1 - $2 }')" \
			"$outage" "$*"
	else
		printf '[%6.1f s] %s\n' \
			"$(echo "$(now) $begin" | awk '{ print $1 - $2 }')" "$*"
	fi
}

# A step: a line of the story that the timeline shows too.
step()
{
	echo
	say "== $2"
	printf '%s\t%s\n' "$(now)" "$1" >>"$EVG_OUT/marks.tsv"
}

stat_of()
{
	cat "$stats/$1"
}

show_share()
{
	awk -v filled="$(stat_of filled_bytes)" -v sectors="$(cat /sys/block/evg0/size)" \
		'BEGIN {
			printf "           fetched so far: %.1f of %.1f MiB, %.1f %% of the image\n",
				filled / 1048576, sectors / 2048, filled / sectors / 5.12
		}'
}

# run WANT COMMAND...: run it from the disk; WANT is ok or fail.  The memory's
# copies are dropped first, so that what it needs is read from the disk.
run()
{
	local want=$1 status=0 begun hits misses failed

	shift
	sync
	echo 3 >/proc/sys/vm/drop_caches
	hits=$(stat_of hits) misses=$(stat_of misses) failed=$(stat_of failed)
	say "\$ $*"
	begun=$(now)
	timeout 100 chroot "$root" /usr/bin/env -i PATH=/usr/bin:/usr/sbin \
		HOME=/tmp LC_ALL=C PYTHONDONTWRITEBYTECODE=1 \
		/bin/sh -c "$*" >"$EVG_TMP/app" 2>&1 || status=$?
	sed 's/^/           | /' "$EVG_TMP/app"
	echo "$begun $(now) $status $(($(stat_of hits) - hits))" \
		"$(($(stat_of misses) - misses)) $(($(stat_of failed) - failed))" |
		awk '{
			printf "           exit status %d after %.1f s; reads: %d hits, %d misses, %d of these failed\n",
				$3, $2 - $1, $4, $5, $6
		}'
	case $want in
	ok)	[ $status -eq 0 ] || die "that had to work" ;;
	fail)	[ $status -ne 0 ] || die "that had to fail" ;;
	esac
}

# What the demo's applications are.
run_compiler()
{
	run ok "gcc -O2 -o /tmp/queens /tmp/queens.c && /tmp/queens 8"
}

run_python()
{
	run ok "python3 -c 'import decimal, json, sqlite3;" \
		"print(json.dumps({\"sqrt 2\": str(decimal.Decimal(2).sqrt())}))'"
}

run_ls()
{
	run ok "ls /usr/bin | wc -l"
}

lua="lua -e 'print(#(\"evergreen\"):rep(1000))'"
perl="perl -MPOSIX=floor -e 'print floor(2.5), qq(\\n)'"

# A server in a network namespace of its own, behind a slow and distant link.
start_server()
{
	ip netns add far
	ip link add near type veth peer name wire netns far
	ip addr add 10.9.0.1/24 dev near
	ip link set near up
	ip -n far addr add 10.9.0.2/24 dev wire
	ip -n far link set wire up
	ip -n far link set lo up
	modprobe sch_netem
	ip netns exec far tc qdisc add dev wire root netem \
		delay ${delay_ms}ms rate ${mbit}mbit limit 1000
	ip netns exec far nbdkit --readonly --threads=1 file "$image"
}

start_recording()
{
	local device

	device=$(cat /sys/block/evg0/dev)
	device=$((${device%:*} << 20 | ${device#*:}))
	echo 8192 >$tracing/buffer_size_kb
	echo boot >$tracing/trace_clock
	for event in block_bio_queue block_bio_complete; do
		echo "dev == $device" >$tracing/events/block/$event/filter
		echo 1 >$tracing/events/block/$event/enable
	done
	cat $tracing/trace_pipe >"$EVG_TMP/trace.txt" &
	tracer=$!
	sample >"$EVG_TMP/samples.tsv" &
	sampler=$!
}

# Five times a second: clock, state, hits, misses, failed, parked, filled bytes.
sample()
{
	local uptime name value line

	mkfifo "$EVG_TMP/never"
	exec 9<>"$EVG_TMP/never"
	while read -r uptime _ </proc/uptime; do
		line=$uptime
		for name in link_state hits misses failed parked filled_bytes; do
			read -r value <$stats/$name
			line="$line	$value"
		done
		echo "$line"
		read -r -t 0.2 -u 9 _ || true
	done
}

stop_recording()
{
	kill $sampler
	sleep 0.5
	kill $tracer
	wait $sampler $tracer || true
	cp "$EVG_TMP/samples.tsv" "$EVG_TMP/trace.txt" "$EVG_OUT"
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

cut_link()
{
	local begun

	begun=$(now)
	ip -n far link set wire down
	wait_for_state offline
	say "noticed after $(echo "$(now) $begun" | awk '{ printf "%.1f s", $1 - $2 }')"
}

restore_link()
{
	ip -n far link set wire up
	wait_for_state online
}

set_up()
{
	say "A server with a disk image, behind a link of $delay_ms ms and $mbit Mbit/s"
	start_server
	say "A cache: an ext4 file system, empty"
	modprobe ext4
	mkfs.ext4 -q -F "$EVG_DISK"
	mkdir -p "$EVG_TMP/cache" "$root"
	mount "$EVG_DISK" "$EVG_TMP/cache"
	say "\$ evergreen attach --cache .../cache/demo --grace $grace nbd://10.9.0.2/"
	evergreen attach --name evg0 --cache "$EVG_TMP/cache/demo" \
		--grace $grace nbd://10.9.0.2/ || die "see /var/log/evergreen.log: $(tail -n 3 /var/log/evergreen.log)"
	start_recording
	say "\$ mount -o ro /dev/evg0 $root"
	mount -o ro /dev/evg0 "$root"
	mount -t tmpfs tmpfs "$root/tmp"
	mount --bind /dev "$root/dev"
	cp "$EVG_REPO/demo/apps/queens.c" "$root/tmp"
	show_share
}

# Files read through /dev/evg0, and the same files taken out of the image.
compare()
{
	local file

	for file in lua5.4 perl python3.11; do
		debugfs -R "cat /usr/bin/$file" "$image" 2>/dev/null |
			cmp - "$root/usr/bin/$file" || die "/usr/bin/$file differs"
		say "/usr/bin/$file is the server's, byte for byte"
	done
}

begin=$(now)
: >"$EVG_OUT/marks.tsv"
set_up

step "first run" "First run: what the applications need comes over the link"
run_compiler
show_share
run_python
run_ls
show_share

step "again" "Second run, link up: from the cache"
run_compiler
run_python
run_ls

step "blip" "The link is cut for 2 seconds: shorter than grace, so no application sees it"
(ip -n far link set wire down; sleep 2; ip -n far link set wire up) &
blip=$!
run ok "sqlite3 :memory: 'select 6*7'"
wait $blip
wait_for_state online

step "cut" "The link is cut, and stays cut"
cut_link
run fail "$lua"
say "It waited until grace, $grace s from the outage's start, was over.  From now on misses fail at once:"
run fail "$lua"
step "cached apps" "What ran before runs as before"
run_compiler
run_python
run_ls
show_share

step "restored" "The link is restored"
restore_link
say "It has the same image: $(evergreen status evg0 --json | jq -r .proof)"
run ok "$lua"
run ok "$perl"
compare
show_share

step "end" "Unmount and detach; the cache stays"
stop_recording
say "hits $(stat_of hits), misses $(stat_of misses), failed $(stat_of failed)," \
	"outages $(stat_of outages), the longest wait $(stat_of wait_max_ms) ms"
umount "$root/dev" "$root/tmp" "$root"
evergreen detach evg0
