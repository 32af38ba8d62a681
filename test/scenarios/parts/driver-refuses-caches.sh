#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is no cache, or the wrong one, the driver refuses by itself, and says why:
# "evergreen attach" looks first, but it is not the only one who may ask.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

taken() { # CLEAN MAP
	local said

	said=$(addfiles "$@") || fail "$* are a cache, but: $said"
}

refuses() { # REGEX CLEAN MAP
	local regex=$1 said status=0

	shift
	said=$(addfiles "$@") || status=$?
	expect_eq "adding $*" $status 1
	expect_match "what the driver says of $*" "$said" "$regex"
	echo "  $said"
}

in_both_headers() { # BYTE TEXT
	local header

	cp "$map" "$odd"
	for header in 0 4096; do
		# shellcheck disable=SC2059 # the text is a format
		printf "$2" | dd of="$odd" bs=1 seek=$((header + $1)) conv=notrunc status=none
	done
}

setup 2
attach --cache "$CACHES/a" "$URI"
detach "$disk"
refuses "EINVAL: .*not marked as in use" "$CACHES/a/clean" "$CACHES/a/map"
header use "$CACHES/a"
take_bdev
attach --overwrite --cache "$bdev" "$URI"
check_read "/dev/$disk"
detach "$disk"
clean=$CACHES/a/clean map=$CACHES/a/map odd=$CACHES/odd
taken "$clean" "$map"
taken "$bdev" "$bdev"

say "the map"
mkfifo "$EVG_TMP/pipe"
refuses "EBADF: .*neither a file nor" "$clean" "$EVG_TMP/pipe"
head -c 100 "$map" >"$odd"
refuses "EINVAL: .*too short" "$clean" "$odd"
in_both_headers 0 x
refuses "EINVAL: .*not the map of" "$clean" "$odd"
# Bytes 8 to 11 are the format's version.
in_both_headers 8 '\377'
refuses "EINVAL: .*unknown format" "$clean" "$odd"
in_both_headers 40 '\252\125'
refuses "EINVAL: .*checksum" "$clean" "$odd"

say "what belongs to it"
refuses "EINVAL: .*neither a regular file nor" /dev/null "$map"
head -c 1M "$clean" >"$odd"
refuses "EINVAL: .*clean has not the size" "$odd" "$map"
mkdir "$EVG_TMP/ramfs"
mount -t ramfs none "$EVG_TMP/ramfs"
cp "$clean" "$EVG_TMP/ramfs/clean"
refuses "EINVAL: .*without direct I/O" "$EVG_TMP/ramfs/clean" "$map"

say "block devices"
refuses "EINVAL: .*does not fit a block device" "$bdev" "$map"
dd if="$bdev" of="$odd" bs=1M count=1 status=none
refuses "EINVAL: .*of a block device's cache" "$clean" "$odd"
modprobe loop
loop=$(losetup -f --show "$odd")
refuses "EINVAL: .*smaller than the image" "$loop" "$loop"
losetup -d "$loop"

attach --cache "$CACHES/b" "$URI"
refuses "EINVAL: .*cannot be the cache of another" "/dev/$disk" "$map"
detach "$disk"

say "and the caches are as they were"
taken "$clean" "$map"
taken "$bdev" "$bdev"
