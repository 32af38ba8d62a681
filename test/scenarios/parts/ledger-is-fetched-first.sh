#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# What was missed in an outage is fetched first when the link is back, before
# functions of any weight, and is remembered over restarts.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
WEIGHT=1000 write_function "$CACHES/a" heavy 2048:1024
attach --grace 0 --rate 200K --cache "$CACHES/a" "$URI"
check_read -d -b 4096 -n 4096 "/dev/$disk"
link_cut link-down
wait_state "$disk" offline
reader -d -b 16384 -o $((1000 * 4096)) -n 65536 -e all "/dev/$disk" >"$EVG_TMP/miss" ||
	fail "$(cat "$EVG_TMP/miss")"
reader -d -b 16384 -o $((500 * 4096)) -n 16384 -e all "/dev/$disk" >"$EVG_TMP/miss" ||
	fail "$(cat "$EVG_TMP/miss")"
before=$(last_connection)

say "the link is back"
link_mend link-down
wait_state "$disk" online
wait_for 10 "what was missed" grep -q "offset=0x1f4000 count=0x4000" "$(server_log)"
expect_match "what came first" "$(blocks_served_after "$before" | grep -B 9 '^500:' | sed 's/:.*//' | tr '\n' ' ')" \
	'^10[01][0-9] (10[01][0-9] )*500 $'
wait_for 5 "ledger.json" test -s "$CACHES/a/ledger.json"
expect_eq "blocks in the ledger" \
	"$(jq '[.misses[].count] | add' "$CACHES/a/ledger.json")" 20
expect_eq "who missed them" "$(jq -r '.misses[].comm' "$CACHES/a/ledger.json" | sort -u)" reader
expect_eq "what became of them" "$(jq -r '.misses[].outcome' "$CACHES/a/ledger.json" | sort -u)" failed

say "the same in the next outage does not miss"
sleep 1
link_cut link-down
wait_state "$disk" offline
check_read -d -b 16384 -o $((1000 * 4096)) -n 65536 "/dev/$disk"
check_read -d -b 16384 -o $((500 * 4096)) -n 16384 "/dev/$disk"
link_mend link-down

say "another cache with that ledger"
detach "$disk"
mkdir "$CACHES/b"
cp "$CACHES/a/ledger.json" "$CACHES/b"
attach --cache "$CACHES/b" "$URI"
wait_for 10 "what was missed" value_is_at_least "$disk" filled_bytes $((20 * 4096))
wait_for 5 "prefetch to be idle" prefetch_idle "$disk"
server_stop
check_read -d -b 16384 -o $((1000 * 4096)) -n 65536 "/dev/$disk"
