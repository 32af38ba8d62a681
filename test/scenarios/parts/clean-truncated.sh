#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The file of cached bytes is cut short behind the map's back: one line at
# attach, or an error at the read; never zeros for data.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
detach "$disk"
server_stop
truncate -s 1000000 "$CACHES/a/clean"
evergreen check "$CACHES/a" && fail "the check found nothing"
if evergreen attach --grace 0 --cache "$CACHES/a" "$URI" >"$EVG_TMP/node" 2>"$EVG_TMP/said"; then
	disk=$(sed 's|/dev/||' "$EVG_TMP/node")
	check_read -d -b 4096 -e any "/dev/$disk"
	expect_le "bytes that were read" "$(field bytes)" 1000000
else
	sed 's/^/  /' "$EVG_TMP/said"
	expect_eq "lines" "$(wc -l <"$EVG_TMP/said")" 1
fi
