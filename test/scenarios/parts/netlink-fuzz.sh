#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=180
# Random messages that know the attributes, in the tens of thousands, from a
# socket that is no helper: the disk goes on, every byte right.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
reader -d -b 16384 -l 4 -w 2 "/dev/$disk" >"$EVG_TMP/reads" &
reading=$!
for seed in 1 2 3 4; do
	genlfuzz $seed 5000 "${disk#evg}"
done
join_read $reading "$EVG_TMP/reads"
figure "random netlink messages" 20000
kill -0 "$(helper_of "$disk")" || fail "the helper died"
check_read "/dev/$disk"
