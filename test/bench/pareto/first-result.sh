#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, for one application: how long until it has given its first
# result, when its disk is behind a slow and distant link.  In virtual time.
# test/bench/run-pareto starts it with $app, $image and $disk_bytes set, the last
# being what the demo's whole disk holds.
#
# Leaves $EVG_OUT/first-result.tsv: link, its Mbit/s, way, seconds, bytes that
# came; the way "needed" has the bytes of the image that the application needs.
set -eu

rows=$EVG_OUT/first-result.tsv
root=$EVG_TMP/root
fs=$EVG_TMP/fs

die()
{
	echo "first-result: $*" >&2
	exit 1
}

now_ms()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

start_network()
{
	ip netns add far
	ip link add near type veth peer name wire netns far
	ip addr add 10.9.0.1/24 dev near
	ip link set near up
	ip -n far addr add 10.9.0.2/24 dev wire
	ip -n far link set wire up
	ip -n far link set lo up
	ip netns exec far nbdkit -r -P "$EVG_TMP/nbd.pid" file "${image:?}"
	ip netns exec far nbdkit -r -p 10810 -P "$EVG_TMP/disk.pid" \
		pattern "size=${disk_bytes:?}"
}

# shape ROUND_TRIP_MS MBIT: half of the delay each way, the rate each way
shape()
{
	local half

	half=$(awk -v rtt="$1" 'BEGIN { print rtt / 2 }')
	tc qdisc replace dev near root netem delay "${half}ms" rate "${2}mbit"
	ip netns exec far tc qdisc replace dev wire root netem \
		delay "${half}ms" rate "${2}mbit"
}

# Bytes that have come over the link.
came()
{
	cat /sys/class/net/near/statistics/rx_bytes
}

mount_root()	# OPTIONS DEVICE
{
	mount -o "$1" "$2" "$root"
	mount -t tmpfs tmpfs "$root/tmp"
	mount --bind /dev "$root/dev"
	cat >"$root/tmp/p.c" <<'END'
#include <math.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	(void)argv;
	printf("the root is %.3f\n", sqrt(2.0 * argc));
	return 0;
}
END
}

unmount_root()
{
	umount "$root/dev" "$root/tmp" "$root"
}

# Something that the application is for; it must give its result.
run_app()
{
	local said want

	case ${app:?} in
	python)	want='{"sqrt 2": "1.414213562373095048801688724"}'
		set -- python3 -c 'import decimal, json, sqlite3
print(json.dumps({"sqrt 2": str(decimal.Decimal(2).sqrt())}))' ;;
	gcc)	want='the root is 1.414'
		set -- sh -c 'gcc -O2 -o /tmp/p /tmp/p.c -lm && /tmp/p' ;;
	esac
	said=$(env -i PATH=/usr/bin:/usr/sbin HOME=/tmp LC_ALL=C \
		PYTHONDONTWRITEBYTECODE=1 chroot "$root" "$@") || die "$app failed"
	[[ $said == *"$want"* ]] || die "$app said '$said'"
}

# measure WAY COMMAND...: COMMAND makes the disk and mounts it
measure()
{
	local way=$1 began before took

	shift
	sync
	echo 3 >/proc/sys/vm/drop_caches
	before=$(came)
	began=$(now_ms)
	"$@"
	run_app
	took=$(($(now_ms) - began))
	row "$way" "$(awk -v ms=$took 'BEGIN { printf "%.3f", ms / 1000 }')" \
		$(($(came) - before))
}

row()	# WAY SECONDS BYTES
{
	printf '%s\t%d\t%s\t%s\t%d\n' "$link" "$mbit" "$@" | tee -a "$rows"
}

by_download()
{
	nbdcopy nbd://10.9.0.2/ "$fs/copy"
	mount_root loop,ro "$fs/copy"
}

# Of a disk of the demo's size, and the first result then from the small one.
by_long_download()
{
	nbdcopy nbd://10.9.0.2:10810/ null:
	mount_root loop,ro "$fs/copy"
}

by_nbd()
{
	nbd-client -N "" 10.9.0.2 10809 /dev/nbd0 >/dev/null 2>&1
	mount_root ro /dev/nbd0
}

attach()	# CACHE
{
	evergreen attach --name evg0 --cache "$fs/$1" nbd://10.9.0.2/ ||
		die "cannot attach: $(tail -n 3 /var/log/evergreen.log)"
}

by_evergreen()
{
	attach cold
	mount_root ro /dev/evg0
}

by_function()
{
	attach imported
	evergreen function import --trust evg0 "$EVG_OUT/$app.json"
	mount_root ro /dev/evg0
}

from_cache()
{
	mount_root ro /dev/evg0
}

# What the application needs, learned where the link is fast.
record()
{
	attach recorded
	mount_root ro /dev/evg0
	evergreen record evg0 "$app" -- bash -c "$(declare -f die run_app)
		root=$root app=$app; run_app" || die "cannot record"
	evergreen function export evg0 "$app" "$EVG_OUT/$app.json"
	evergreen function list evg0
	unmount_root
	evergreen detach evg0
}

measure_link()
{
	link="$1 ms, $2 Mbit/s"
	mbit=$2
	shape "$1" "$2"
	measure "full download" by_download
	unmount_root
	measure "full download of the demo's disk" by_long_download
	unmount_root
	rm "$fs/copy"
	measure "kernel nbd" by_nbd
	unmount_root
	nbd-client -d /dev/nbd0 >/dev/null 2>&1
	measure "evergreen, cold" by_evergreen
	unmount_root
	row needed 0 "$(cat /sys/block/evg0/evergreen/filled_bytes)"
	measure "evergreen, from its cache" from_cache
	unmount_root
	evergreen detach evg0
	measure "evergreen, function imported" by_function
	unmount_root
	evergreen detach evg0
	rm -r "$fs/cold" "$fs/imported"
}

for module in ext4 brd loop nbd sch_netem veth; do
	modprobe $module
done
truncate -s 900M "$EVG_TMP/fs.img"
mkfs.ext4 -q -F "$EVG_TMP/fs.img"
mkdir -p "$root" "$fs"
mount -o loop "$EVG_TMP/fs.img" "$fs"
: >"$rows"
start_network
record
measure_link 20 20
measure_link 100 10
kill "$(cat "$EVG_TMP/nbd.pid")" "$(cat "$EVG_TMP/disk.pid")"
umount "$fs"
