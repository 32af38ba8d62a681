# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Scenarios of one kind share a boot, for a boot takes longer than most of
# them. Each is a file in parts/ and stands for itself: it finds the module
# freshly loaded, a clean stage and an empty $EVG_TMP, and runs alone by
# "test/qemu/run parts/NAME", too.
set -u

# Whatever a part has left behind; a part that passed leaves disks to nobody.
sweep() {
	local pids dir

	for dir in /sys/block/evg*; do
		[ ! -d "$dir" ] || evergreen detach "${dir##*/}" --force
	done
	pids=$(pgrep -x 'evergreen|evergreend|reader|flood|life|pulse|scripted|liar|nbdkit|qemu-nbd') || :
	# shellcheck disable=SC2086 # a list
	[ -z "$pids" ] || kill -KILL $pids
	ip link del near
	ip netns del far
	awk -v dir="$EVG_TMP/" 'index($2, dir) == 1 { print $2 }' /proc/mounts |
		tac | xargs -r -n 1 umount
	losetup -D
	dmsetup remove_all
	rmmod brd
	rm -rf "${EVG_TMP:?}"/* /var/log/evergreen.log
} >/dev/null 2>&1

fresh_module() {
	[ ! -e /sys/module/evergreen ] || rmmod evergreen || return 1
	insmod "${EVG_MODULE:-$EVG_REPO/build/$EVG_KREL/evergreen.ko}"
}

# Run one; its end decides.
part() { # NAME
	local begun=$EPOCHSECONDS status=0

	echo "== $1"
	if fresh_module; then
		mkdir "$EVG_TMP/$1"
		EVG_TMP=$EVG_TMP/$1 bash "$EVG_REPO/test/scenarios/parts/$1.sh" ||
			status=$?
	else
		echo "FAILED: the module is still in use"
		status=1
	fi
	sweep
	case $status in
	0)	echo "# part: $1 passed in $((EPOCHSECONDS - begun)) s" ;;
	77)	echo "# part: $1 skipped" ;;
	*)	echo "# part: $1 failed"; failed+=("$1") ;;
	esac
}

# All of them, whatever becomes of the first.
parts() { # NAME...
	local name

	failed=()
	for name in "$@"; do
		part "$name"
	done
	[ ${#failed[@]} -gt 0 ] || exit 0
	echo "failed: ${failed[*]}; one alone: test/qemu/run parts/${failed[0]}"
	exit 1
}
