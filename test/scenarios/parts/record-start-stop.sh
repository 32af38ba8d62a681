#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Recording between two calls, of a process, into a function that is there
# already; what is lost for want of room is an error, and stores nothing; a
# command's exit status is told.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

blocks() { # FUNCTION
	evergreen function show --json "$disk" "$1" | jq .blocks
}

# Blocks FIRST to FIRST + COUNT of the disk, one by one.
touch_blocks() { # FIRST COUNT
	dd if="/dev/$disk" of=/dev/null iflag=direct bs=4096 skip="$1" \
		count="$2" status=none
}

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"

say "between two calls"
evergreen record --start --no-metadata --pin "$disk" calls
refused 1 "being recorded" evergreen record --start --no-metadata "$disk" calls
touch_blocks 100 7
touch_blocks 50 3
evergreen record --stop "$disk" calls 2>/dev/null
expect_eq "blocks" "$(blocks calls)" 10
expect_eq "the order" "$(evergreen function export "$disk" calls | jq -c .ranges)" \
	"[[100,7],[50,3]]"
expect_eq "pinned" "$(evergreen function show --json "$disk" calls | jq .pinned)" true
refused 1 "not being recorded" evergreen record --stop "$disk" calls

say "until a process ends, added to it"
(sleep 2; touch_blocks 105 10) &
evergreen record --append --no-metadata --pid $! "$disk" calls 2>/dev/null
expect_eq "blocks" "$(blocks calls)" 18

say "one that is there"
refused 1 "has the function 'calls' already" evergreen record --no-metadata "$disk" calls true
evergreen record --start --no-metadata --append "$disk" calls
evergreen function export "$disk" calls | jq '.ranges = [[300, 4]]' >"$EVG_TMP/meanwhile"
evergreen function import --replace "$disk" "$EVG_TMP/meanwhile"
touch_blocks 310 2
evergreen record --stop "$disk" calls 2>/dev/null
# What was stored meanwhile is kept, and so is what was recorded.
expect_eq "blocks" "$(blocks calls)" $((18 + 2 + 4))
evergreen record --replace --no-metadata "$disk" calls sh -c "
	dd if=/dev/$disk of=/dev/null bs=4096 count=18 iflag=direct status=none" 2>/dev/null
expect_eq "blocks" "$(blocks calls)" 18
evergreen record --start --replace --no-metadata "$disk" calls
touch_blocks 100 18
evergreen record --stop "$disk" calls 2>/dev/null
expect_eq "blocks" "$(blocks calls)" 18

say "too little room"
evergreen record --start --no-metadata --append --buffer 8K "$disk" calls
for _ in 1 2 3 4; do
	touch_blocks 0 500
done
refused 1 "not seen, nothing is stored" evergreen record --stop "$disk" calls
expect_eq "blocks" "$(blocks calls)" 18
expect_eq "tracing that was left behind" \
	"$(ls /sys/kernel/tracing/instances)" ""

say "how the command ends"
refused 1 "cannot be run" evergreen record --no-metadata "$disk" none -- /no/such
refused 1 "nothing of .* was read" evergreen record --no-metadata "$disk" none -- true
status=0
evergreen record --no-metadata "$disk" ends -- sh -c \
	"dd if=/dev/$disk of=/dev/null bs=4096 count=1 iflag=direct status=none; exit 7" \
	2>"$EVG_TMP/said" || status=$?
expect_eq "exit status" $status 7
expect_match "what is said of it" "$(cat "$EVG_TMP/said")" "ended with status 7"
expect_ge "blocks" "$(blocks ends)" 1

say "names and the removal"
refused 2 "meaning of its own" evergreen record "$disk" metadata -- true
refused 2 "is no name" evergreen record "$disk" ../x -- true
evergreen function remove "$disk" ends calls
expect_eq "functions" "$(evergreen function list --json "$disk")" "[]"
refused 1 "no function 'ends'" evergreen function remove "$disk" ends
