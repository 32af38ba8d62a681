#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Helpers come and go, each after a few answers, while all is read: no read
# is lost, none fails, and what waits goes to the next helper.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

reader -d -b 8192 -t 16 "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
helpers=0
while kill -0 $reading 2>/dev/null && [ $helpers -lt 60 ]; do
	# The last one waits for questions that nobody has any more.
	timeout 3 scripted -w 4 -q 12 -c "$CACHES/a" fill "${disk#evg}" >/dev/null || true
	helpers=$((helpers + 1))
done
join_read $reading "$EVG_TMP/reads"
figure "helpers for 256 reads" $helpers
expect_eq "failed" "$(value "$disk" failed)" 0
