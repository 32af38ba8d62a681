#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# The kernel keeps no more FETCHes outstanding than the helper's window,
# whatever waits, and asks for no block twice.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

scripted_helper -w 3 fill
check_read -d -b 65536 -t 16 "/dev/$disk"
end_scripted_helper
expect_eq "FETCHes outstanding at most" "$(field max_outstanding)" 3
expect_eq "blocks asked for twice" "$(field twice)" 0
expect_eq "refusals" "$(field refusals)" 0
