#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each read warms its regions of 64 KiB, the more often the more slowly; what a
# helper kept raises them; it cools them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

heat_of() { # REGION: its line
	look "${disk#evg}" heat 0 | sed -n "s/^$(($1 * 16)) //p"
}

read_region() { # REGION TIMES
	local i

	for ((i = 0; i < $2; i++)); do
		reader -d -b 65536 -o $(($1 * 65536)) -n 65536 "/dev/$disk" >"$EVG_TMP/read" ||
			fail "$(cat "$EVG_TMP/read")"
	done
}

scripted_helper -w 16 fill
check_read -d -b 65536 "/dev/$disk"
before=$(heat_of 20)
expect_match "heat of a region that was read once" "$before" "^1 touched$"
read_region 20 2
expect_eq "heat after two reads more" "$(heat_of 20)" "3 touched"
expect_eq "its neighbour's" "$(heat_of 21)" "1 touched"
check_read -d -b 131072 -o 1966080 -n 131072 "/dev/$disk"
expect_eq "the first half of a read" "$(heat_of 30)" "2 touched"
expect_eq "the second half" "$(heat_of 31)" "2 touched"
read_region 25 59
warm=$(heat_of 25)
expect_match "heat after 60 reads" "$warm" "^(1[2-9]|2[0-2]) touched$"
end_scripted_helper

say "a disk that is added anew is cold, until the helper says what it kept"
detach "$disk"
attach --grace inf --cache "$CACHES/a" "$URI"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
read_region 25 1
expect_eq "the region" "$(heat_of 25)" "1 touched"
scripted_helper -w 16 -H 41 fill
is_warm() { [ "$(heat_of 3)" = 41 ] || [ "$(heat_of 3)" = "41 touched" ]; }
wait_for 5 "what was kept" is_warm
expect_eq "a region of which nothing was kept" "$(heat_of 25)" "1 touched"
kill -USR1 "$scripted_pid"
is_cooler() { [ "$(heat_of 3)" = 37 ] || [ "$(heat_of 3)" = "37 touched" ]; }
wait_for 5 "it to cool" is_cooler
expect_eq "the region that was read once" "$(heat_of 25)" "0 touched"
end_scripted_helper
