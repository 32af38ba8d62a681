#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# FILLs and FAILs of an old generation, or with a cookie that was never
# given, are refused and change nothing.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

scripted_helper -w 16 stale
check_read -d -b 65536 "/dev/$disk"
end_scripted_helper
expect_ge "answers" "$(field answers)" 32
# Each is preceded by three that must be refused, and is taken itself.
expect_eq "refusals" "$(field refusals)" $((3 * $(field answers)))
expect_eq "failed" "$(value "$disk" failed)" 0
