#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Hydration keeps to its rate, stops and goes on when told, and leaves holes
# where the image has them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
truncate -s 24M "$IMAGE"
begun=$(now_ms)
attach --hydrate --rate 512K --cache "$CACHES/a" "$URI"
expect_eq "hydrate" "$(status_of "$disk" .hydrate)" true
expect_eq "rate" "$(status_of "$disk" .rate)" 524288
wait_for 60 "hydration of 2 MiB" value_is_at_least "$disk" filled_bytes 2097152
took=$(($(now_ms) - begun))
figure "2 MiB of hydration with a rate of 512 KiB/s and attach, ms" $took
expect_ge "time for 2 MiB at 512 KiB/s, ms" $took 3800
expect_eq "doing" "$(status_of "$disk" .prefetch.doing)" '"hydrate"'

say "off, and on again without a limit"
ask_ok "$disk" "set hydrate off"
wait_for 5 "prefetch to be idle" prefetch_idle "$disk"
filled=$(value "$disk" filled_bytes)
expect_le "filled_bytes" "$filled" 16777216
sleep 1
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" "$filled"
ask_ok "$disk" "set rate none" "set hydrate on"
wait_for 30 "the whole image" has_value "$disk" filled_bytes 25165824
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
expect_le "bytes served" "$(bytes_served)" $((16777216 + 300 * 4096))
expect_eq "queued_bytes" "$(status_of "$disk" .prefetch.queued_bytes)" 0
detach "$disk"
cmp "$CACHES/a/clean" "$IMAGE" || fail "the cache is not the image"
