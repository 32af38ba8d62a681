#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# What is pinned is not evicted, however cold it is.  Where it leaves no room,
# that is said once, and what is read besides passes through.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

setup 40
attach --quota 16M --grace 0 --cache "$CACHES/a" "$URI"
# 6 MiB of 16; then 18.
PINNED=true write_function "$CACHES/a" small 2048:512 6144:1024
ask_ok "$disk" reload
wait_whole "$disk" small
check_read "/dev/$disk"
check_read -d -b 65536 -r 5 -c 300 "/dev/$disk"
is_whole "$disk" small || fail "a pinned function is no longer whole"
cut
check_read -d -o $((2048 * 4096)) -n $((512 * 4096)) "/dev/$disk"
check_read -d -o $((6144 * 4096)) -n $((1024 * 4096)) "/dev/$disk"
server_start "$IMAGE"
wait_state "$disk" online

say "more is pinned than there is room for"
PINNED=true write_function "$CACHES/a" large 2048:512 6144:1024 7168:3072
ask_ok "$disk" reload
watch_begin "$CACHES/a"
check_read "/dev/$disk"
is_tight() { [ "$(status_of "$disk" .quota_tight)" = true ]; }
wait_for 10 "the quota to be tight" is_tight
passed=$(value "$disk" inlined_bytes)
check_read -d -b 65536 -o $((28 * MIB)) "/dev/$disk"
watch_end
expect_le "the most that it took" "$most" $((16 * MIB))
expect_ge "bytes passed through" "$(value "$disk" inlined_bytes)" $((passed + 2 * MIB))
expect_eq "lines in the log" "$(grep -c "the quota of 16 MiB is used up" "$HELPER_LOG")" 1
