#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Hydration keeps to its rate, stops and goes on when told, and leaves holes
# where the image has them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 8
truncate -s 16M "$IMAGE"
attach --hydrate --rate 1M --cache "$CACHES/a" "$URI"
expect_eq "hydrate" "$(status_of "$disk" .hydrate)" true
expect_eq "rate" "$(status_of "$disk" .rate)" 1048576
wait_for 10 "hydration to begin" value_is_at_least "$disk" filled_bytes 65536
begun=$(now_ms) from=$(bytes_served)
sleep 3
rate=$((($(bytes_served) - from) * 1000 / ($(now_ms) - begun)))
figure "hydration with a rate of 1 MiB/s, KiB/s" $((rate / 1024))
expect_le "bytes a second" $rate 1258291
expect_ge "bytes a second" $rate $((838860 / SLOW))
expect_eq "doing" "$(status_of "$disk" .prefetch.doing)" '"hydrate"'

say "off, and on again without a limit"
ask_ok "$disk" "set hydrate off"
wait_for 5 "prefetch to be idle" prefetch_idle "$disk"
filled=$(value "$disk" filled_bytes)
sleep 1
expect_eq "filled_bytes" "$(value "$disk" filled_bytes)" "$filled"
ask_ok "$disk" "set rate none" "set hydrate on"
wait_for 20 "the whole image" has_value "$disk" filled_bytes 16777216
expect_eq "blocks fetched twice" "$(blocks_fetched_twice)" 0
expect_le "bytes served" "$(bytes_served)" $((8388608 + 300 * 4096))
expect_eq "queued_bytes" "$(status_of "$disk" .prefetch.queued_bytes)" 0
detach "$disk"
cmp "$CACHES/a/clean" "$IMAGE" || fail "the cache is not the image"
