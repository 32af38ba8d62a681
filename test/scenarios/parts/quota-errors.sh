#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# Quotas that make no sense are refused with one line, and nothing changes.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/quota.sh
. "$EVG_REPO/test/scenarios/lib/quota.sh"

setup 8
take_bdev
refused 1 "block device.*leave out --quota" \
	evergreen attach --overwrite --quota 20M --cache "$bdev" "$URI"
expect_eq "what the device begins with" "$(head -c 8 "$bdev" | tr -d '\0')" ""
[ ! -e /sys/block/evg0 ] || fail "a disk was made"
refused 2 "16777216|16M" evergreend --quota 15M --cache "$CACHES/a" "$URI"
refused 2 "--quota 20X" evergreend --quota 20X --cache "$CACHES/a" "$URI"
[ ! -e "$CACHES/a" ] || fail "a cache was made"

attach --overwrite --cache "$bdev" "$URI"
refused 1 "block device" evergreen set "$disk" --quota 20M
expect_eq "the quota" "$(status_of "$disk" .quota)" null
check_read "/dev/$disk"
detach "$disk"
attach --quota 20M --cache "$CACHES/a" "$URI"
refused 1 "16 MiB" evergreen set "$disk" --quota 15M
expect_eq "the quota" "$(status_of "$disk" .quota)" $((20 * MIB))
check_read "/dev/$disk"
