#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk is removed by somebody else as soon as it is there: each of the two is
# told of his own, events come in order, and no namespace is left behind.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
detach "$disk"
# As evergreend does before it gives a cache to the kernel.
header use "$CACHES/a"

say "in one namespace"
result=$(life race "$CACHES/a/clean" "$CACHES/a/map" 150) || fail "race: $result"
echo "  race: $result"

say "from another namespace, which ends with its last process"
ip netns add other
ip link add here type veth peer name there netns other
result=$(life race "$CACHES/a/clean" "$CACHES/a/map" 150 /run/netns/other) ||
	fail "race: $result"
echo "  race: $result"
expect_eq "disks that were added" "$(field added)" 150
expect_eq "disks that were removed" "$(field removed)" 150
ip netns del other
# With the namespace goes its end of the pair, and this one with it.
is_without_here() { [ ! -e /sys/class/net/here ]; }
wait_for 10 "the namespace to go" is_without_here
