#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A drill makes a command's misses fail, and nobody else's, fetches them, and
# repeats until it has none; then the command runs with the link cut.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

make_small_system 24
start_functions ext4
evergreen metadata "$disk"
mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
run=(chroot "$EVG_TMP/mnt" /bin/sum /data/one)

say "one round is not enough"
! evergreen drill --rounds 1 --json "$disk" sum -- "${run[@]}" \
	>"$EVG_TMP/drill" 2>"$EVG_TMP/said" || fail "green at once: $(cat "$EVG_TMP/drill")"
expect_match "stderr" "$(tail -n 1 "$EVG_TMP/said")" "missed something in each of 1 rounds"
expect_eq "green" "$(jq .green "$EVG_TMP/drill")" false
expect_match "what was missing" \
	"$(jq -r '.rounds[0].missing[].path' "$EVG_TMP/drill")" "$EVG_TMP/mnt/bin/sum"
expect_ge "bytes that were added" "$(jq .added_bytes "$EVG_TMP/drill")" 1500000

say "until it is green, while others are served"
(
	for i in {1..200}; do
		drop_caches
		cat "$EVG_TMP/mnt/many/$i" || exit 1
		[ ! -e "$EVG_TMP/enough" ] || exit 0
	done
) >"$EVG_TMP/others" &
others=$!
run=(chroot "$EVG_TMP/mnt" /bin/sum /data/two)
evergreen drill "$disk" two -- "${run[@]}" | tee "$EVG_TMP/drill"
: >"$EVG_TMP/enough"
wait $others || fail "others' misses failed during the drill"
expect_ge "bytes that others read" "$(stat -c %s "$EVG_TMP/others")" 37
expect_match "the last line" "$(tail -n 1 "$EVG_TMP/drill")" "^two: green"
expect_match "the last round" "$(grep ^round "$EVG_TMP/drill" | tail -n 1)" \
	"nothing missing; .* status 0"
grep -q "$EVG_TMP/mnt/data/two" "$EVG_TMP/drill" || fail "data/two is not named"
expect_eq "control groups left" \
	"$(sed -n 's/.*evergreen-drill.*/left/p' /proc/[0-9]*/cgroup | wc -l)" 0

say "it keeps its promise"
evergreen ready "$disk" sum two
link_cut killed
evergreen set --grace 0 "$disk"
wait_state "$disk" offline
drop_caches
expect_eq "sum with the link cut" "$("${run[@]}" | cut -d ' ' -f 1)" \
	"$(sum "$EVG_TMP/tree/data/two" | cut -d ' ' -f 1)"

say "green with the link cut, too; and a command that fails is not green"
evergreen drill "$disk" two -- "${run[@]}" >/dev/null
refused_drill() { evergreen drill "$disk" two -- false >/dev/null; }
refused 1 "ended with status 1" refused_drill
! evergreen drill "$disk" motd -- chroot "$EVG_TMP/mnt" /bin/cat /etc/motd \
	>/dev/null 2>"$EVG_TMP/said" || fail "green without blocks"
expect_match "stderr" "$(tail -n 1 "$EVG_TMP/said")" "offline: what is missing cannot be fetched"
refused 2 "command is missing" evergreen drill "$disk" sum
umount "$EVG_TMP/mnt"
