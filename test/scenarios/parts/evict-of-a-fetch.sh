#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A helper fills a half of a FETCH, evicts that, and fills the other half: it has
# filled all of it, and never is all of it present.  The reader is served though
# nothing bounds its wait.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
attach --grace inf --cache "$CACHES/a" "$URI"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
fetches=$(value "$disk" fetches)
reader -d -b 131072 -o $((1024 * 4096)) -n 131072 "/dev/$disk" >"$EVG_TMP/reader" 2>&1 &
reader=$!
ranges "${disk#evg}" half 1024 3 >"$EVG_TMP/said" || fail "ranges"
expect_eq ranges "$(cat "$EVG_TMP/said")" "half 1024 3: ok"
expect_eq "reads that wait" "$(value "$disk" parked)" 0
join_read $reader "$EVG_TMP/reader"
expect_eq "times that it was asked for" $(($(value "$disk" fetches) - fetches)) 2
detach "$disk" --force
