#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# A hot set is read, then four times the quota from end to end: the hot set is
# there when the link is cut, as much of it as the simulation of the same trace
# says (test/bench/scan.c).
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

trace="-q 16 -h 8 -s 64 -n 1280"

simulated() { # POLICY: percent
	# shellcheck disable=SC2086 # a list of words
	scan $trace | sed -n "s/^$1 cut=\([0-9]*\).*/\1/p"
}

play() { # PART: percent
	# shellcheck disable=SC2086 # a list of words
	scan $trace -d "/dev/$disk" -p "$1"
}

setup 72
attach --grace 0 --quota 16M --cache "$CACHES/a" "$URI"
expect_eq "the hot set's reads" "$(play 1)" 100.0
expect_eq "evicted for the hot set" "$(evicted "$disk")" 0
expect_eq "the scan's reads" "$(play 2)" 100.0
expect_ge "evicted by the scan" "$(evicted "$disk")" $((32 * MIB))
cut
served=$(play 3)
figure "percent of hot reads served after a scan, link cut" "$served"
figure "the same, simulated" "$(simulated ours)"
figure "the same, simulated, plain LRU" "$(simulated lru)"
served=${served%.*}
expect_ge "percent served" "$served" 90
expect_ge "percent served, and simulated less 4" "$served" $(($(simulated ours) - 4))
expect_le "percent that plain LRU serves" "$(simulated lru)" 20
