#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every question to a disk that waits for ever is answered at once: list,
# status, sysfs; none of them touches the disk.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
kill -STOP "$(helper_of "$disk")"
reader -d -b 65536 -t 8 "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_for 10 "parked reads" value_is_at_least "$disk" parked 8
begun=$(now_ms)
evergreen list >/dev/null
evergreen status "$disk" --json >/dev/null
grep -s . /sys/block/"$disk"/evergreen/* >/dev/null
expect_le "answers, ms" $(($(now_ms) - begun)) $((2 * SLACK_MS))
kill -CONT "$(helper_of "$disk")"
join_read $reading "$EVG_TMP/misses"
