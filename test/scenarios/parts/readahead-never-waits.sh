#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# With the link down and grace without end, a read of a cached block returns
# at once although its readahead would miss.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -b 4096 -s 131072 "/dev/$disk"
link_cut link-down
wait_state "$disk" offline
blockdev --flushbufs "/dev/$disk"
blockdev --setra 256 "/dev/$disk"
check_read -b 4096 -s 131072 "/dev/$disk"
expect_le "longest hit with readahead that misses, ms" "$(field max_ms)" "$SLACK_MS"
figure "longest hit with readahead that misses, ms" "$(field max_ms)"
expect_eq "parked" "$(value "$disk" parked)" 0
