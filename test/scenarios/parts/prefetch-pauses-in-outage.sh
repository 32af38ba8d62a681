#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# In an outage prefetch pauses, and afterwards it goes on, nothing twice but what
# was on its way.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 16
shape delay 5ms rate 20mbit
write_function "$CACHES/a" big 1024:2048
attach --cache "$CACHES/a" "$URI"
wait_for 20 "some of it" value_is_at_least "$disk" filled_bytes 2097152
link_cut link-down
wait_state "$disk" offline
filled=$(value "$disk" filled_bytes)
expect_le "filled_bytes" "$filled" 7340032
sleep 1
expect_eq "filled_bytes in the outage" "$(value "$disk" filled_bytes)" "$filled"
expect_eq "doing in the outage" "$(status_of "$disk" .prefetch.doing)" null
expect_eq "phase" "$(status_of "$disk" .phase)" '"down"'
link_mend link-down
wait_whole "$disk" big 30
expect_le "blocks fetched twice" "$(blocks_fetched_twice)" 256
figure "blocks fetched twice because of an outage" "$(blocks_fetched_twice)"
server_stop
check_read -b 4096 -o 4194304 -n 8388608 "/dev/$disk"
