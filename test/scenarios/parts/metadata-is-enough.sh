#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# With the metadata of a squashfs or an erofs cached and nothing else,
# mount, ls and find go on with the link cut, and no file system complains.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

# Its metadata in a cache that has no more, then all names without a link.
look_offline() { # TYPE
	say "$1"
	evergreen metadata "$disk" 2>"$EVG_TMP/said" || fail "$(cat "$EVG_TMP/said")"
	cat "$EVG_TMP/said"
	carry_to_new_cache "$1" metadata
	link_cut killed
	wait_state "$disk" offline
	drop_caches
	mount -o ro "/dev/$disk" "$EVG_TMP/mnt" || fail "$1: cannot be mounted"
	(cd "$EVG_TMP/mnt" && find . -type f -size -9999k -printf '%p %s\n' | sort) \
		>"$EVG_TMP/names"
	ls -lR "$EVG_TMP/mnt" >/dev/null || fail "$1: ls fails"
	(cd "$EVG_TMP/tree" && find . -type f -size -9999k -printf '%p %s\n' | sort) |
		diff - "$EVG_TMP/names" || fail "$1: not the names that it has"
	no_read_failed "$1"
	! cat "$EVG_TMP/mnt/data/one" >/dev/null 2>&1 || fail "$1: data is cached, too"
	umount "$EVG_TMP/mnt"
	link_mend killed
	wait_state "$disk" online
	detach "$disk"
}

make_small_system 8 squashfs
start_functions squashfs
look_offline squashfs
server_stop
make_small_system 8 erofs
server_start "$IMAGE"
attach --grace inf --cache "$CACHES/b" "$URI"
look_offline erofs
