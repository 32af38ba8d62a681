#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A server behind a Unix socket, by nbd+unix.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_fs "$CACHES"
make_image "$IMAGE" 1 2
nbdkit -f -r -U "$EVG_TMP/socket" file "$IMAGE" >/dev/null 2>&1 </dev/null &
server_pids[0]=$!
wait_for 5 "the socket" test -S "$EVG_TMP/socket"
attach --grace 0 --cache "$CACHES/a" "nbd+unix:///?socket=$EVG_TMP/socket"
check_read -d -n 1048576 "/dev/$disk"
server_stop KILL 0
wait_state "$disk" offline
check_read -d -n 1048576 "/dev/$disk"
check_read -d -o 1572864 -e all "/dev/$disk"
