#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What was read once is read again with the server gone: every byte right, no
# miss, no wait.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
server_stop
wait_state "$disk" offline
misses=$(value "$disk" misses)
hits=$(value "$disk" hits)

drop_caches
check_read "/dev/$disk"
check_read -d -b 4096 -r 7 -t 4 "/dev/$disk"
figure "longest hit without a server, ms" "$(field max_ms)"
expect_eq "misses" "$(value "$disk" misses)" "$misses"
expect_ge "hits" "$(value "$disk" hits)" $((hits + 2048))
expect_eq "failed" "$(value "$disk" failed)" 0
