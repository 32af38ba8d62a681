# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
# A disk of 2 MiB whose helper is the small program "scripted", which plays
# one part and knows image 1.

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
scripted_pid=

scripted_helper() { # OPTION... PART
	scripted -c "$CACHES/a" "$@" "${disk#evg}" >"$EVG_TMP/scripted" &
	scripted_pid=$!
	wait_state "$disk" online
}

# It says at its end what it saw; that is in $result.
end_scripted_helper() {
	kill -TERM "$scripted_pid"
	wait "$scripted_pid" || fail "the scripted helper: $(cat "$EVG_TMP/scripted")"
	result=$(cat "$EVG_TMP/scripted")
	echo "  scripted: $result"
	wait_for 5 "no helper" has_value "$disk" helper none
}
