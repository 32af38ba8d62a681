#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Single bits of the map flip while it is detached. In a header: the other one
# counts; in both: refused in one line. In a page: the older slot or none counts.
# With the server gone, no byte is wrong.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
attach --cache "$CACHES/a" "$URI"
check_read -d -n 2097152 "/dev/$disk"
detach "$disk"
server_stop
cp "$CACHES/a/map" "$EVG_TMP/map"

flip_more() { # BYTE BIT
	local old

	old=$(od -An -tu1 -j "$1" -N 1 "$CACHES/a/map")
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %03o $((old ^ (1 << $2))))" |
		dd of="$CACHES/a/map" bs=1 seek="$1" conv=notrunc status=none
}

flip() { # BYTE BIT
	cp "$EVG_TMP/map" "$CACHES/a/map"
	flip_more "$@"
}

flips=0
for byte in 0 9 16 33 50 80 400 4092; do
	flip $byte $((byte % 8))
	attach --grace 0 --cache "$CACHES/a" "$URI"
	check_read -d -b 4096 -e any "/dev/$disk"
	expect_eq "bytes served by the other header" "$(field bytes)" 2097152
	detach "$disk"
	flip $byte $((byte % 8))
	flip_more $((byte + 4096)) $((byte % 8))
	refused 1 "$CACHES/a" evergreen attach --cache "$CACHES/a" "$URI"
	flips=$((flips + 1))
done
size=$(stat -c %s "$EVG_TMP/map")
for byte in 8192 8200 8321 12255 12258 12264 12272 12280 12285 12288 12300 16352; do
	[ $byte -lt "$size" ] || continue
	flip $byte $((byte % 7))
	if ! evergreen check "$CACHES/a" >"$EVG_TMP/check" 2>&1; then
		tail -n 1 "$EVG_TMP/check"
	fi
	attach --grace 0 --cache "$CACHES/a" "$URI"
	check_read -d -b 4096 -e any "/dev/$disk"
	detach "$disk"
	flips=$((flips + 1))
done
figure "bits flipped" $flips
