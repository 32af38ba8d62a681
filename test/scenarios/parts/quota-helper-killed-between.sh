#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# A helper is killed after the kernel has evicted, and before the room was given
# back: the next one gives it back.  One that is stopped there and replaced never
# punches what its successor has filled.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

present() { # bytes
	echo $(($(look "${disk#evg}" map) * 4096))
}

# Bytes that the cache takes and the map does not claim.  The file system's own
# blocks for it are few.
leaked() {
	echo $(($(stat -c %b "$CACHES/a/clean") * 512 - $(present)))
}

has_no_leak() {
	[ "$(leaked)" -le 131072 ]
}

# The signal, as soon as something is evicted.
signal_at_evict() { # SIGNAL PID
	local file=/sys/block/$disk/evergreen/evicted_bytes before now

	read -r before <"$file"
	now=$before
	while [ "$now" = "$before" ]; do
		read -r now <"$file"
	done
	kill "-$1" "$2"
}

new_helper() { # OPTION...
	attach "$@" --grace inf --quota 16M --cache "$CACHES/a" "$URI"
	wait_state "$disk" online
}

setup 48
new_helper
reader -d -b 65536 -r 1 -t 2 -u "$EVG_TMP/enough" "/dev/$disk" >"$EVG_TMP/reader" 2>&1 &
reader=$!

most=0
for _ in {1..10}; do
	helper=$(helper_of "$disk")
	signal_at_evict KILL "$helper"
	wait_for 5 "no helper" has_value "$disk" helper none
	seen=$(leaked)
	[ "$seen" -le "$most" ] || most=$seen
	[ "$most" -le 262144 ] || break
	new_helper
done
figure "KiB that a helper left behind when it was killed" $((most >> 10))
expect_ge "bytes left behind" "$most" 262144
new_helper
wait_for 20 "them to be given back" has_no_leak

say "stopped, replaced, and let go on"
helper=$(helper_of "$disk")
signal_at_evict STOP "$helper"
new_helper --takeover
kill -CONT "$helper" 2>/dev/null || true
wait_for 5 "the stopped one to be gone" is_gone "$helper"
sleep 2
touch "$EVG_TMP/enough"
join_read $reader "$EVG_TMP/reader"
expect_ge "reads that were compared" "$(field reads)" 500
wait_for 20 "room to be given back" has_no_leak
check_read -d "/dev/$disk"
