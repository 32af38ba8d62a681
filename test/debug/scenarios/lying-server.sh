#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=400
# evg: smp=4
# evg: parallel
# All reads come by a server that tells one lie on each connection: it hangs up,
# falls silent, changes or leaves out framing, sends noise, answers too short,
# too long, twice or to nobody. The helper, built with sanitizers, lives; no
# wrong byte is read, nor kept. Environment: EVG_SEED, EVG_SECONDS.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

MIB=8
SEED=${EVG_SEED:-1}
SECONDS_EACH=${EVG_SECONDS:-90}
sane=$EVG_REPO/build/sane/bin
[ -x "$sane/evergreend" ] ||
	skip "no helper with sanitizers; run: make userspace build=build/sane CFLAGS='-O1 -g -fsanitize=address,undefined'"
PATH=$sane:$PATH
export ASAN_OPTIONS=abort_on_error=0:exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99

setup $MIB
# The image that liar serves has a hole.
dd if=/dev/zero of="$IMAGE" bs=64K seek=16 count=4 conv=notrunc status=none
server_stop
server_start "$IMAGE"
attach --grace 2 --cache "$CACHES/a" "$URI"
grep -q libasan /proc/"$(helper_of "$disk")"/maps || fail "a helper without sanitizers"
helper=$(helper_of "$disk")
server_stop
serve_with 10809 liar lies 10809 "$SEED" $MIB
end=$(($(now_ms) + SECONDS_EACH * 1000))
rounds=0 failed=0 bytes=0
while [ "$(now_ms)" -lt $end ]; do
	rounds=$((rounds + 1))
	check_read -f "$IMAGE" -d -b 32768 -r $rounds -t 4 -w 50 -l 15 -e any "/dev/$disk"
	failed=$((failed + $(field errors)))
	bytes=$((bytes + $(field bytes)))
	kill -0 "$helper" || fail "the helper died: $(tail -n 20 "$HELPER_LOG")"
	expect_eq "the helper" "$(helper_of "$disk")" "$helper"
	# New connections, and reads that are no hits.
	detach "$disk"
	rm -r "$CACHES/a"
	server_stop KILL
	cat "$EVG_TMP/nbdkit-10809" >>"$EVG_TMP/lies"
	server_start "$IMAGE"
	attach --grace 2 --cache "$CACHES/a" "$URI"
	helper=$(helper_of "$disk")
	server_stop
	SEED=$((SEED + 1))
	serve_with 10809 liar lies 10809 "$SEED" $MIB
done
figure "caches begun" $rounds
figure "lies told" "$(grep -c ': told' "$EVG_TMP/lies")"
figure "reads that failed, as they may" $failed
figure "bytes compared" $bytes
! grep -qE 'Sanitizer|runtime error' "$HELPER_LOG" || fail "$(grep -A 20 -E 'Sanitizer|runtime error' "$HELPER_LOG")"

say "an honest server again"
server_stop KILL
server_start "$IMAGE"
wait_state "$disk" online 30
check_read -f "$IMAGE" "/dev/$disk"
detach "$disk"
wait_for 20 "the helper's end" is_gone "$helper"
