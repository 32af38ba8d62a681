#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A FETCH that the helper fails ends the reads of its blocks, with an error
# and at once, more often than the window is wide; the next read asks again.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

scripted_helper -w 3 fail
check_read -d -b 4096 -o 1048576 -n 65536 -t 4 -e 16 -B 0:$SLACK_MS "/dev/$disk"
expect_eq "of these with EIO" "$(field EIO)" 16
end_scripted_helper
scripted_helper -w 16 fill
check_read -d "/dev/$disk"
end_scripted_helper
