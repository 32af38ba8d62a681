#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the kernel must refuse over netlink, it refuses, with a word on why;
# and nothing changes.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
before=$(evergreen status "$disk" --json | jq -c 'del(.stats.hits, .stats.hit_bytes, .latency_ms, .rate_bps, .cached_blocks)')
refusals "${disk#evg}" "$CACHES/a" || fail "something was not refused as it must be"
after=$(evergreen status "$disk" --json | jq -c 'del(.stats.hits, .stats.hit_bytes, .latency_ms, .rate_bps, .cached_blocks)')
expect_eq "status" "$after" "$before"
check_read "/dev/$disk"
refused 1 "root" setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$(command -v evergreen)" detach "$disk"
