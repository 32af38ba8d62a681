#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# A scan of four times the quota: the cache never takes more, looked at ten
# times a second, and every byte is right.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

DETECT=10		# a slow machine's reads wait for a fill, not for an outage
setup 64
attach --grace 0 --quota 16M --cache "$CACHES/a" "$URI"
expect_eq "the quota as the helper has it" "$(status_of "$disk" .quota)" $((16 * MIB))

say "by the page cache"
watch_begin "$CACHES/a"
check_read "/dev/$disk"
watch_end
figure "most that a cache of 16 MiB took in a scan of 64 MiB, KiB" $((most >> 10))
expect_le "the most that it took" "$most" $((16 * MIB))
expect_ge "evicted" "$(evicted "$disk")" $((40 * MIB))
figure "MiB not kept of 64" $(($(value "$disk" inlined_bytes) >> 20))
expect_le "bytes passed on, not kept" "$(value "$disk" inlined_bytes)" $((16 * MIB))
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0

say "small reads at random, many at once"
watch_begin "$CACHES/a"
check_read -d -b 4096 -r 7 -c 3000 -t 16 "/dev/$disk"
watch_end
expect_le "the most that it took" "$most" $((16 * MIB))
expect_eq "bytes used, as the helper says" "$(status_of "$disk" .used)" "$(taken "$CACHES/a")"

say "and what is kept is of use"
cut
check_read -d -b 4096 -e any "/dev/$disk"
figure "MiB there offline, of a quota of 16" $(($(field bytes) >> 20))
expect_ge "bytes there offline" "$(field bytes)" $((8 * MIB))
evergreen check "$CACHES/a" >/dev/null || fail "evergreen check finds something"
