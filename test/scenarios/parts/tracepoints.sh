#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each tracepoint fires when its thing happens.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

events=/sys/kernel/tracing/events/evergreen
[ -d $events ] || events=/sys/kernel/debug/tracing/events/evergreen
[ -d $events ] || fail "no tracepoints"
echo 1 >$events/enable
setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
check_read -d -n 1048576 "/dev/$disk"
link_cut stopped
wait_state "$disk" offline
reader -d -b 4096 -o 1572864 -n 4096 -e all "/dev/$disk" >"$EVG_TMP/miss" &
reading=$!
wait_for 10 "a parked read" value_is_at_least "$disk" parked 1
evergreen set "$disk" --grace 0
join_read $reading "$EVG_TMP/miss"
echo 0 >$events/enable
for name in read hit miss fetch fill park fail link; do
	count=$(grep -c "evg_$name:" "${events%/events/*}/trace") || true
	figure "evg_$name" "$count"
	expect_ge "evg_$name" "$count" 1
done
grep "evg_link:" "${events%/events/*}/trace" | tail -n 3
link_mend stopped
