#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The helper is ended and started again, as a service manager does, under a
# mounted file system in use: no error at all.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
server_stop
mkdir -p "$EVG_TMP/tree"
for i in 1 2 3 4 5 6; do
	image "$i" 1048576 >"$EVG_TMP/tree/$i"
done
rm "$IMAGE"
mkfs.ext4 -q -d "$EVG_TMP/tree" "$IMAGE" 16M
server_start "$IMAGE"
attach --grace inf --cache "$CACHES/a" "$URI"
mkdir "$EVG_TMP/mnt"
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
helper=$(helper_of "$disk")
(
	for i in 1 2 3 4 5 6; do
		reader -i "$i" -b 16384 -w 20 "$EVG_TMP/mnt/$i" || exit 1
	done
) >"$EVG_TMP/files" &
reading=$!
wait_for 10 "some reads" value_is_at_least "$disk" filled_bytes 1048576
kill -TERM "$helper"
wait_for 5 "the helper to end" is_gone "$helper"
[ -b "/dev/$disk" ] || fail "the disk went with its helper"
attach --name "$disk" --grace inf --cache "$CACHES/a" "$URI"
wait $reading || fail "reading files: $(cat "$EVG_TMP/files")"
sed 's/^/  /' "$EVG_TMP/files"
umount "$EVG_TMP/mnt"
