#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache on a file system without direct I/O (tmpfs on old kernels) is
# refused in one line; where there is direct I/O it serves.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
mkdir "$EVG_TMP/tmpfs"
mount -t tmpfs tmpfs "$EVG_TMP/tmpfs"
if node=$(evergreen attach --cache "$EVG_TMP/tmpfs/a" "$URI" 2>"$EVG_TMP/said"); then
	disk=${node#/dev/}
	check_read "/dev/$disk"
	detach "$disk"
else
	sed 's/^/  /' "$EVG_TMP/said"
	expect_eq "lines" "$(wc -l <"$EVG_TMP/said")" 1
	expect_match "the refusal" "$(cat "$EVG_TMP/said")" "direct"
	[ ! -e /sys/block/evg0 ] || fail "a disk was made"
fi
