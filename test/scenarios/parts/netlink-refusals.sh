#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the kernel must refuse over netlink, it refuses, with a word on why;
# and nothing changes.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# What refusals must not change, nor does time.
settled() {
	evergreen status "$disk" --json |
		jq -c 'del(.stats.hits, .stats.hit_bytes, .latency_ms, .rate_bps)'
}

is_saved() { # BLOCKS
	[ "$(settled | jq .cached_blocks)" = "$1" ]
}

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
wait_for 10 "the map to be saved" is_saved 256
before=$(settled)
refusals "${disk#evg}" "$CACHES/a" || fail "something was not refused as it must be"
expect_eq "status" "$(settled)" "$before"
check_read "/dev/$disk"
refused 1 "root" setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$(command -v evergreen)" detach "$disk"
