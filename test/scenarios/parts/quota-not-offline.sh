#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# While the link is not there nothing is evicted, though the quota is set below
# what the cache takes; once it is there again, it is kept.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

setup 32
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
cut
evergreen set "$disk" --quota 16M
sleep 2
expect_eq "evicted offline" "$(evicted "$disk")" 0
check_read -d "/dev/$disk"
expect_ge "what the cache takes" "$(taken "$CACHES/a")" $((32 * MIB))

say "the link is back"
server_start "$IMAGE"
wait_state "$disk" online
wait_for 10 "the quota to be kept" takes_at_most "$CACHES/a" $((16 * MIB))
check_read "/dev/$disk"

say "without a quota it may grow again"
evergreen set "$disk" --quota none
check_read -d "/dev/$disk"
check_read -d "/dev/$disk"
expect_ge "what the cache takes" "$(taken "$CACHES/a")" $((30 * MIB))
