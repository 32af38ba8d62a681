# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# One outage, met by three disks at once: grace 0, 3 s and without end.

# Milliseconds since the machine started, asleep or not.
boot_ms() {
	local up

	read -r up _ </proc/uptime
	echo "${up/./}0"
}

# Reads of what is not cached, in the background, results in $EVG_TMP/DISK.
miss_in_background() { # DISK DEMAND
	reader -d -b 4096 -o 3145728 -n 65536 -e "$2" "/dev/$1" \
		>"$EVG_TMP/$1" &
}

expect_enolink() { # DISK LIMIT_MS
	expect_eq "$1: reads that failed" "$(field errors)" 16
	expect_ge "$1: of these with ENOLINK" "$(field ENOLINK)" 15
	expect_eq "$1: reads that failed with EIO" "$(field EIO)" 0
	expect_le "$1: the longest wait, ms" "$(field max_error_ms)" "$2"
}

# No outage began before the link was cut, so none failed before that and grace.
expect_not_early() { # DISK CUT_AT GRACE_MS
	expect_ge "$1: from the cut to the first failure, ms" \
		$(($(field first_error_at) - $2)) "$3"
}

attach_three() {
	attach --grace 0 --cache "$CACHES/fast" "$URI"
	fast=$disk
	attach --grace 3 --cache "$CACHES/some" "$URI"
	some=$disk
	attach --grace inf --cache "$CACHES/ever" "$URI"
	ever=$disk
	for disk in $fast $some $ever; do
		check_read -d -n 2097152 "/dev/$disk"
	done
}

# Grace 60 s, $minute, and without end, $ever; their first MiB is cached.
attach_minute_and_ever() {
	attach --grace 60 --cache "$CACHES/a" "$URI"
	minute=$disk
	attach --grace inf --cache "$CACHES/b" "$URI"
	ever=$disk
	for disk in $minute $ever; do
		check_read -d -n 1048576 "/dev/$disk"
	done
}

outage() { # METHOD
	local fast some ever fast_pid some_pid ever_pid begun cut_at

	setup 4
	attach_three

	say "cut: $1"
	pulse_begin "$SLACK_MS" $((2 * SLACK_MS))
	cut_at=$(boot_ms)
	link_cut "$1"
	miss_in_background "$fast" all
	fast_pid=$!
	miss_in_background "$some" all
	some_pid=$!
	miss_in_background "$ever" none
	ever_pid=$!

	say "hits go on"
	for disk in $fast $some $ever; do
		check_read -d -b 4096 -n 2097152 "/dev/$disk"
		expect_le "$disk: longest hit, ms" "$(field max_ms)" "$SLACK_MS"
	done

	say "misses fail when grace is over, and not before"
	join_read $fast_pid "$EVG_TMP/$fast"
	expect_enolink "$fast" $((DETECT * 1000 + SLACK_MS))
	figure "longest wait with grace 0, ms" "$(value "$fast" wait_max_ms)"
	join_read $some_pid "$EVG_TMP/$some"
	expect_enolink "$some" $((DETECT * 1000 + 3000 + SLACK_MS))
	expect_not_early "$some" "$cut_at" 3000
	# They fail when the outage is so old, not each for itself.
	expect_le "$some: from the cut to the last failure, ms" \
		$(($(field last_error_at) - cut_at)) $((DETECT * 1000 + 3000 + SLACK_MS))
	figure "longest wait with grace 3 s, ms" "$(value "$some" wait_max_ms)"
	expect_le "$fast: wait_max_ms" "$(value "$fast" wait_max_ms)" \
		$((DETECT * 1000 + SLACK_MS))
	expect_le "$some: wait_max_ms" "$(value "$some" wait_max_ms)" \
		$((DETECT * 1000 + 3000 + SLACK_MS))

	say "from now on they fail at once"
	check_read -d -b 4096 -o 3276800 -n 262144 -e 64 "/dev/$some"
	expect_eq "reads that failed with ENOLINK" "$(field ENOLINK)" 64
	expect_le "64 misses after grace, ms" "$(field elapsed_ms)" "$SLACK_MS"
	expect_ge "$ever: reads that wait" "$(value "$ever" parked)" 1

	say "mended: what waited goes on, nothing is lost"
	link_mend "$1"
	begun=$(now_ms)
	join_read $ever_pid "$EVG_TMP/$ever"
	pulse_end
	figure "recovery after $1, ms" $(($(now_ms) - begun))
	for disk in $fast $some $ever; do
		wait_state "$disk" online
		check_read -d "/dev/$disk"
	done
}
