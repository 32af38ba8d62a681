#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss
# evg: mem=2048
# evg: timeout=400
# With 100,000 parked misses hits are as quick as with none, the kernel answers a
# helper within milliseconds whatever that does to them, and each is served in the
# end.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

PARKED=${EVG_PARKED:-100000}

setup 48
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 4194304 "/dev/$disk"
link_cut link-down
wait_state "$disk" offline

hits() { # the time of a fixed number of hits
	reader -d -b 4096 -n 4194304 -r 1 -c 20000 "/dev/$disk" >"$EVG_TMP/hits" ||
		fail "hits: $(cat "$EVG_TMP/hits")"
	result=$(cat "$EVG_TMP/hits")
}

hits
hits
alone=$(field elapsed_ms) alone_us=$(field p999_us)
echo 262144 >/proc/sys/fs/aio-max-nr
flood 1 "$PARKED" 1024 1 "/dev/$disk" 11264 >"$EVG_TMP/flood" &
flood=$!
wait_for 60 "$PARKED parked reads" value_is_at_least "$disk" parked "$PARKED"
hits
crowded=$(field elapsed_ms) crowded_us=$(field p999_us)
figure "20,000 hits alone, ms" "$alone"
figure "20,000 hits beside $PARKED parked misses, ms" "$crowded"
figure "a hit alone at p99.9, us" "$alone_us"
figure "a hit beside $PARKED parked misses at p99.9, us" "$crowded_us"
expect_le "time with parked misses, ms" "$crowded" $((alone * 105 / 100))
expect_le "p99.9 with parked misses, us" "$crowded_us" $((alone_us * 120 / 100))

say "a link that is found, proved and lost, over all that"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
result=$(answers "${disk#evg}" 20) || fail "answers: $result"
figure "longest answer to a helper beside $PARKED parked misses, us" "$(field max_us)"
expect_le "longest answer, us" "$(field max_us)" 10000
expect_eq "parked" "$(value "$disk" parked)" "$PARKED"

link_mend link-down
attach --name "$disk" --grace inf --cache "$CACHES/a" "$URI"
wait $flood || fail "flood: $(cat "$EVG_TMP/flood")"
cat "$EVG_TMP/flood"
expect_eq "parked reads that failed" "$(grep -c 'errors=0 ' "$EVG_TMP/flood")" 1
