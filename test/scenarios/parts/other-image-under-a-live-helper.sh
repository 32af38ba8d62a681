#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The server is replaced by one with another image while the helper is
# connected and reads flow: not a byte of it comes through.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
make_image "$EVG_TMP/other" 2 8
attach --grace 1 --cache "$CACHES/a" "$URI"
check_read -n 1048576 "/dev/$disk"
reader -d -b 8192 -w 5 -e any "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
wait_for 10 "reads" value_is_at_least "$disk" filled_bytes 2097152
server_stop KILL
server_start "$EVG_TMP/other"
wait_state "$disk" stale
join_read $reading "$EVG_TMP/reads"
check_read -d -b 4096 -e any "/dev/$disk"
expect_ge "bytes still right" "$(field bytes)" 2097152
