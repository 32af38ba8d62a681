#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache is attached to the URI of another image of the same size: what it
# holds stays its own, nothing is mixed.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
make_image "$EVG_TMP/other" 2 4
PORT=10810 server_start "$EVG_TMP/other"
attach --cache "$CACHES/a" "$URI"
check_read -d -n 2097152 "/dev/$disk"
detach "$disk"

if node=$(evergreen attach --grace 0 --cache "$CACHES/a" "nbd://$FAR:10810/" 2>"$EVG_TMP/said"); then
	disk=${node#/dev/}
	wait_state "$disk" stale
	check_read -d -n 2097152 "/dev/$disk"
	check_read -d -o 2097152 -e all "/dev/$disk"
	detach "$disk"
fi
grep -q . "$EVG_TMP/said" || fail "attach said nothing"
sed 's/^/  /' "$EVG_TMP/said"

say "with its own image it goes on"
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
