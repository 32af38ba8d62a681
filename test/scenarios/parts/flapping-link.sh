#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# The link goes down and up 20 times while all is read with grace without
# end: no read is lost, none fails, and the log has at most two lines per
# transition.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
server_stop
serve_with 10809 qemu-nbd -r -t -e 16 -p 10809 -f raw "$IMAGE"
shape delay 5ms
begun=$(($(dmesg | wc -l) + 1))
attach --grace inf --cache "$CACHES/a" "$URI"
reader -d -b 8192 -r 5 -t 4 -u "$EVG_TMP/enough" "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
i=0
while [ $((i += 1)) -le 20 ]; do
	link_cut link-down
	sleep 0.1
	link_mend link-down
	sleep 0.2
done
wait_state "$disk" online
: >"$EVG_TMP/enough"
join_read $reading "$EVG_TMP/reads"
check_read "/dev/$disk"
expect_eq "failed" "$(value "$disk" failed)" 0
lines=$(dmesg | tail -n +$begun | grep -c "$disk") || true
outages=$(value "$disk" outages)
figure "outages seen in 20 flaps" "$outages"
# A flap is a suspicion and its end, or an outage: lost, found, proved.
expect_le "kernel log lines for 20 flaps" "$lines" $((10 + 2 * 3 * 20))
