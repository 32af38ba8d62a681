#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=qemu-nbd,blockdev,nsenter,ss,mkfifo
# evg: mem=1536
# evg: timeout=3000
# The link flaps ten thousand times on a virtual clock, while absent blocks are
# read with grace without end: no read fails, none is lost, and the kernel's log
# is bounded by the flaps. Environment: EVG_CYCLES, EVG_SEED.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

FLAPS=${EVG_CYCLES:-10000}
RANDOM=${EVG_SEED:-1}

setup 96
server_stop
serve_with 10809 qemu-nbd -r -t -e 16 -p 10809 -f raw "$IMAGE"
shape delay 5ms
attach --grace inf --cache "$CACHES/a" "$URI"
log_lines() {
	dmesg | grep -c "$disk: link" || true
}
lines=$(log_lines)
reader -d -b 8192 -r 5 -t 2 -w 400 -u "$EVG_TMP/enough" "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!

# A pipe that nobody writes to, to wait by without a process.
mkfifo "$EVG_TMP/clock"
exec 7<>"$EVG_TMP/clock"
pause() { # MS
	read -r -t "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" -u 7 || true
}

for ((i = 0; i < FLAPS; i++)); do
	echo "link set near down"
	pause $((20 + RANDOM % 200))
	echo "link set near up"
	pause $((20 + RANDOM % 300))
	# Now and then there is time to recover.
	[ $((i % 50)) != 0 ] || pause 6000
done | ip -batch -

wait_state "$disk" online 60
: >"$EVG_TMP/enough"
join_read $reading "$EVG_TMP/reads"
expect_ge "reads over the storm" "$(field reads)" $((FLAPS / 10))
expect_eq "failed" "$(value "$disk" failed)" 0
figure "link flaps" "$FLAPS"
figure "outages seen" "$(value "$disk" outages)"
figure "reads meanwhile, none failed" "$(field reads)"
figure "MiB compared, none wrong" $(($(field bytes) >> 20))
figure "lines in the kernel's log" $(($(log_lines) - lines))
expect_le "lines in the kernel's log" $(($(log_lines) - lines)) $((10 + 6 * FLAPS))
check_read "/dev/$disk"
