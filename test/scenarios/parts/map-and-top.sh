#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# "map" draws what is there: as letters, in colour, as SVG and as JSON; "top"
# shows it once, or until q is pressed, and gives the terminal back.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

# 64 MiB are 16384 blocks: 16 a cell with the usual 1024 cells of a text.
setup 64
attach --grace 0 --rate 4K --cache "$CACHES/a" "$URI"
check_read -d -n 4194304 "/dev/$disk"
for _ in {1..40}; do
	check_read -d -o 1048576 -n 65536 -b 65536 "/dev/$disk" >/dev/null
	check_read -d -o 2097152 -n 65536 -b 65536 "/dev/$disk" >/dev/null
done
check_read -d -o 16777216 -n 32768 "/dev/$disk"
server_stop
wait_state "$disk" offline
PINNED=true write_function "$CACHES/a" kept 128:16 8192:16
evergreen map "$disk" | tee "$EVG_TMP/map"
expect_eq "cells of the first line" \
	"$(sed -n 2p "$EVG_TMP/map" | tr -s ' ' | tr -d ' ')" \
	"0B########P#######H###############H###############################"
expect_eq "cells that are not cached" \
	"$(sed -n '2,17s/^ *[0-9.]* *[KM]*i*B *//p' "$EVG_TMP/map" | tr -dc . | wc -c)" \
	$((1024 - 64 - 2))
expect_match "where 32 MiB begins" "$(grep ' 32 MiB ' "$EVG_TMP/map")" ' 32 MiB  !\.'
expect_match "where 16 MiB begins" "$(grep ' 16 MiB ' "$EVG_TMP/map")" ' 16 MiB  [+-]\.'

evergreen map --json "$disk" >"$EVG_TMP/json"
expect_eq "map --json" \
	"$(jq -c '[.blocks, .clean, .dirty, .pinned, .pinned_absent, (.cells | length)]' "$EVG_TMP/json")" \
	"[16384,1032,0,32,16,1024]"
expect_ge "reads that it knows of" "$(jq .reads "$EVG_TMP/json")" 32
expect_eq "blocks of all cells" "$(jq '[.cells[].blocks] | add' "$EVG_TMP/json")" 16384
expect_eq "map --width 100 --json" \
	"$(evergreen map --width 100 --json "$disk" | jq '.cells | length')" 1490
evergreen map --svg "$EVG_OUT/map.svg" "$disk"
expect_match "the picture" "$(cat "$EVG_OUT/map.svg")" '^<svg .*</svg>$'
expect_ge "its cells" "$(grep -c '<rect' "$EVG_OUT/map.svg")" 3277
grep -q 'fill="#d64545"' "$EVG_OUT/map.svg" || fail "nothing is missing in the picture"
refused 1 "cannot write" evergreen map --svg /nowhere/map.svg "$disk"
refused 2 "not a number" evergreen map --width 3 "$disk"

say "top"
evergreen top --once "$disk" | tee "$EVG_TMP/top"
grep -q "kept .* 50.0 %" "$EVG_TMP/top" || fail "top does not show the function"
grep -q "offline for" "$EVG_TMP/top" || fail "top does not show the link"
expect_eq "top without a terminal" "$(evergreen top | grep -c "^$disk ")" 1
has_frames() { [ "$(grep -ac "q quits" "$EVG_TMP/screen")" -ge 3 ]; }
: >"$EVG_TMP/screen"
(wait_for 20 "three frames" has_frames && printf q) |
	TERM=xterm timeout $((30 * SLOW)) script -qfec \
	"stty rows 30 cols 90; evergreen top; echo status \$?; stty -a" /dev/null >"$EVG_TMP/screen" ||
	fail "top in a terminal: $(cat "$EVG_TMP/screen")"
grep -aq "status 0" "$EVG_TMP/screen" || fail "top's status"
grep -aq $'\033\\[?1049l' "$EVG_TMP/screen" || fail "the screen is not given back"
grep -aq " icanon" "$EVG_TMP/screen" || fail "the terminal is not as it was"
refused 1 "no /dev/evg77" evergreen top --once 77
