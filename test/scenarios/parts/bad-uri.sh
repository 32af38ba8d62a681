#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A URI that leads nowhere, with no cache to start from: one line, no disk,
# no cache, no helper left.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
refused 2 "URI" evergreen attach --cache "$CACHES/a" nonsense
refused 2 "http" evergreen attach --cache "$CACHES/a" http://localhost/
[ ! -e "$CACHES/a/map" ] || fail "a cache was made"
for uri in nbd://10.9.0.99/ "nbd://$FAR:1/" \
	nbd://no.such.host.invalid/ "nbd+unix:///?socket=$EVG_TMP/none"; do
	say "$uri"
	begun=$(now_ms)
	refused 1 "evergreen" evergreen attach --detect 2 --cache "$CACHES/a" "$uri"
	sed 's/^/  /' "$EVG_TMP/refusal"
	expect_le "ms until refused" $(($(now_ms) - begun)) 8000
	[ ! -e /sys/block/evg0 ] || fail "a disk was made"
	[ ! -e "$CACHES/a/map" ] || fail "a cache was made"
	wait_for 5 "the helper to end" no_helper_runs
done

say "the right URI, afterwards"
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
