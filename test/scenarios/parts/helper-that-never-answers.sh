#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The link is up by the helper's word, but a FETCH is never answered: each read
# fails with ETIMEDOUT after detect + grace, not before, and not later; also one
# that joins a fetch which is half as old.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

evergreen set "$disk" --grace 1
scripted_helper -w 16 silent
failed=$(value "$disk" failed)
before=$(value "$disk" fetches)
bound=$((DETECT * 1000 + 1000))
reader -d -b 4096 -o 1048576 -n 16384 -t 4 -e 4 -B $bound:$((bound + SLACK_MS)) \
	"/dev/$disk" >"$EVG_TMP/first" &
first=$!
wait_for 5 "four reads that wait" has_value "$disk" parked 4
sleep $((bound / 2000)).$((bound / 2 % 1000))
expect_eq "fetches that the reads join" $(($(value "$disk" fetches) - before)) 4
check_read -d -b 4096 -o 1048576 -n 16384 -t 4 -e 4 -B $bound:$((bound + SLACK_MS)) \
	"/dev/$disk"
expect_eq "of these with ETIMEDOUT" "$(field ETIMEDOUT)" 4
join_read $first "$EVG_TMP/first"
expect_eq "of these with ETIMEDOUT" "$(field ETIMEDOUT)" 4
expect_eq "reads that failed" $(($(value "$disk" failed) - failed)) 8
figure "longest wait on a helper that never answers, ms" "$(value "$disk" wait_max_ms)"
end_scripted_helper
