#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk outlives the namespace that it was added in, and does not keep it.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
detach "$disk"
# As evergreend does before it gives a cache to the kernel.
header use "$CACHES/a"
ip netns add other
ip link add here type veth peer name there netns other
disk=evg$(nsenter --net=/run/netns/other life add "$CACHES/a/clean" "$CACHES/a/map")
ip netns del other
# With the namespace goes its end of the pair, and this one with it.
is_without_here() { [ ! -e /sys/class/net/here ]; }
wait_for 10 "the namespace to go" is_without_here
say "the disk is there, and its events go where they can"
evergreen status "$disk" >/dev/null || fail "no status of $disk"
life flap "${disk#evg}" 3 || fail "a helper cannot have it"
detach "$disk"
