#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A copy of a cache at rest serves all that the cache had. A copy that was made
# while the disk was in use, data first and then the map, serves nothing that it
# lacks, wherever it was put, and the check says so. With no server in reach: what
# the map claims is all that there is.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

HALF=$((4 << 20)) ALL=$((8 << 20))

is_saved() { # BLOCKS
	[ "$(evergreen status "$disk" --json | jq .cached_blocks)" = "$1" ]
}

# A new cache, half of it read; then the data is copied, the rest is read, and once
# the map says so, it is copied.
copy_in_use() { # CACHE COPY
	attach --cache "$1" "$URI"
	check_read -d -n $HALF "/dev/$disk"
	mkdir -p "$2"
	cp -a "$1/clean" "$2/"
	check_read -d -o $HALF "/dev/$disk"
	wait_for 20 "the map to be saved" is_saved $((ALL / 4096))
	cp -a "$1/map" "$2/"
}

# Nothing listens at that port.
serves() { # CACHE BYTES
	attach --grace 0 --cache "$1" "nbd://$FAR:1/"
	drop_caches
	check_read -d -b 4096 -e any "/dev/$disk"
	expect_eq "bytes that $1 serves" "$(field bytes)" "$2"
	detach "$disk"
}

distrusted() { # REGEX CACHE
	local said

	said=$(evergreen check "$2") && fail "the check of $2 found nothing"
	expect_match "what the check says of $2" "$said" "$1"
	serves "$2" 0
	grep -q "$2.*fetched again" "$HELPER_LOG" || fail "the helper said nothing"
}

setup 8
make_fs "$EVG_TMP/elsewhere" 320 xfs
other=$EVG_TMP/elsewhere

say "copied while it was in use"
copy_in_use "$CACHES/a" "$other/used"
cp -a "$other/used" "$other/again"
evergreen check "$CACHES/a" || fail "the check of a cache in use"
detach "$disk"
distrusted "copied while it was in use" "$other/used"
attach --cache "$other/again" "$URI"
check_read -d "/dev/$disk"
detach "$disk"
serves "$other/again" $ALL

say "copied at rest"
cp -a "$CACHES/a" "$other/cp"
mkdir "$other/tar" "$other/rsync"
tar -C "$CACHES/a" -cSf - . | tar -C "$other/tar" -xf -
if command -v rsync >/dev/null; then
	rsync -aS "$CACHES/a/" "$other/rsync/"
else
	cp -r --sparse=never --preserve=timestamps "$CACHES/a/." "$other/rsync"
fi
for copy in cp tar rsync; do
	evergreen check "$other/$copy" || fail "the check of $copy"
	serves "$other/$copy" $ALL
	serves "$other/$copy" $ALL
done
serves "$CACHES/a" $ALL
mv "$CACHES/a" "$CACHES/moved"
serves "$CACHES/moved" $ALL

say "begun in use, ended at rest"
attach --cache "$CACHES/b" "$URI"
check_read -d -n $HALF "/dev/$disk"
mkdir "$other/torn"
cp -a "$CACHES/b/clean" "$other/torn/"
check_read -d -o $HALF "/dev/$disk"
detach "$disk"
cp -a "$CACHES/b/map" "$other/torn/"
distrusted "older or newer" "$other/torn"
serves "$CACHES/b" $ALL

say "restored into the files that it was copied from"
copy_in_use "$CACHES/c" "$other/backup"
detach "$disk"
cp -a "$other/backup/clean" "$CACHES/c/clean"
cp -a "$other/backup/map" "$CACHES/c/map"
distrusted "put in its place" "$CACHES/c"

say "one of its files of another time"
cp -a "$CACHES/b" "$other/mixed"
cp -a "$CACHES/moved/clean" "$other/mixed/clean"
distrusted "older or newer" "$other/mixed"
