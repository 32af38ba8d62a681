#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A link that loses 3 % of the packets is slow, not lost: no read fails.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
shape delay 10ms 3ms loss 3%
attach --grace inf --detect 10 --cache "$CACHES/a" "$URI"
check_read -d -b 65536 -t 4 "/dev/$disk"
figure "longest read at 3 % loss, ms" "$(field max_ms)"
expect_eq "failed" "$(value "$disk" failed)" 0
