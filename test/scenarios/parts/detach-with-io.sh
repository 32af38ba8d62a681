#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# A disk is detached by force with reads in flight, hits and parked misses:
# each ends, and the same disk attaches again.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 4194304 "/dev/$disk"
link_cut stopped
reader -d -b 4096 -n 4194304 -r 3 -t 2 -l 60 -e any "/dev/$disk" >"$EVG_TMP/hits" &
hits=$!
flood 1 500 1024 1 "/dev/$disk" >"$EVG_TMP/misses" &
misses=$!
wait_for 10 "parked reads" value_is_at_least "$disk" parked 500
evergreen detach "$disk" --force
wait $misses || fail "flood: $(cat "$EVG_TMP/misses")"
cat "$EVG_TMP/misses"
grep -q 'errors=500' "$EVG_TMP/misses" || fail "parked reads did not fail"
kill -KILL $hits
wait $hits || true
wait_for 5 "the disk to go" test ! -e "/sys/block/$disk"
link_mend stopped
wait_for 10 "the helper to end" no_helper_runs
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
