#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What was recorded outlives its cache: with a new cache of the same image it counts
# again, once its samples were compared; with another image it is not ready, though
# all blocks of these numbers are cached.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

new_cache() {
	detach "$disk"
	rm "$CACHES/a/clean" "$CACHES/a/map"
	attach --grace 0 --cache "$CACHES/a" "$URI"
}

setup 2
attach --grace 0 --cache "$CACHES/a" "$URI"
evergreen record --no-metadata "$disk" some dd if="/dev/$disk" of=/dev/null \
	iflag=direct bs=4096 count=5 skip=3 status=none 2>/dev/null
evergreen ready "$disk" some >/dev/null || fail "it is not ready"

say "a new cache of the same image"
new_cache
expect_eq "notes" "$(cat "$EVG_TMP/attach")" ""
wait_for 10 "it to be fetched again" evergreen ready "$disk" some
expect_eq "same image" "$(evergreen ready --json "$disk" some | jq '.[0].same_image')" true

say "another image of the same size"
server_stop
make_image "$EVG_TMP/image2" 2 2
server_start "$EVG_TMP/image2"
new_cache
expect_match "what attach says" "$(cat "$EVG_TMP/attach")" \
	"the function some is of another image than /dev/$disk: blocks differ"
dd if="/dev/$disk" of=/dev/null iflag=direct bs=4096 count=16 status=none
status=0
evergreen ready "$disk" some >"$EVG_TMP/ready" || status=$?
expect_eq "exit status of ready" $status 1
expect_match "what ready says" "$(cat "$EVG_TMP/ready")" "no: of another cache"
expect_eq "functions ready" "$(evergreen status --json "$disk" | jq '.functions_ready // .ready // 0')" 0
