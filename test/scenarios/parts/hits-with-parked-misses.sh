#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss
# evg: mem=1536
# evg: timeout=240
# The rate of hits with 10,000 parked misses is the rate with none.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 48
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 4194304 "/dev/$disk"
link_cut link-down
wait_state "$disk" offline

hits() { # the time for a fixed number of hits, ms
	reader -d -b 4096 -n 4194304 -r 1 -c 20000 "/dev/$disk" >"$EVG_TMP/hits" ||
		fail "hits: $(cat "$EVG_TMP/hits")"
	result=$(cat "$EVG_TMP/hits")
	field elapsed_ms
}

hits >/dev/null
alone=$(hits)
flood 1 10000 1024 1 "/dev/$disk" >"$EVG_TMP/flood" &
flood=$!
wait_for 30 "10,000 parked reads" value_is_at_least "$disk" parked 10000
crowded=$(hits)
figure "20,000 hits alone, ms" "$alone"
figure "20,000 hits beside 10,000 parked misses, ms" "$crowded"
expect_le "time with parked misses, ms" "$crowded" $((alone * 105 / 100))
link_mend link-down
wait $flood || fail "flood: $(cat "$EVG_TMP/flood")"
cat "$EVG_TMP/flood"
expect_eq "parked reads that failed" "$(grep -c 'errors=0 ' "$EVG_TMP/flood")" 1
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
