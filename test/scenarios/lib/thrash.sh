# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
# Random faults, while readers compare every byte: thrash SEED SECONDS. The
# seed decides what happens, and for how long; it is printed, and EVG_SEED has
# it happen again.
#
# In each epoch two disks with new caches: one with grace without end, of which
# no read may fail, and one with a short grace, whose reads may. The pace is
# how long a fault lasts at most, and how long a reader rests after each read.

PACE_MS=1500
REST_MS=60
EPOCH_MS=15000
IMAGE_MIB=24

deeds=0 epochs=0 cuts=0 kills=0 compared=0 errors=0
stubborn=		# the disk with grace without end
hasty=			# the other
declare -A cache_of

random() { # LIMIT: a number below it, in $drawn
	drawn=$(((RANDOM << 15 | RANDOM) % $1))
}

rest() { # up to the pace
	random "$PACE_MS"
	sleep "$((drawn / 1000)).$(printf %03d $((drawn % 1000)))"
}

either_disk() {
	random 2
	[ $drawn = 0 ] && chosen=$stubborn || chosen=$hasty
}

bind_again() { # OPTION...
	attach --name "$chosen" "$@" --cache "${cache_of[$chosen]}" "$URI"
	[ "$disk" = "$chosen" ] || fail "$chosen was to get a helper, $disk got it"
}

helper_killed() {
	either_disk
	kill -KILL "$(helper_of "$chosen")"
	wait_for 10 "no helper of $chosen" has_value "$chosen" helper none
	kills=$((kills + 1))
	rest
	bind_again
}

helper_stopped() {
	local pid

	either_disk
	pid=$(helper_of "$chosen")
	kill -STOP "$pid"
	rest
	kill -CONT "$pid"
}

helper_replaced() {
	either_disk
	bind_again --takeover
}

another_disk() {
	attach --grace 1 --cache "$CACHES/other" "$URI"
	reader -d -b 65536 -r "$drawn" -c 8 -e any "/dev/$disk" >"$EVG_TMP/other" ||
		fail "$(cat "$EVG_TMP/other")"
	detach "$disk"
}

set_on() { # DISK OPTION...
	local which=$1

	shift
	evergreen set "$@" "$which" || fail "evergreen set $* $which"
}

# What nobody waits for comes, or not; the cache is too small for it, or not.
ahead_of_time() {
	local quotas=(none 16M 20M)

	either_disk
	random 2
	[ $drawn = 0 ] && set_on "$chosen" --hydrate on || set_on "$chosen" --hydrate off
	random ${#quotas[@]}
	set_on "$stubborn" --quota "${quotas[drawn]}"
}

caches_dropped() {
	drop_caches
}

# The caches' file system and the disks under reclaim at once.
memory_short() {
	head -c 150000000 /dev/zero >"$EVG_TMP/hog" || :
	sync -f "$CACHES"
	drop_caches
	rm -f "$EVG_TMP/hog"
}

address_changed() {
	ip addr del $NEAR/24 dev near
	rest
	ip addr add $NEAR/24 dev near
}

poor_link() {
	local kinds=("delay 40ms 20ms" "loss 20%" "delay 20ms reorder 30%"
		     "rate 2mbit" "duplicate 20%" "corrupt 2%")

	random ${#kinds[@]}
	# shellcheck disable=SC2086 # a list of words
	shape ${kinds[drawn]}
	rest
	shape delay 5ms
}

asleep() {
	[ -e /sys/power/pm_test ] || return 0
	echo freezer >/sys/power/pm_test
	echo freeze >/sys/power/state || :
}

lost_link() {
	local methods=(link-down carrier loss black-hole killed stopped) method

	random ${#methods[@]}
	method=${methods[drawn]}
	cuts=$((cuts + 1))
	link_cut "$method"
	rest
	random 3
	[ $drawn != 0 ] || deed_on_helpers
	link_mend "$method"
}

deed_on_helpers() {
	local kinds=(helper_killed helper_stopped helper_replaced another_disk
		     caches_dropped)

	random ${#kinds[@]}
	note "${kinds[drawn]}"
	"${kinds[drawn]}"
}

deed() {
	local kinds=(lost_link lost_link lost_link poor_link poor_link
		     address_changed memory_short deed_on_helpers
		     deed_on_helpers)

	# No quota is smaller than 16 MiB.
	[ "$IMAGE_MIB" -lt 16 ] || kinds+=(ahead_of_time)
	# While it sleeps nobody may wait, so that reads fail whatever grace is.
	[ "$demand" = none ] || kinds+=(asleep)
	random ${#kinds[@]}
	note "${kinds[drawn]}"
	"${kinds[drawn]}"
}

note() {
	deeds=$((deeds + 1))
	echo "  $(($(now_ms) - thrash_begun)) ms: $1"
}

epoch() {
	local first second end

	epochs=$((epochs + 1))
	random 4
	demand=none
	[ $drawn != 0 ] || demand=any
	attach --grace inf --cache "$CACHES/$epochs" "$URI"
	stubborn=$disk
	cache_of[$stubborn]=$CACHES/$epochs
	attach --overwrite --grace 0.3 --cache "$thrash_bdev" "$URI"
	hasty=$disk
	cache_of[$hasty]=$thrash_bdev
	rm -f "$EVG_TMP/enough"
	reader -d -b 16384 -r $RANDOM -t 3 -w "$REST_MS" -u "$EVG_TMP/enough" \
		-e $demand "/dev/$stubborn" >"$EVG_TMP/first" &
	first=$!
	reader -b 65536 -r $RANDOM -w "$REST_MS" -u "$EVG_TMP/enough" -e any \
		"/dev/$hasty" >"$EVG_TMP/second" &
	second=$!
	end=$(($(now_ms) + EPOCH_MS))
	while [ "$(now_ms)" -lt $end ]; do
		deed
		rest
	done
	end_epoch $first $second
}

end_epoch() { # PID PID
	# A link that was lost for long is tried again after 30 s at the latest.
	wait_state "$stubborn" online 60
	: >"$EVG_TMP/enough"
	join_read "$1" "$EVG_TMP/first"
	compared=$((compared + $(field bytes)))
	errors=$((errors + $(field errors)))
	join_read "$2" "$EVG_TMP/second"
	compared=$((compared + $(field bytes)))
	errors=$((errors + $(field errors)))
	wait_state "$stubborn" online 60
	wait_state "$hasty" online 60
	check_read "/dev/$stubborn"
	check_read -d "/dev/$hasty"
	compared=$((compared + 2 * $(field bytes)))
	detach "$stubborn"
	detach "$hasty"
	rm -rf "${cache_of[$stubborn]}"
	# A cache that is there is kept; this one shall be new.
	dd if=/dev/zero of="$thrash_bdev" bs=64K count=1 conv=fsync status=none
}

# nbdkit 1.32 may abort when clients vanish, sooner or later; qemu-nbd does not.
server_start() { # IMAGE
	serve_with 10809 qemu-nbd -r -t -e 64 -p 10809 -f raw "$1"
}

server_continue() { # PORT
	kill -CONT "${server_pids[$1]}"
}

thrash() { # SEED SECONDS
	local end

	say "seed $1, $2 seconds"
	RANDOM=$1
	setup "$IMAGE_MIB"
	shape delay 5ms
	take_bdev
	thrash_bdev=$bdev
	thrash_begun=$(now_ms)
	attach --cache "$CACHES/other" "$URI"
	detach "$disk"
	end=$((thrash_begun + $2 * 1000))
	while [ "$(now_ms)" -lt $end ]; do
		epoch
	done
	figure "seed" "$1"
	figure "seconds" $((($(now_ms) - thrash_begun) / 1000))
	figure "deeds" $deeds
	figure "link cuts" $cuts
	figure "helpers killed" $kills
	figure "new caches" $((2 * epochs))
	figure "MiB compared, none wrong" $((compared >> 20))
	figure "reads that failed, as they may" $errors
}
