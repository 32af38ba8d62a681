#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who gave a disk its map may set what they like on their descriptor: commits
# go to their place.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
detach "$disk"
# As evergreend does before it gives a cache to the kernel.
header use "$CACHES/a"
cp -a "$CACHES/a" "$CACHES/b"
bytes=$(stat -c %s "$CACHES/a/map")
life append "$CACHES/a/clean" "$CACHES/a/map" || fail "the disk could not be used"
expect_eq "the map's size" "$(stat -c %s "$CACHES/a/map")" "$bytes"
! cmp -s "$CACHES/a/map" "$CACHES/b/map" || fail "nothing was committed"
evergreen check "$CACHES/a" || fail "the cache is damaged"
