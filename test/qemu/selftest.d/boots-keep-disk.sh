#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# evg: boots=3
# evg: disk=8
# The disk is kept over boots, one of which ends in a power cut, and results
# come back to the host.
set -eu
case $EVG_BOOT in
1)
	printf first | dd of="$EVG_DISK" conv=fsync status=none
	;;
2)
	printf second | dd of="$EVG_DISK" seek=1 conv=fsync status=none
	"$EVG_REPO/test/qemu/powercut"
	;;
3)
	[ "$(head -c 5 "$EVG_DISK")" = first ]
	[ "$(tail -c +513 "$EVG_DISK" | head -c 6)" = second ]
	echo "it came through" >"$EVG_OUT/result"
	;;
esac
