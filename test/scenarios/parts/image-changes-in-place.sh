#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The image is written over in place, under a server that stays: the disk is stale
# within seconds. What was cached before is served, what was fetched since is not,
# and when the old image is back every byte is right.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

HALF=$((4 << 20)) MORE=$((2 << 20))

write_over() { # NUMBER
	make_image "$EVG_TMP/new" "$1" 8
	dd if="$EVG_TMP/new" of="$IMAGE" bs=1M conv=notrunc status=none
}

setup 8
attach --cache "$CACHES/a" "$URI"
check_read -d -n $HALF "/dev/$disk"
detach "$disk"
attach --grace 1 --cache "$CACHES/a" "$URI"

say "another image, in place"
write_over 2
begun=$(now_ms)
check_read -d -i 2 -o $HALF -n $MORE "/dev/$disk"
wait_state "$disk" stale 30
figure "ms from another image to stale" $(($(now_ms) - begun))
grep -q "is not what is cached" "$HELPER_LOG" || fail "the helper did not say why"
wait_for 10 "what is doubted to go" has_value "$disk" evicted_bytes $MORE
drop_caches
check_read -d -b 4096 -e any "/dev/$disk"
expect_eq "bytes that are served, all of the old image" "$(field bytes)" $HALF

say "the old one again"
write_over 1
evergreen reset "$disk"
wait_state "$disk" online
drop_caches
check_read -d "/dev/$disk"
