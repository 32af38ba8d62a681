#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every second block is cached and the link is cut. Reads of 128 KiB, with
# readahead, return every cached block, and each missing one fails alone.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read -d -b 4096 -s 8192 "/dev/$disk"
link_cut killed
wait_state "$disk" offline
blockdev --flushbufs "/dev/$disk"
blockdev --setra 256 "/dev/$disk"

absent=$((1024 - $(value "$disk" filled_bytes) / 4096))
check_read -b 131072 -e $absent "/dev/$disk"
filled=$(value "$disk" filled_bytes)
expect_ge "bytes in the cache" "$filled" 2097152
expect_eq "bytes read through the page cache" "$(field bytes)" "$filled"
expect_eq "blocks that failed with EIO" "$(field EIO)" $absent
check_read -d -b 131072 -e 32 "/dev/$disk"
expect_eq "direct reads that failed with ENOLINK" "$(field ENOLINK)" 32
check_read -d -b 4096 -s 8192 -r 3 "/dev/$disk"
say "and when the server is back"
link_mend killed
wait_state "$disk" online
# Into one piece of memory, of which each part of a read is to find its own.
check_read -d -b 131072 "/dev/$disk"
check_read "/dev/$disk"
