#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A scan for partitions does not wait for a lost link: it holds up neither netlink
# nor sync, and a disk that is scanned can be removed.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 8
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d "/dev/$disk"

no_helper() {
	kill -KILL "$1"
	wait_for 5 "no helper" has_value "$disk" helper none
	wait_state "$disk" offline
}

# Blocks go from the cache, and the link with them.
forget() { # FIRST COUNT
	life evict "${disk#evg}" "$1" "$2" || fail "cannot evict"
	wait_for 5 "no helper" has_value "$disk" helper none
	wait_state "$disk" offline
	blockdev --flushbufs "/dev/$disk"
}

# What it says is in $EVG_TMP/scan; a kernel may not tell that it read nothing.
scan_begin() {
	blockdev --rereadpt "/dev/$disk" 2>"$EVG_TMP/scan" &
	scan=$!
	begun=$(now_ms)
}

scan_end() { # LIMIT_MS: it must end in that time
	wait_for 20 "the scan to end" is_gone $scan
	begun=$(($(now_ms) - begun))
	echo "  blockdev after $begun ms: $(cat "$EVG_TMP/scan")"
	expect_le "a scan in an outage, ms" $begun "$1"
}

is_waiting() { # PID
	grep -q '^State:.*D' "/proc/$1/status"
}

no_helper "$(helper_of "$disk")"
pulse_begin "$SLACK_MS"
say "the first block is not cached: refused"
forget 0 64
scan_begin
scan_end "$SLACK_MS"
wait $scan && fail "a partition table was read that is not there"
say "the first block is cached, those behind it are not"
evergreen attach --takeover --name "$disk" --cache "$CACHES/a" "$URI" >/dev/null
wait_state "$disk" online
check_read -d "/dev/$disk"
no_helper "$(helper_of "$disk")"
forget 1 63
scan_begin
scan_end "$SLACK_MS"
expect_eq "reads that wait" "$(value "$disk" parked)" 0
pulse_end

say "the link is lost while the table is read"
forget 0 64
scripted -c "$CACHES/a" silent "${disk#evg}" >"$EVG_TMP/scripted" &
helper=$!
wait_state "$disk" online
kill -STOP $helper
pulse_begin "$SLACK_MS" $((DETECT * 1000 + SLACK_MS))
scan_begin
scan_end $((DETECT * 1000 + SLACK_MS))
pulse_end
no_helper $helper

say "the disk is removed while its table is read"
forget 0 64
scripted -c "$CACHES/a" silent "${disk#evg}" >"$EVG_TMP/scripted" &
wait_state "$disk" online
scan_begin
wait_for 5 "the scan to read" is_waiting $scan
refused 1 "is in use" timeout 20 evergreen detach "$disk"
begun=$(now_ms)
detach "$disk" --force
figure "forced removal of a disk that is scanned, ms" $(($(now_ms) - begun))
expect_le "forced removal, ms" $(($(now_ms) - begun)) "$SLACK_MS"
scan_end $((20000 * SLOW))
