#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What of a disk is anybody's, and what is for who may administer it: in the first
# user namespace, or in the one that owns the network namespace where it was added.
# A password in the URI is told to nobody.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

SECRET=open-sesame

somebody() { # COMMAND...: without privilege, here
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

stranger() { # COMMAND...: the same, root in namespaces of his own
	somebody unshare --user --map-root-user --net --pid --fork "$@"
}

told() { # KEY AS...: what status says then
	local key=$1

	shift
	"$@" "$(command -v evergreen)" status --json "$disk" | jq -r ".$key"
}

expect_public() { # WHO...
	expect_eq "source, to $1" "$(told source "$@")" null
	expect_eq "cache, to $1" "$(told cache "$@")" null
	expect_eq "size, to $1" "$(told size_bytes "$@")" $((16 << 20))
	expect_eq "link, to $1" "$(told link_state "$@")" "$(value "$disk" link_state)"
	expect_eq "fetches, to $1" "$(told stats.fetches "$@")" "$(value "$disk" fetches)"
	expect_match "text, to $1" "$("$@" "$(command -v evergreen)" status "$disk")" \
		"for root"
	for what in map heat misses; do
		refused 1 EPERM "$@" "$(command -v look)" "${disk#evg}" $what
	done
}

expect_all() { # WHO...
	expect_eq "source, to $1" "$(told source "$@")" "$URI"
	expect_eq "cache, to $1" "$(told cache "$@")" "$CACHES/a"
	for what in map heat misses; do
		"$@" "$(command -v look)" "${disk#evg}" $what >/dev/null ||
			fail "$1 may not ask for $what"
	done
}

two_listen() {
	local pid n=0

	for pid in $(pgrep -f "evergreen watch"); do
		! grep -q poll "/proc/$pid/wchan" || n=$((n + 1))
	done
	[ $n = 2 ]
}

setup 16
attach --grace inf --cache "$CACHES/a" "nbd://ali:$SECRET@$FAR/"
check_read -d -n 1048576 "/dev/$disk"

say "a password is shown to nobody"
pid=$(helper_of "$disk")
expect_match "the helper's arguments" "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "$URI"
for file in /proc/[0-9]*/cmdline $HELPER_LOG "/sys/block/$disk/evergreen/"*; do
	! grep -aqs $SECRET "$file" || fail "$file has the password"
done
! dmesg | grep -q $SECRET || fail "the kernel's log has the password"
for command in "status --json $disk" "status $disk" "list" "list --json"; do
	# shellcheck disable=SC2086 # a list of words
	! evergreen $command | grep -q $SECRET || fail "$command has the password"
done

say "who sees what"
expect_all env
expect_all unshare --net
expect_public somebody
expect_public stranger

say "events tell what is anybody's, and are told here"
somebody "$(command -v evergreen)" watch --json >"$EVG_TMP/here" &
stranger --kill-child "$(command -v evergreen)" watch --json >"$EVG_TMP/elsewhere" &
wait_for 20 "two who listen" two_listen
link_cut stopped
wait_state "$disk" offline
wait_for 10 "the event" grep -q offline "$EVG_TMP/here"
expect_eq "keys of events" "$(jq -r 'keys[]' "$EVG_TMP/here" | sort -u | xargs)" \
	"cause disk event link_state time"
expect_eq "what a stranger hears" "$(cat "$EVG_TMP/elsewhere")" ""
pkill -f "evergreen watch"
link_mend stopped
wait_state "$disk" online
