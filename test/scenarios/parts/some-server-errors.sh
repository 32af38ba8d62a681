#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One read in five fails on the server. With grace without end each byte is
# right, and what fails, fails as an error.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4 --filter=error error-pread=EIO error-pread-rate=20% \
	"error-pread-file=$EVG_TMP/faulty"
attach --grace inf --cache "$CACHES/a" "$URI"
: >"$EVG_TMP/faulty"
check_read -d -b 65536 -t 4 -e any "/dev/$disk"
figure "reads of 64 that failed at 20 % server errors" "$(field errors)"
rm "$EVG_TMP/faulty"
wait_state "$disk" online
check_read "/dev/$disk"
