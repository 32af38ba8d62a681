#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A server that allows one connection alone, and only requests of a limited
# size.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4 --filter=multi-conn multi-conn-mode=disable \
	--filter=blocksize-policy blocksize-minimum=4096 \
	blocksize-preferred=4096 blocksize-maximum=65536 blocksize-error-policy=error
attach --cache "$CACHES/a" "$URI"
check_read -d -b 1048576 "/dev/$disk"
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
