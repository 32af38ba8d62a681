#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The server answers reads with errors for a while: they end as errors, are
# never filled, and heal by themselves.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4 --filter=error error-pread=EIO error-pread-rate=100% \
	"error-pread-file=$EVG_TMP/faulty"
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
: >"$EVG_TMP/faulty"
check_read -d -b 65536 -o 2097152 -n 524288 -e all "/dev/$disk"
expect_le "longest failing read, ms" "$(field max_error_ms)" $((DETECT * 1000 + SLACK_MS))
check_read -d -n 1048576 "/dev/$disk"
kill -0 "$(helper_of "$disk")" || fail "the helper died"
rm "$EVG_TMP/faulty"
wait_state "$disk" online
check_read "/dev/$disk"
