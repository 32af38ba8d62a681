#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A FETCH that the helper fails ends the reads of its blocks, with an error
# and at once; the next read asks again.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

scripted_helper -w 16 fail
check_read -d -b 4096 -o 1048576 -n 65536 -t 4 -e all "/dev/$disk"
expect_eq "reads that failed" "$(field errors)" 16
end_scripted_helper
scripted_helper -w 16 fill
check_read -d "/dev/$disk"
end_scripted_helper
