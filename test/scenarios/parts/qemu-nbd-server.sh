#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qemu-nbd is a server like another: cold, warm, cut and back.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
server_stop
serve_with 10809 qemu-nbd -r -t -e 8 -p 10809 -f raw "$IMAGE"
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -n 2097152 "/dev/$disk"
link_cut link-down
reader -d -b 65536 "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_for 10 "a miss" value_is_at_least "$disk" parked 1
link_mend link-down
join_read $reading "$EVG_TMP/misses"
