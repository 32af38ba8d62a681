#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two disks of two servers: the outage of one is no event for the other.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
make_image "$EVG_TMP/other" 2 4
PORT=10810 server_start "$EVG_TMP/other"
attach --grace inf --cache "$CACHES/one" "$URI"
one=$disk
attach --grace inf --cache "$CACHES/two" "nbd://$FAR:10810/"
two=$disk
[ "$one" != "$two" ] || fail "two disks, one name"

link_cut stopped
reader -d -b 65536 "/dev/$one" >"$EVG_TMP/waits" &
waiting=$!
wait_state "$one" offline
check_read -i 2 -d -b 16384 -r 3 "/dev/$two"
expect_le "longest read of the healthy disk, ms" "$(field max_ms)" "$SLACK_MS"
expect_eq "link_state" "$(value "$two" link_state)" online
expect_eq "outages" "$(value "$two" outages)" 0
link_mend stopped
join_read $waiting "$EVG_TMP/waits"
