#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A script and a program that were hoarded with --deps run with the link cut,
# though they never ran before; on ext4 by the blocks that it tells, on squashfs
# by reading them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

run_hoarded() { # TYPE
	say "$1"
	mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
	refused 1 "not on a file system" evergreen hoard --no-metadata "$disk" /etc
	evergreen hoard --deps "$disk" "$EVG_TMP/mnt/bin/script" "$EVG_TMP/mnt/etc" \
		"$EVG_TMP/mnt/many" 2>"$EVG_TMP/said" || fail "$(cat "$EVG_TMP/said")"
	evergreen hoard --wait "$disk" "$EVG_TMP/mnt/data/one" 2>>"$EVG_TMP/said"
	are_cached hoard >/dev/null || fail "$1: hoard --wait did not wait"
	cat "$EVG_TMP/said"
	expect_eq "lines" "$(wc -l <"$EVG_TMP/said")" 3
	expect_eq "pinned" "$(evergreen function show --json "$disk" hoard | jq .pinned)" true
	umount "$EVG_TMP/mnt"
	carry_to_new_cache "$1" metadata hoard
	link_cut killed
	wait_state "$disk" offline
	drop_caches
	mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
	expect_eq "the script's output" "$(chroot "$EVG_TMP/mnt" /bin/script)" evergreen
	diff -r "$EVG_TMP/mnt/many" "$EVG_TMP/tree/many" || fail "$1: files differ"
	cmp "$EVG_TMP/mnt/data/one" "$EVG_TMP/tree/data/one" || fail "$1: differs"
	no_read_failed "$1"
	umount "$EVG_TMP/mnt"
	link_mend killed
	wait_state "$disk" online
	detach "$disk"
}

make_small_system 48
start_functions ext4
run_hoarded ext4
server_stop
rm "$IMAGE"
modprobe squashfs
make_small_system 48 squashfs
server_start "$IMAGE"
attach --grace inf --cache "$CACHES/b" "$URI"
run_hoarded squashfs
