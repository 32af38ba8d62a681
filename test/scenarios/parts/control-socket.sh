#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# Whatever comes over the control socket: it is answered or the client is dropped,
# reads go on meanwhile, and the socket file goes with the disk.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

setup 8
attach --cache "$CACHES/a" "$URI"
socket=/run/evergreen/$disk.sock
expect_eq "mode of the socket" "$(stat -c %a "$socket")" 600

say "nonsense"
for line in "" status2 "status " "set" "set rate" "set rate -1" "set rate 1e9" \
	"set rate 99999999999999999999999" "set hydrate maybe" "set quota" \
	"prefetch" "prefetch ../../etc/passwd" "leaving -1" "leaving 9999999999" \
	"$(printf 'x%.0s' {1..400})"; do
	ask_refused "$disk" "$line"
done
expect_eq "a long line" "$(head -c 100000 /dev/zero | tr '\0' x | ask "$disk" | jq -c .ok)" false
expect_eq "half a line" "$(printf status | ask "$disk")" ""
expect_eq "lines with a 0 in them" "$(printf 'status\0\nstatus\n' | ask "$disk" | jq -c .ok | tr '\n' ' ')" "false true "
head -c 65536 /dev/urandom | ask "$disk" >"$EVG_TMP/garbage" || :
expect_eq "many requests at once" \
	"$(for _ in {1..50}; do echo status; done | ask "$disk" | jq -c .ok | sort | uniq -c | tr -s ' ')" " 50 true"

say "more clients than it serves, that say nothing or do not listen"
ask -n 40 "$disk" >"$EVG_TMP/crowd" &
crowd=$!
wait_for 10 "the crowd" test -s "$EVG_TMP/crowd"
ask_ok "$disk" status status
check_read -d -b 65536 -n 4194304 "/dev/$disk"
expect_le "longest read meanwhile, ms" "$(field max_ms)" "$SLACK_MS"
ask_ok "$disk" status
kill $crowd
check_read "/dev/$disk"
ask_ok "$disk" reload status

say "a stale socket is replaced; a new helper's is left alone by the old one"
old=$(helper_of "$disk")
attach --name "$disk" --takeover --cache "$CACHES/a" "$URI"
wait_for 5 "the old helper to end" is_gone "$old"
ask_ok "$disk" status
kill -KILL "$(helper_of "$disk")"
wait_for 5 "the kernel to notice" has_value "$disk" helper none
[ -S "$socket" ] || fail "no socket was left behind"
attach --name "$disk" --cache "$CACHES/a" "$URI"
ask_ok "$disk" status
detach "$disk"
wait_for 5 "the socket file to go" test ! -e "$socket"
