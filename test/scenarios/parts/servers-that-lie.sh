#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What listens is no NBD server: it is silent, hangs up, speaks garbage or
# stops half-way. Attaching ends in one line; a disk with a cache stays
# offline and alive.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
attach --cache "$CACHES/known" "$URI"
check_read "/dev/$disk"
detach "$disk"
server_stop

for how in silent hangup garbage half; do
	say "$how"
	serve_with 10809 liar $how 10809
	begun=$(now_ms)
	refused 1 "evergreen" evergreen attach --detect 2 --cache "$CACHES/new" "$URI"
	sed 's/^/  /' "$EVG_TMP/refusal"
	expect_le "ms until refused" $(($(now_ms) - begun)) 15000
	attach --grace 0 --cache "$CACHES/known" "$URI"
	expect_eq "link_state" "$(value "$disk" link_state)" offline
	check_read -d "/dev/$disk"
	kill -0 "$(helper_of "$disk")" || fail "the helper died"
	detach "$disk"
	server_stop KILL
done
