#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# During an outage the server gets another image: same size, same first MiB.
# It is noticed before a byte of it is trusted, even with reads waiting.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 2097152 "/dev/$disk"
detach "$disk"
attach --grace inf --cache "$CACHES/a" "$URI"	# a proof of what is cached
link_cut killed
reader -d -b 65536 -o 2097152 -t 4 -e all "/dev/$disk" >"$EVG_TMP/misses" &
reading=$!
wait_for 10 "misses" value_is_at_least "$disk" parked 4

make_image "$EVG_TMP/other" 2 4
dd if="$IMAGE" of="$EVG_TMP/other" bs=1M count=1 conv=notrunc status=none
server_start "$EVG_TMP/other"
wait_state "$disk" stale
join_read $reading "$EVG_TMP/misses"
expect_eq "bytes of another image" "$(field bytes)" 0
drop_caches
check_read -d -n 2097152 "/dev/$disk"

say "the right image again"
server_stop
server_start "$IMAGE"
evergreen reset "$disk"
wait_state "$disk" online
check_read "/dev/$disk"
cmp "$IMAGE" "$CACHES/a/clean" || fail "the cache is not the image"
