#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The server's machine forgets its connections without a word (a crash and a
# quick start). The helper finds out by itself; with grace no read fails.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --grace 30 --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"

link_cut loss
in_far ss -K sport = :10809 >/dev/null
server_stop KILL
server_start "$IMAGE"
reader -d -b 65536 -o 1048576 -t 4 "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_for 5 "misses" value_is_at_least "$disk" parked 4
link_mend loss

join_read $reading "$EVG_TMP/misses"
expect_le "longest read, ms" "$(field max_ms)" $((DETECT * 1000 + 30000 + SLACK_MS))
figure "longest read over a half-open connection, ms" "$(field max_ms)"
wait_state "$disk" online
check_read "/dev/$disk"
