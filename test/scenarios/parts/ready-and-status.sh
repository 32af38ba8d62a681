#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# "ready" and "status" say what would run offline, with and without helper and
# network; settings and "leaving" reach the helper and are told.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

said() { # JQ-EXPRESSION
	evergreen status --json "$disk" | jq -c "$1"
}

expect_said() { # JQ-EXPRESSION EXPECTED
	expect_eq "status: $1" "$(said "$1")" "$2"
}

is_ready() { # NAME...
	evergreen ready "$disk" "$@"
}

setup 16
attach --grace 0 --rate 8K --cache "$CACHES/a" "$URI"
refused 1 "has no functions" evergreen ready "$disk"
check_read -d -n 1048576 "/dev/$disk"
write_function "$CACHES/a" read 0:256
write_function "$CACHES/a" some 128:128 2048:1024
ask_ok "$disk" reload
evergreen ready "$disk" read
! evergreen ready "$disk" || fail "all is ready though some is not cached"
refused 1 "no function 'none'" evergreen ready "$disk" none
refused 2 "not a disk" evergreen ready read
evergreen ready --json "$disk" read some >"$EVG_TMP/ready" && fail "some is ready"
expect_eq "ready --json" "$(jq -c '.[] | [.name, .bytes, .ready]' "$EVG_TMP/ready")" \
	'["read",1048576,true]
["some",4718592,false]'
expect_ge "bytes of some that are there" \
	"$(jq '.[] | select(.name == "some") | .present_bytes' "$EVG_TMP/ready")" 524288
evergreen status "$disk"
expect_said '[.functions_ready, .functions, .helper_answers]' '[1,2,true]'
expect_said .rate 8192
expect_ge "bytes that are to come" "$(said .prefetch.queued_bytes)" 3000000
expect_match "share of reads served offline" "$(said .offline_share)" '^1(\.0)?$'

say "settings and leaving"
evergreen set --rate none --quota none --hydrate off "$disk"
expect_said '[.rate, .quota, .hydrate]' '[null,null,false]'
wait_for 20 "some to be ready" is_ready some
expect_said '[.functions_ready, .functions]' '[2,2]'
evergreen leaving --in 300 "$disk"
expect_match "seconds until leaving" "$(said .leaving_s)" '^(29[0-9]|300)$'
evergreen leaving --cancel "$disk"
expect_match "seconds until leaving" "$(said .leaving_s)" '^(0|null)$'
refused 2 "not go together" evergreen leaving --in 3 --cancel "$disk"
refused 2 "neither bytes" evergreen set --rate much "$disk"

say "the file systems' own blocks come first"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
write_function "$CACHES/a" metadata 4000:8
! evergreen ready "$disk" read || fail "ready without the metadata"
rm "$CACHES/a/functions/metadata.json"

say "without helper and network"
server_stop
evergreen ready "$disk"
expect_said '[.functions_ready, .functions, .helper_answers, .rate]' '[2,2,false,null]'
evergreen status "$disk" | grep -q "2 of 2 functions" ||
	fail "status does not count the functions"
refused 1 "no helper" evergreen leaving "$disk"

say "a function that cannot be read is left out, and said"
echo "{" >"$CACHES/a/functions/bad.json"
evergreen ready "$disk" 2>"$EVG_TMP/said" || fail "not ready: $(cat "$EVG_TMP/said")"
expect_match "stderr" "$(cat "$EVG_TMP/said")" "bad.json is left out"
