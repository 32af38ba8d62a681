#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Reads that waited for the link, or failed for want of it, are remembered with
# who made them: those that waited already when it was lost, too. Those that the
# link served, and readahead, are not.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

misses() { # SEQ: those after it
	look "${disk#evg}" misses "$1"
}

is_remembered() { # REGEX
	misses 0 | grep -E "$1"
}

expect_miss() { # REGEX
	wait_for 5 "a miss like '$1'" is_remembered "$1"
}

setup 16
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
begun=$(value "$disk" ledger)
expect_eq "what was remembered of $begun" "$(misses "$begun")" ""

say "one waits for an answer when the link is lost"
link_cut stopped
reader -d -b 65536 -o 2097152 -n 65536 "/dev/$disk" >"$EVG_TMP/early" &
early=$!
wait_for 10 "a read that waits" value_is_at_least "$disk" parked 1
wait_state "$disk" offline
expect_miss "first=512 count=16 pid=$early .*outcome=waited comm=reader"

say "one comes after that, and reads on"
reader -d -b 65536 -o 4194304 -n 262144 -t 1 "/dev/$disk" >"$EVG_TMP/late" &
late=$!
wait_for 10 "reads that wait" value_is_at_least "$disk" parked 2
expect_miss "first=1024 count=[0-9]+ pid=$late .*outcome=waited comm=reader"
seq=$(value "$disk" ledger)
link_mend stopped
join_read $early "$EVG_TMP/early"
join_read $late "$EVG_TMP/late"
wait_state "$disk" online
expect_eq "what came after $seq" "$(misses "$seq")" ""

say "some fail at once; the command's name is told, hits and readahead are not"
evergreen set "$disk" --grace 0
link_cut stopped
reader -d -b 4096 -o 8388608 -n 4096 -e all "/dev/$disk" >"$EVG_TMP/lost" || true
wait_state "$disk" offline
reader -d -b 4096 -n 1048576 "/dev/$disk" >"$EVG_TMP/hits" || fail "$(cat "$EVG_TMP/hits")"
drop_caches
dd if="/dev/$disk" of=/dev/null bs=4096 skip=2560 count=1 2>/dev/null &&
	fail "a read that must fail does not"
misses "$seq" >"$EVG_TMP/misses"
cat "$EVG_TMP/misses"
expect_miss "first=2560 count=[0-9]+ pid=[0-9]+ .*outcome=failed comm=dd"
expect_eq "misses" "$(wc -l <"$EVG_TMP/misses")" 2
link_mend stopped
