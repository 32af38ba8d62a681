#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=900
# A million random messages each to a live disk under I/O: as root, as a user, as
# the bound helper. Nothing but a refusal comes of them; every byte is right.
# Environment: EVG_MESSAGES, EVG_SEED.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

MESSAGES=${EVG_MESSAGES:-$((3000000 / (SLOW * SLOW)))}
SEED=${EVG_SEED:-1}
accepted=0 refusals=0

# Four at once, with different seeds.
fuzz() { # OPTION...
	local n pids=()

	for n in 1 2 3 4; do
		genlfuzz "$@" $((SEED * 100 + n)) $((MESSAGES / 12)) "${disk#evg}" \
			>"$EVG_TMP/fuzz$n" &
		pids+=($!)
		# One socket at a time is the helper.
		[ "${1:-}" != -b ] || wait $!
	done
	for n in 1 2 3 4; do
		join_read "${pids[n - 1]}" "$EVG_TMP/fuzz$n"
		accepted=$((accepted + $(field told)))
		refusals=$((refusals + $(field refused)))
	done
}

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
say "blocks still come"
reader -d -b 16384 -w 5 -u "$EVG_TMP/enough" -t 2 "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
fuzz
fuzz -u
helper=$(helper_of "$disk")
kill -0 "$helper" || fail "the helper died"
: >"$EVG_TMP/enough"
join_read $reading "$EVG_TMP/reads"
compared=$(field bytes)
check_read "/dev/$disk"

say "all blocks are there, and the helper is hostile"
rm "$EVG_TMP/enough"
reader -d -b 16384 -u "$EVG_TMP/enough" -t 2 "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
fuzz -b
: >"$EVG_TMP/enough"
join_read $reading "$EVG_TMP/reads"
compared=$((compared + $(field bytes)))

say "a good helper takes the disk"
evergreen reset "$disk"
attach --name "$disk" --takeover --grace inf --cache "$CACHES/a" "$URI"
wait_state "$disk" online
drop_caches
check_read "/dev/$disk"
figure "random netlink messages" $((MESSAGES / 12 * 12))
figure "of them refused" $refusals
figure "answers other than a refusal" $accepted
figure "MiB compared meanwhile" $((compared >> 20))
