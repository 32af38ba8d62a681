#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# A helper is killed while it hydrates; the next one goes on where it was, and
# fetches again only what was on its way.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
shape delay 5ms rate 40mbit
attach --hydrate --cache "$CACHES/a" "$URI"
node=$disk
wait_for 20 "a quarter of it" value_is_at_least "$disk" filled_bytes 4194304
kill -KILL "$(helper_of "$disk")"
wait_state "$disk" offline
expect_le "filled_bytes" "$(value "$disk" filled_bytes)" 14680064
attach --name "$node" --hydrate --cache "$CACHES/a" "$URI"
wait_for 30 "the whole image" has_value "$disk" filled_bytes 16777216
# About a bandwidth-delay product, and what the socket held.
expect_le "blocks fetched twice" "$(blocks_fetched_twice)" 256
figure "blocks fetched twice because a helper was killed" "$(blocks_fetched_twice)"
wait_for 5 "prefetch to be idle" prefetch_idle "$disk"
server_stop
check_read "/dev/$disk"
