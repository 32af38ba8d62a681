#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Squashfs keeps unpacked fragments in memory of its own that nothing drops; a
# small file that was read just before is in the function nevertheless.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

make_small_system 8 squashfs
start_functions squashfs
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
cat "$EVG_TMP/mnt/many/3" >/dev/null
evergreen record "$disk" small -- cat "$EVG_TMP/mnt/many/3" >/dev/null
cat "$EVG_TMP/mnt/many/3" >/dev/null
evergreen record --start "$disk" again
cat "$EVG_TMP/mnt/many/3" >/dev/null
evergreen record --stop "$disk" again
expect_eq "blocks, recorded in two ways" \
	"$(evergreen function export "$disk" again | jq -c '.ranges | sort')" \
	"$(evergreen function export "$disk" small | jq -c '.ranges | sort')"
umount "$EVG_TMP/mnt"

say "an empty cache, the function, and no link"
carry_to_new_cache new metadata small
link_cut killed
wait_state "$disk" offline
drop_caches
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
cmp "$EVG_TMP/mnt/many/3" "$EVG_TMP/tree/many/3" || fail "the file is not there"
no_read_failed "the file"
! cat "$EVG_TMP/mnt/data/one" >/dev/null 2>&1 || fail "all is cached"
umount "$EVG_TMP/mnt"
