#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The helper without the command: its options, what it says of wrong ones, and
# what it says when it says more; that the command finds it along $PATH; that it
# hears of a new detect.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

wrong() { # REGEX OPTION...
	local regex=$1

	shift
	refused 2 "$regex" evergreend "$@"
}

is_said() { # REGEX
	grep -qE "$1" "$EVG_TMP/helper"
}

say "wrong options"
wrong "one URI is enough" nbd://one/ nbd://two/
wrong "wants a value" "$URI" --cache
wrong "a path is wanted" --cache "" "$URI"
wrong "--name evgx: evg3, 3 or /dev/evg3 is wanted" --name evgx "$URI"
wrong "--connections 0: a number from 1 to 16 is wanted" --connections 0 "$URI"
wrong "--home: a directory is wanted" --home "" "$URI"

say "by hand"
setup 4
evergreend -v --name /dev/evg5 --connections 1 --home "$EVG_TMP/home" --detect 3 \
	--cache "$CACHES/a" "$URI" >"$EVG_TMP/helper" 2>&1 &
helper=$!
wait_for 10 "evg5" test -b /dev/evg5
wait_state evg5 online
check_read -d -t 8 -b 65536 /dev/evg5
expect_eq "connections to the server" "$(ss -Htn state established dst $FAR | wc -l)" 1
evergreen set evg5 --detect 7
check_read -d /dev/evg5
wait_for 40 "the helper to hear of detect" is_said "detect is 7000 ms now"
evergreen detach evg5
wait_for 10 "the helper to end" is_gone $helper
[ -d "$EVG_TMP/home" ] || fail "nothing was kept in the home that was chosen"

say "along \$PATH"
mkdir "$EVG_TMP/bin"
cp "$(command -v evergreen)" "$EVG_TMP/bin"
node=$("$EVG_TMP/bin/evergreen" attach --cache "$CACHES/a" "$URI")
expect_eq "the helper" "$(readlink "/proc/$(value "${node#/dev/}" helper)/exe")" \
	"$(realpath "$(command -v evergreend)")"
