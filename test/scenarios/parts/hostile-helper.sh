#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A helper that says all that it must not: FILLs beyond the disk, of nothing,
# unasked, twice; FAILs and inline FILLs of what was filled, or of the wrong
# length; and goes on while the disk is detached. Refusals are all that comes
# of it, and every byte is right.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

scripted_helper -w 16 hostile
check_read -d -b 65536 -n 1048576 "/dev/$disk"
check_read -b 65536 -n 1048576 "/dev/$disk"
expect_eq "failed" "$(value "$disk" failed)" 0

say "during a forced detach"
reader -d -b 4096 -o 1048576 -t 4 -e any "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
wait_for 10 "reads that wait" value_is_at_least "$disk" parked 2
detach "$disk" --force
join_read $reading "$EVG_TMP/reads"
kill -TERM "$scripted_pid"
wait "$scripted_pid" || fail "the hostile helper: $(cat "$EVG_TMP/scripted")"
result=$(cat "$EVG_TMP/scripted")
figure "what a hostile helper was refused" "$(field refusals)"
expect_ge "refusals" "$(field refusals)" 64

say "what it left is right"
attach --grace inf --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
