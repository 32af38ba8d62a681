#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache directory on each file system that can be made here: it works, or is
# refused in a line that says why, and nothing is left behind.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

works() { # DIR
	say "$(stat -f -c %T "$1") works"
	attach --grace 0 --cache "$1/deep/a" "$URI"
	check_read "/dev/$disk"
	server_stop
	wait_state "$disk" offline
	drop_caches
	check_read -d -b 4096 -t 2 "/dev/$disk"
	check_read -d -b 1536 -s 4608 "/dev/$disk"
	expect_eq "io_errors" "$(value "$disk" io_errors)" 0
	server_start "$IMAGE"
	wait_state "$disk" online
	detach "$disk"
	rm -r "$1/deep"
}

is_refused() { # REGEX DIR
	say "$(stat -f -c %T "$2"), $1"
	refused 1 "$1" evergreen attach --cache "$2/a" "$URI"
	cat "$EVG_TMP/refusal"
	[ ! -e "$2/a" ] || fail "$2/a is left behind"
	[ ! -e /sys/block/evg0 ] || fail "a disk was made"
}

setup 2
mkdir "$EVG_TMP/odd"

modprobe overlay
mkdir -p "$CACHES"/{lower,upper,work}
mount -t overlay overlay -o "lowerdir=$CACHES/lower,upperdir=$CACHES/upper,workdir=$CACHES/work" \
	"$EVG_TMP/odd"
works "$EVG_TMP/odd"
umount "$EVG_TMP/odd"

mount -t ramfs none "$EVG_TMP/odd"
is_refused "no direct I/O" "$EVG_TMP/odd"
umount "$EVG_TMP/odd"

take_bdev
mkfs.ext4 -q -F "$bdev" 64M
mount -o data=journal "$bdev" "$EVG_TMP/odd"
is_refused "no direct I/O.*journals data" "$EVG_TMP/odd"
umount "$EVG_TMP/odd"

nine=$(awk '$3 == "9p" && $4 ~ /^rw/ { print $2 }' /proc/mounts | tail -n 1)
[ -z "$nine" ] || is_refused "9p, which is another machine's" "$nine"
