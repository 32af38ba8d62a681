#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# list, status and watch say what is so, for people and as JSON, with the
# server there and gone.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --grace 7 --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
evergreen watch --json >"$EVG_TMP/events" &
watching=$!
evergreen list
evergreen status "$disk"
expect_eq "list --json" "$(evergreen list --json | jq -r '.[0].name')" "$disk"
evergreen list | grep -q "$disk.*online" || fail "list does not say that $disk is online"
evergreen status "$disk" | grep -q "fingerprint" || fail "status does not say what proves the identity"
evergreen status "$disk" --json | jq -e . >/dev/null || fail "status --json is no JSON"
expect_match "status --json" "$(evergreen status "$disk" --json)" "\"online\""

server_stop
wait_state "$disk" offline
evergreen status "$disk"
evergreen status "$disk" | grep -qi "offline" || fail "status does not say offline"
evergreen list | grep -q "$disk.*offline" || fail "list does not say offline"
server_start "$IMAGE"
wait_state "$disk" online
kill -TERM $watching
wait $watching || true
sed 's/^/  /' "$EVG_TMP/events"
while read -r line; do
	echo "$line" | jq -e . >/dev/null || fail "watch --json: no JSON: $line"
done <"$EVG_TMP/events"
grep -q offline "$EVG_TMP/events" || fail "watch did not see offline"
grep -q online "$EVG_TMP/events" || fail "watch did not see online"
