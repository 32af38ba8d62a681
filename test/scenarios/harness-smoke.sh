#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: disk=16
# The guest is what the harness promises: the kernel asked for, evergreen
# loaded, and the programs and file systems that scenarios build on.
set -eu

fail() {
	echo "harness-smoke: $*"
	exit 1
}

[ "$(uname -r)" = "$EVG_KREL" ] || fail "kernel $(uname -r), not $EVG_KREL"
[ -e /sys/module/evergreen ] || fail "evergreen is not loaded"
[ -b "$EVG_DISK" ] || fail "no disk"
[ "$(blockdev --getsize64 "$EVG_DISK")" -eq $((16 << 20)) ] ||
	fail "the disk is not of 16 MiB"
case $(command -v evergreend) in
"$EVG_REPO"/build/bin/*)	;;
*)				fail "evergreend is not the one just built" ;;
esac
for dir in /proc/self /sys/kernel/debug/block /sys/kernel/tracing/events \
	   /sys/kernel/config /dev/pts; do
	[ -e "$dir" ] || fail "no $dir"
done
modprobe -a nbd loop brd null_blk dm_mod dm_delay sch_netem veth ext4 xfs squashfs
ip netns add far
ip netns exec far ip link set lo up
ping -c 1 -W 5 127.0.0.1 >/dev/null || fail "lo does not answer"
mkfs.ext4 -q "$EVG_DISK"
mkdir "$EVG_TMP/mnt" /var/tmp/writable
mount "$EVG_DISK" "$EVG_TMP/mnt"
umount "$EVG_TMP/mnt"
rmmod evergreen
