#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A server of 2 Mbit/s is slow, not lost: nothing fails with grace 0.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1 --filter=rate rate=2M
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read -d -b 131072 -t 2 "/dev/$disk"
figure "longest read at 2 Mbit/s, ms" "$(field max_ms)"
expect_eq "outages" "$(value "$disk" outages)" 0
