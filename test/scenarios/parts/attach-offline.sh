#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk attaches from its cache with the server out of reach, says so, and
# comes online by itself when the server does.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --cache "$CACHES/a" "$URI"
check_read -n 2097152 "/dev/$disk"
detach "$disk"
server_stop
begun=$(now_ms)
attach --grace inf --cache "$CACHES/a" "$URI"
figure "attaching with the server refusing, ms" $(($(now_ms) - begun))
grep -qi offline "$EVG_TMP/attach" || fail "attach did not say that it is offline"
check_read -n 2097152 "/dev/$disk"
reader -d -b 65536 "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_for 10 "a miss" value_is_at_least "$disk" parked 1
server_start "$IMAGE"
begun=$(now_ms)
wait_state "$disk" online
figure "online after the server came, ms" $(($(now_ms) - begun))
join_read $reading "$EVG_TMP/misses"
