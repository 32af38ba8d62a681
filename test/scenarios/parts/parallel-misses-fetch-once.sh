#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Many readers want the same cold blocks at once: each block is fetched once,
# and all of them get the right bytes.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8 --threads=16 --filter=delay rdelay=20ms
attach --cache "$CACHES/a" "$URI"

check_read -d -a -t 8 -b 65536 "/dev/$disk"
expect_eq "bytes read" "$(field bytes)" $((8 * 8388608))
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" 8388608
# Beside the image itself: two fingerprints and four connections' proofs.
expect_le "bytes served" "$(bytes_served)" $((8388608 + 260 * 4096))
figure "fetches for 2048 blocks and 8 readers" "$(value "$disk" fetches)"
