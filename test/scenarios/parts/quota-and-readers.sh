#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# Readers compare every byte for 20 seconds while what they read is evicted and
# comes again.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

setup 48
DETECT=30			# what a busy machine does is no outage
attach --grace 0 --quota 16M --cache "$CACHES/a" "$URI"
watch_begin "$CACHES/a"
reader -d -b 65536 -r 1 -t 4 -u "$EVG_TMP/enough" "/dev/$disk" >"$EVG_TMP/large" 2>&1 &
large=$!
reader -d -b 4096 -r 2 -t 4 -u "$EVG_TMP/enough" "/dev/$disk" >"$EVG_TMP/small" 2>&1 &
small=$!
reader -b 131072 -u "$EVG_TMP/enough" "/dev/$disk" >"$EVG_TMP/cached" 2>&1 &
cached=$!
reader -d -b 16384 -n 4194304 -u "$EVG_TMP/enough" -w 5 "/dev/$disk" >"$EVG_TMP/hot" 2>&1 &
hot=$!
# Ten seconds at least, and until enough was evicted, however slow the machine.
for ((i = 0; i < 20 || (i < 120 * SLOW && $(evicted "$disk") < 4 * MIB); i++)); do
	sleep 0.5
	drop_caches
done
touch "$EVG_TMP/enough"
join_read $large "$EVG_TMP/large"
join_read $small "$EVG_TMP/small"
join_read $cached "$EVG_TMP/cached"
join_read $hot "$EVG_TMP/hot"
figure "longest read of a hot set while all else is evicted, ms" "$(field max_ms)"
watch_end
figure "MiB evicted under readers" $(($(evicted "$disk") >> 20))
expect_le "the most that it took" "$most" $((16 * MIB))
expect_ge "evicted" "$(evicted "$disk")" $((4 * MIB))
cut
check_read -d -b 4096 -e any "/dev/$disk"
expect_ge "bytes there offline" "$(field bytes)" $((8 * MIB))
