#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A read through the page cache comes as readahead. Beside 32 threads whose
# demand never ends it is served in its turn: one FETCH in four.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

evergreen set "$disk" --grace 8
scripted_helper -w 4 inline
reader -d -b 4096 -n 1048576 -r 1 -t 32 -a -u "$EVG_TMP/enough" "/dev/$disk" \
	>"$EVG_TMP/demand" &
demand=$!
wait_for 20 "a flood of demand" value_is_at_least "$disk" fetches 64
before=$(value "$disk" fetches)
check_read -b 4096 -o 1572864 -c 1 "/dev/$disk"
others=$(($(value "$disk" fetches) - before))
: >"$EVG_TMP/enough"
join_read $demand "$EVG_TMP/demand"
# Its readahead is at most eight fetches; what was sent before it, and what is
# sent until this script looks, comes on top.
expect_le "FETCHes until it was served" $others $((4 * 8 + 16))
figure "FETCHes until a buffered read beside a flood was served" $others
end_scripted_helper
