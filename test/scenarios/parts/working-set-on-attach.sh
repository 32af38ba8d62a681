#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# What a session used, misses and hits, is fetched at the next attach without
# asking, in the order of first touch.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

# What the helper keeps is kept when it ends.
detach_wholly() {
	detach "$disk"
	wait_for 10 "the helper to end" no_helper_runs
}

setup 16
attach --cache "$CACHES/a" "$URI"
check_read -d -b 16384 -o 8388608 -n 65536 "/dev/$disk"
check_read -d -b 16384 -o 4194304 -n 32768 "/dev/$disk"
detach_wholly
# Before these come the blocks that a search for partitions reads.
expect_eq "session.json" "$(jq -c '.ranges[-2:]' "$CACHES/a/session.json")" '[[2048,16],[1024,8]]'

say "a session of hits alone"
attach --cache "$CACHES/a" "$URI"
check_read -d -b 4096 -o 8388608 -n 4096 "/dev/$disk"
sleep 4		# the helper looks at what was hit every three seconds
detach_wholly
expect_eq "session.json" "$(jq -c '[.ranges[][0]] | contains([2048])' "$CACHES/a/session.json")" true
expect_eq "session.json" "$(jq -c '[.ranges[][0]] | contains([1024])' "$CACHES/a/session.json")" false

say "a new cache with that session's working set"
mkdir "$CACHES/b"
jq '.ranges = [[3000,4],[2048,16],[1024,8]]' "$CACHES/a/session.json" >"$CACHES/b/session.json"
true >"$(server_log)"
attach --cache "$CACHES/b" "$URI"
wait_for 10 "28 blocks" value_is_at_least "$disk" filled_bytes $((28 * 4096))
expect_match "the order" "$(blocks_served | sed 's/:.*//' | awk '$1 > 1000' | tr '\n' ' ')" \
	'^3000 2048 (20[0-9]* )*1024 (10[0-9]* )*$'
wait_for 5 "prefetch to be idle" prefetch_idle "$disk"
server_stop
check_read -d -b 16384 -o 8388608 -n 65536 "/dev/$disk"

say "what was only fetched ahead is not what was used"
sleep 4
detach_wholly
expect_eq "blocks of the working set" \
	"$(jq '[.ranges[] | select(.[0] > 1000)] | map(.[1]) | add' "$CACHES/b/session.json")" 16
