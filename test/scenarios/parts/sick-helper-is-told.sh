#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A helper that hangs costs status, ready, map and top a moment and a sentence;
# what needs it says so within its bound.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

# A hang lasts for ever; on a busy machine some seconds may pass without one.
bounded() { # COMMAND...
	local begun

	begun=$(now_ms)
	"$@" >"$EVG_TMP/said" 2>&1 || fail "$*: $(cat "$EVG_TMP/said")"
	expect_le "'$*' took ms" $(($(now_ms) - begun)) $((4 * SLACK_MS))
}

setup 4
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
write_function "$CACHES/a" read 0:256
helper=$(helper_of "$disk")
kill -STOP "$helper"
bounded evergreen status "$disk"
grep -q "does not answer" "$EVG_TMP/said" || fail "status: $(cat "$EVG_TMP/said")"
expect_match "status" "$(cat "$EVG_TMP/said")" "1 of 1 functions"
bounded evergreen status --json "$disk"
expect_eq "helper_answers" "$(jq .helper_answers "$EVG_TMP/said")" false
bounded evergreen ready "$disk"
bounded evergreen map "$disk"
bounded evergreen top --once "$disk"
grep -q "does not answer" "$EVG_TMP/said" || fail "top: $(cat "$EVG_TMP/said")"
begun=$(now_ms)
refused 1 "does not answer" evergreen leaving "$disk"
expect_le "leaving took ms" $(($(now_ms) - begun)) $((5000 + 4 * SLACK_MS))

say "with its queue of connections full"
asking=()
for _ in {1..12}; do
	evergreen leaving "$disk" 2>/dev/null &
	asking+=($!)
done
bounded evergreen status "$disk"
kill -CONT "$helper"
wait "${asking[@]}" || :
answers() { [ "$(evergreen status --json "$disk" | jq .helper_answers)" = true ]; }
wait_for 10 "the helper to answer again" answers
