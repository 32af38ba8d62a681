#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A helper that loses its link again and again does not fill the log.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
lines() { dmesg | grep -c "$disk: link is" || :; }
before=$(lines)
begun=$(now_ms)
life flap "${disk#evg}" 1000 || fail "the link cannot flap"
took=$(($(now_ms) - begun))
expect_ge "outages" "$(value "$disk" outages)" 1000
lines=$(($(lines) - before))
figure "lines of 1000 outages in $took ms" $lines
# Ten in five seconds, and what was left over when it began.
expect_le "lines" $lines $((20 + took / 500))
expect_ge "lines" $lines 1
