#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss,mkfs.ext4
# evg: mem=1536
# evg: timeout=1200
# 607 files of 31 MB behind a round trip of 100 ms, on a virtual clock: read one
# after another they take minutes; as a function they come at once, and are
# then read as from a warm cache, with the link cut.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

FILES=607
KIB=51
SOME=60

read_files() { # FIRST LAST
	local i

	for ((i = $1; i <= $2; i++)); do
		cat "$EVG_TMP/mnt/$i"
	done | sha256sum
}

net_make
make_fs "$CACHES"
image 1 $((FILES * KIB * 1024)) >"$EVG_TMP/all"
mkdir "$EVG_TMP/tree" "$EVG_TMP/mnt"
for ((i = 1; i <= FILES; i++)); do
	dd if="$EVG_TMP/all" of="$EVG_TMP/tree/$i" bs=${KIB}K skip=$((i - 1)) count=1 status=none
done
truncate -s 48M "$IMAGE"
mkfs.ext4 -q -F -b 4096 -O ^has_journal -d "$EVG_TMP/tree" "$IMAGE"
sum=$(sha256sum <"$EVG_TMP/all")
rm -r "$EVG_TMP/tree" "$EVG_TMP/all"
server_start "$IMAGE"
shape delay 50ms limit 100000
attach --grace 30 --cache "$CACHES/a" "$URI"
mount -t ext4 -o ro "/dev/$disk" "$EVG_TMP/mnt"

begun=$(now_ms)
read_files 1 $SOME >/dev/null
demand=$((($(now_ms) - begun) * FILES / SOME))
figure "$FILES files on demand, ms, from $SOME of them" $demand

begun=$(now_ms)
evergreen hoard --name files --wait "$disk" "$EVG_TMP/mnt" || fail "evergreen hoard failed"
hoarded=$(($(now_ms) - begun))
figure "$FILES files as a function, ms" $hoarded
expect_le "as a function, ms" $hoarded $((demand / 4))

link_cut link-down
wait_state "$disk" offline
drop_caches
begun=$(now_ms)
expect_eq "their bytes" "$(read_files 1 $FILES)" "$sum"
first=$(($(now_ms) - begun))
drop_caches
begun=$(now_ms)
read_files 1 $FILES >/dev/null
warm=$(($(now_ms) - begun))
figure "read then with the link cut, ms; and once more" "$first, $warm"
expect_le "the first time, ms" $first $((2 * warm))
umount "$EVG_TMP/mnt"
