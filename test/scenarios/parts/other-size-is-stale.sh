#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The server comes back with an image of another size: STALE, hits go on,
# misses fail at once, and only a person leads out of it.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 2097152 "/dev/$disk"
detach "$disk"
attach --grace inf --cache "$CACHES/a" "$URI"	# a proof of what is cached
server_stop
wait_state "$disk" offline
make_image "$EVG_TMP/longer" 1 5
server_start "$EVG_TMP/longer"
wait_state "$disk" stale
check_read -d -n 2097152 "/dev/$disk"
check_read -d -b 65536 -o 3145728 -e all "/dev/$disk"
expect_le "16 misses when stale, ms" "$(field elapsed_ms)" "$SLACK_MS"

say "reset, but the wrong image is still there"
evergreen reset "$disk"
wait_state "$disk" stale

say "the right image, and reset"
server_stop
server_start "$IMAGE"
evergreen reset "$disk"
wait_state "$disk" online
check_read "/dev/$disk"
