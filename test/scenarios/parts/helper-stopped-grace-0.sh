#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# With grace 0 a stopped helper costs a read at most the detection time; the
# helper goes on by itself when it is continued.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
helper=$(helper_of "$disk")
kill -STOP "$helper"
check_read -d -b 4096 -o 2097152 -n 40960 -e all "/dev/$disk"
expect_le "longest wait, ms" "$(field max_error_ms)" $((DETECT * 1000 + SLACK_MS))
figure "longest wait with a stopped helper, ms" "$(value "$disk" wait_max_ms)"
kill -CONT "$helper"
wait_state "$disk" online
check_read "/dev/$disk"
