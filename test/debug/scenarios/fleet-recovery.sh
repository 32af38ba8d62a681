#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=qemu-nbd,blockdev,nsenter,ss,mkfifo
# evg: mem=1536
# evg: timeout=1800
# Twenty helpers of one server fetch their images at a rate of their own when it
# goes for half a minute: when it is back nobody catches up, so that the server
# has at most half as much again to send, and what is waited for comes first.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

HELPERS=20
RATE=131072
WINDOW=5			# seconds over which the server's bytes count

sent_bytes() {
	in_far cat /proc/net/dev | awk '$1 == "far:" { print $10 }'
}

# The most in any window of so many, in bytes a second.
peak() { # WINDOWS
	local i before now most=0

	before=$(sent_bytes)
	for ((i = 0; i < $1; i++)); do
		sleep $WINDOW
		now=$(sent_bytes)
		[ $((now - before)) -le $most ] || most=$((now - before))
		before=$now
	done
	echo $((most / WINDOW))
}

net_make
make_fs "$CACHES" 400
make_image "$IMAGE" 1 12
serve_with 10809 qemu-nbd -r -t -e 0 -p 10809 -f raw "$IMAGE"
shape delay 10ms
disks=()
for ((i = 0; i < HELPERS; i++)); do
	attach --grace inf --hydrate --rate $RATE --cache "$CACHES/$i" "$URI"
	disks+=("$disk")
done
sleep 5
steady=$(peak 3)
figure "steady, of $HELPERS helpers, KiB/s" $((steady >> 10))
expect_ge "steady bytes a second" "$steady" $((HELPERS * RATE / 2))

say "the server is gone for 30 s, and reads wait for it"
link_cut loss
pids=()
for disk in "${disks[@]}"; do
	reader -d -b 4096 -o $((11 << 20)) -c 4 -w 100 "/dev/$disk" >"$EVG_TMP/$disk" &
	pids+=($!)
done
sleep 30
link_mend loss
begun=$(now_ms)
most=$(peak 5)
figure "peak after the outage, KiB/s" $((most >> 10))
expect_le "peak after the outage, bytes a second" "$most" $((steady * 3 / 2))
for i in "${!disks[@]}"; do
	join_read "${pids[i]}" "$EVG_TMP/${disks[i]}"
	wait_state "${disks[i]}" online
	expect_eq "${disks[i]}: failed" "$(value "${disks[i]}" failed)" 0
done
figure "until all of them and their reads were back, ms at most" $(($(now_ms) - begun))
slowest=0
for disk in "${disks[@]}"; do
	check_read -d -b 4096 -o $((10 << 20)) -c 4 "/dev/$disk"
	[ "$(field max_ms)" -le "$slowest" ] || slowest=$(field max_ms)
done
figure "slowest read that is waited for, ms" "$slowest"
expect_le "slowest read that is waited for, ms" "$slowest" 1000
