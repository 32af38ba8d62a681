#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Once the helper has said that the server has another image, what it fills is
# refused, and who waited for it fails at once.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

filled=$(value "$disk" filled_bytes)
scripted_helper -w 16 other
check_read -d -b 4096 -o 1048576 -n 65536 -t 4 -e 16 -B 0:$SLACK_MS "/dev/$disk"
expect_eq "of these with ENOLINK" "$(field ENOLINK)" 16
expect_eq "state" "$(value "$disk" link_state)" stale
end_scripted_helper
expect_eq "refusals" "$(field refusals)" "$(field answers)"
expect_eq "bytes filled" "$(value "$disk" filled_bytes)" "$filled"
evergreen reset "$disk"
scripted_helper -w 16 fill
check_read -d "/dev/$disk"
end_scripted_helper
