#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Who leaves soon: functions become ready one after the other, the smallest
# first, whatever their weight, without the rate's limit; hydration waits.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
shape delay 5ms rate 20mbit
WEIGHT=900 write_function "$CACHES/a" large 2048:1600
WEIGHT=100 write_function "$CACHES/a" middle 1024:256
WEIGHT=10 write_function "$CACHES/a" small 512:64
attach --hydrate --rate 20K --cache "$CACHES/a" "$URI"
sleep 1
begun=$(now_ms)
ask_refused "$disk" "leaving soon"
ask_ok "$disk" "leaving 60"
expect_ge "leaving_s" "$(status_of "$disk" .leaving_s)" 55
wait_whole "$disk" large
figure "7.9 MB of functions when leaving, over 20 Mbit/s, ms" $(($(now_ms) - begun))
expect_match "the order" "$(grep -o 'function [a-z]* is in' "$HELPER_LOG" | tr '\n' ' ')" \
	'function small is in function middle is in function large is in'

say "not leaving after all"
ask_ok "$disk" "leaving 0"
expect_eq "leaving_s" "$(status_of "$disk" .leaving_s)" 0
sleep 1
served=$(bytes_served)
sleep 2
expect_le "bytes served in 2 s at 20 KiB/s" $(($(bytes_served) - served)) 100000
