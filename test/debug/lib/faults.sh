# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Faults that a task asks for, by its fail-nth.

# They happen where one of a call's callers lies between two addresses.
fail_below() { # START END KIND...
	local start=$1 end=$2 kind faults

	shift 2
	for kind in "$@"; do
		faults=/sys/kernel/debug/$kind
		echo 32 >$faults/stacktrace-depth
		echo "$start" >$faults/require-start
		echo "$end" >$faults/require-end
		echo 1 >$faults/verbose
		echo 1000000 >$faults/times
		[ ! -e $faults/ignore-gfp-wait ] || echo N >$faults/ignore-gfp-wait
		[ ! -e $faults/ignore-gfp-highmem ] || echo N >$faults/ignore-gfp-highmem
		[ ! -e $faults/min-order ] || echo 0 >$faults/min-order
	done
}
