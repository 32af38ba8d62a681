#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss
# evg: timeout=300
# The machine sleeps for eight hours. Who reads over a sound link meanwhile, or as
# soon as it is awake, sees no error. With a lost link he waits no longer than
# grace from then on, however old the outage is.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/outage.sh
. "$EVG_REPO/test/scenarios/lib/outage.sh"

HOURS=8
SECONDS_AT_LEAST=$((HOURS * 3600 - 2))	# its clock has whole seconds
setup 16
insmod "$EVG_REPO/build/$EVG_KREL/test/longsleep.ko" seconds=$((HOURS * 3600))
echo deep >/sys/power/mem_sleep
attach_minute_and_ever


# Reads that begin when the machine wakes up, their results in $EVG_TMP/DISK.
read_awake() { # OFFSET DEMAND
	for disk in $minute $ever; do
		reader -z -d -b 65536 -o "$1" -n 262144 -t 4 -a -e "$2" "/dev/$disk" \
			>"$EVG_TMP/$disk" &
		readers[${disk#evg}]=$!
	done
}

join_awake() { # DISK
	join_read "${readers[${1#evg}]}" "$EVG_TMP/$1"
}

sleep_long() {
	local begun=$EPOCHSECONDS

	sleep 0.5
	echo mem >/sys/power/state || fail "the machine could not be put to sleep"
	expect_ge "seconds asleep" $((EPOCHSECONDS - begun)) $SECONDS_AT_LEAST
}

readers=() buffered=()
say "with a link that is sound"
read_awake 1048576 none
sleep_long
for disk in $minute $ever; do
	join_awake "$disk"
	figure "longest read after $HOURS h asleep, ms" "$(field max_ms)"
	wait_state "$disk" online
	check_read -d -n 1048576 "/dev/$disk"
done

say "in the middle of much that is read over a sound link"
shape delay 20ms
for disk in $minute $ever; do
	reader -d -b 16384 -o 8388608 -n 4194304 -t 4 -e none "/dev/$disk" \
		>"$EVG_TMP/$disk" &
	readers[${disk#evg}]=$!
	reader -b 65536 -o 12582912 -w 100 -e none "/dev/$disk" >"$EVG_TMP/$disk-buffered" &
	buffered[${disk#evg}]=$!
done
sleep_long
for disk in $minute $ever; do
	! is_gone "${readers[${disk#evg}]}" || fail "$disk: all was read before the sleep"
done
for disk in $minute $ever; do
	join_awake "$disk"
	join_read "${buffered[${disk#evg}]}" "$EVG_TMP/$disk-buffered"
done
shape

say "with a link that was lost before, and returns 5 s after"
link_cut stopped
for disk in $minute $ever; do
	reader -d -b 4096 -o 2097152 -n 4096 -e all "/dev/$disk" >"$EVG_TMP/$disk" &
	readers[${disk#evg}]=$!
done
for disk in $minute $ever; do
	wait_state "$disk" offline
done
sleep_long
for disk in $minute $ever; do
	join_awake "$disk"
	expect_eq "$disk: what waited failed when the machine fell asleep" \
		"$(field ENOLINK)" 1
	expect_ge "$disk: outage_seconds" \
		"$(value "$disk" outage_seconds | sed 's/\..*//')" $SECONDS_AT_LEAST
done
read_awake 2097152 none
sleep_long
sleep 5
link_mend stopped
for disk in $minute $ever; do
	join_awake "$disk"
	expect_ge "$disk: it waited, ms" "$(field max_ms)" 4900
	wait_state "$disk" online
done

say "with a link that does not return"
link_cut link-down
for disk in $minute $ever; do
	wait_state "$disk" offline 60
done
read_awake 3145728 any
sleep_long
join_awake "$minute"
expect_eq "$minute: reads that failed" "$(field ENOLINK)" 16
figure "longest wait with grace 60 s after $HOURS h asleep, ms" "$(field max_error_ms)"
expect_ge "its wait, ms" "$(field max_error_ms)" 59000
expect_le "its wait, ms" "$(field max_error_ms)" $((60000 + DETECT * 1000 + SLACK_MS))
link_mend link-down
join_awake "$ever"
expect_eq "$ever: reads that failed" "$(field errors)" 0
for disk in $minute $ever; do
	wait_state "$disk" online
	check_read -d -o 5242880 "/dev/$disk"
done
rmmod longsleep

say "a program that hibernates the machine by itself, and misses"
exec 9</dev/snapshot || skip "this kernel does not hibernate"
reader -d -b 4096 -o 4194304 -n 4096 -e all "/dev/$minute" >"$EVG_TMP/$minute" &
readers[${minute#evg}]=$!
join_awake "$minute"
expect_ge "it waited, ms" "$(field max_error_ms)" 29000
exec 9<&-
for disk in $minute $ever; do
	wait_state "$disk" online
	check_read -d "/dev/$disk"
done
