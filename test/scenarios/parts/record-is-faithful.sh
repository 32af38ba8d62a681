#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A recorded function is all that its command needs, even if the page cache was
# warm and a library was mapped by another process: in a cache with nothing but
# it and the metadata, the command runs with the link cut.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

make_small_system 48
start_functions ext4
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"

say "warm, and with the library mapped by a process that goes on"
chroot "$EVG_TMP/mnt" /bin/sum /data/one >"$EVG_TMP/sum"
chroot "$EVG_TMP/mnt" /bin/sleep 1000 &
sleeping=$!
cat "$EVG_TMP/mnt/data/one" >/dev/null
evergreen record "$disk" sum -- chroot "$EVG_TMP/mnt" /bin/sum /data/one \
	2>"$EVG_TMP/said" >"$EVG_TMP/sum.again"
cat "$EVG_TMP/said"
cmp "$EVG_TMP/sum" "$EVG_TMP/sum.again" || fail "the command's output was changed"
expect_match "the last line" "$(tail -n 1 "$EVG_TMP/said")" \
	"function sum: [0-9]+ blocks, .* of the disk"
functions=$(evergreen function list --json "$disk")
figure "KiB of sum" $(($(jq '.[] | select(.name == "sum") | .bytes' <<<"$functions") >> 10))
figure "KiB of metadata" $(($(jq '.[] | select(.name == "metadata") | .bytes' <<<"$functions") >> 10))
kill $sleeping
wait $sleeping || :
umount "$EVG_TMP/mnt"

say "an empty cache, the two functions, and no link"
carry_to_new_cache new metadata sum
link_cut killed
wait_state "$disk" offline
drop_caches
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
no_read_failed "mount"
find "$EVG_TMP/mnt" -ls >"$EVG_TMP/find"
no_read_failed "find"
chroot "$EVG_TMP/mnt" /bin/sum /data/one | cmp - "$EVG_TMP/sum" ||
	fail "the function does not run"
no_read_failed "the function"

say "what was not recorded is not there"
! cat "$EVG_TMP/mnt/data/two" >/dev/null 2>&1 || fail "/data/two is cached"
umount "$EVG_TMP/mnt"
