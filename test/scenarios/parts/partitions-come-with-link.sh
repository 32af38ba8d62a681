#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk is attached while its server is out of reach, and its partition table is
# not cached: the partitions come with the link, and nobody has to ask for them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
server_stop
make_image "$IMAGE" 1 8
put_partitions "$IMAGE" 1 4
server_start "$IMAGE"
attach --cache "$CACHES/a" "$URI"
[ -b "/dev/${disk}p1" ] || fail "no partition /dev/${disk}p1"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
life evict "${disk#evg}" 0 64 || fail "the table's blocks cannot be evicted"
detach "$disk"
server_stop

begun=$(now_ms)
attach --grace inf --cache "$CACHES/a" "$URI"
figure "attaching without the partition table, ms" $(($(now_ms) - begun))
[ ! -e "/sys/block/$disk/${disk}p1" ] || fail "where do the partitions come from?"
expect_eq "reads that wait" "$(value "$disk" parked)" 0
server_start "$IMAGE"
wait_state "$disk" online
begun=$(now_ms)
wait_for 5 "the partition" test -b "/dev/${disk}p1"
figure "the partition after the link, ms" $(($(now_ms) - begun))
expect_eq "its size" "$(blockdev --getsize64 "/dev/${disk}p1")" 4194304

say "they stay when the link goes and comes, and when a scan is refused"
exec 9<"/dev/${disk}p1"
link_cut link-down
dd if="/dev/${disk}" of=/dev/null bs=4096 skip=1024 count=1 iflag=direct status=none &
reading=$!
wait_state "$disk" offline
blockdev --rereadpt "/dev/$disk" 2>/dev/null && fail "scanned though a partition is open"
link_mend link-down
wait_state "$disk" online
[ -b "/dev/${disk}p1" ] || fail "the partition is gone"
exec 9<&-
wait $reading
