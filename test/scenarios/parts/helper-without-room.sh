#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Bytes that pass through a FILL, in pieces, complete the reads and are not
# kept.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

scripted_helper -w 16 inline
# Looking for partitions has filled a few blocks at both ends.
filled=$(value "$disk" filled_bytes)
check_read -d -b 131072 -t 2 "/dev/$disk"
check_read "/dev/$disk"
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" "$filled"
expect_ge "inlined_bytes" "$(value "$disk" inlined_bytes)" 1048576
end_scripted_helper
