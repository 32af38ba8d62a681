#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each attribute holds one value, of its kind, and counts what happened.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --grace 3 --cache "$CACHES/a" "$URI"
check_read -d -b 4096 -n 1048576 "/dev/$disk"
check_read -d -b 4096 -n 1048576 "/dev/$disk"
for name in link_state grace detect outage_seconds helper hits hit_bytes misses \
	fetches filled_bytes inlined_bytes failed parked outages wait_max_ms io_errors evicted_bytes \
	ledger unread_pages saving; do
	[ -r "/sys/block/$disk/evergreen/$name" ] || fail "no attribute $name"
	expect_eq "lines of $name" "$(value "$disk" $name | wc -l)" 1
	expect_eq "words of $name" "$(value "$disk" $name | wc -w)" 1
done
expect_eq "grace" "$(value "$disk" grace)" 3.000
expect_ge "hits" "$(value "$disk" hits)" 256
expect_ge "hit_bytes" "$(value "$disk" hit_bytes)" 1048576
expect_ge "misses" "$(value "$disk" misses)" 1
expect_ge "filled_bytes" "$(value "$disk" filled_bytes)" 1048576
expect_eq "parked" "$(value "$disk" parked)" 0
expect_eq "failed" "$(value "$disk" failed)" 0
expect_eq "io_errors" "$(value "$disk" io_errors)" 0
expect_match "comm of the helper" "$(cat "/proc/$(helper_of "$disk")/comm")" '^evergreend$'
expect_eq "Seccomp and capabilities: effective" \
	"$(sed -n 's/^CapEff:\s*//p' "/proc/$(helper_of "$disk")/status")" 0000000000000000
