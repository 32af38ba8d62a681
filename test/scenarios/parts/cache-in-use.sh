#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One cache, one disk: the same cache or the same default cache a second time
# is refused in one line.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
first=$disk
refused 1 "helper that lives|in use" evergreen attach --cache "$CACHES/a" "$URI"
refused 1 "takeover|helper" evergreen attach --name "$first" --cache "$CACHES/a" "$URI"
refused 1 "$first" evergreen attach --name "$first" --cache "$CACHES/b" "$URI"
check_read "/dev/$first"
take_bdev
attach --cache "$bdev" "$URI"
second=$disk
refused 1 "helper that lives|in use|$bdev" evergreen attach --cache "$bdev" "$URI"
check_read "/dev/$second"
expect_eq "disks" "$(evergreen list --json | jq length)" 2
