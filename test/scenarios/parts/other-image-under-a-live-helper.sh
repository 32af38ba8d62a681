#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The server is replaced by one with another image while the helper is
# connected and reads flow: not a byte of it comes through. What was cached when the
# image was proved last is served.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

is_proved() { # TIMES
	[ "$(grep -c "connected: fingerprint" "$HELPER_LOG")" -ge "$1" ]
}

setup 8
make_image "$EVG_TMP/other" 2 8
attach --grace 1 --cache "$CACHES/a" "$URI"
check_read -d -n 2097152 "/dev/$disk"
server_stop KILL
server_start "$IMAGE"
wait_for 15 "another proof" is_proved 2
wait_state "$disk" online
reader -d -b 8192 -w 5 -e any "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
wait_for 10 "reads" value_is_at_least "$disk" filled_bytes 3145728
server_stop KILL
server_start "$EVG_TMP/other"
wait_state "$disk" stale
join_read $reading "$EVG_TMP/reads"
check_read -d -b 4096 -e any "/dev/$disk"
expect_ge "bytes still right" "$(field bytes)" 2097152
