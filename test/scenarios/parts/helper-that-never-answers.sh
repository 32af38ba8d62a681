#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The link is up by the helper's word, but a FETCH is never answered: the
# read fails with ETIMEDOUT within detect + grace.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

evergreen set "$disk" --grace 1
scripted_helper -w 16 silent
check_read -d -b 4096 -o 1048576 -n 16384 -t 4 -e all "/dev/$disk"
expect_eq "reads that failed" "$(field errors)" 4
expect_eq "of these with ETIMEDOUT or ENOLINK" $(($(field ETIMEDOUT) + $(field ENOLINK))) 4
expect_le "longest wait, ms" "$(field max_error_ms)" $((DETECT * 1000 + 1000 + SLACK_MS))
figure "longest wait on a helper that never answers, ms" "$(value "$disk" wait_max_ms)"
end_scripted_helper
