#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The server cannot read some blocks of the image: these are errors, and nothing
# else is, though it is read together with them; a proof does without them.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# Serve the image with these blocks bad, by the log of a rescue.
serve_bad() { # BLOCK...
	local block at=0

	echo "0x0 +" >"$EVG_TMP/mapfile"
	for block in "$@"; do
		[ "$block" = $at ] || printf '0x%x 0x%x +\n' $((at * 4096)) $(((block - at) * 4096))
		printf '0x%x 0x%x -\n' $((block * 4096)) 4096
		at=$((block + 1))
	done >>"$EVG_TMP/mapfile"
	[ $at = $blocks ] || printf '0x%x 0x%x +\n' $((at * 4096)) $(((blocks - at) * 4096)) \
		>>"$EVG_TMP/mapfile"
	server_start "$IMAGE" --filter=ddrescue "ddrescue-mapfile=$EVG_TMP/mapfile"
}

helper_says() { # FILTER
	evergreen status --json "$disk" | jq -c "$1"
}

is_done() {
	[ "$(helper_says .prefetch.doing)" = null ] && has_value "$disk" filled_bytes "$1"
}

net_make
make_fs "$CACHES"
make_image "$IMAGE" 1 8
blocks=2048

say "a cache is made though the image's last block and some others are bad"
serve_bad 40 41 700 2047
attach --grace 0 --cache "$CACHES/a" "$URI"

say "of what is read together only the bad blocks fail"
check_read -d -b 4096 -t 16 -e 4 "/dev/$disk"
expect_eq "bad blocks" "$(helper_says '.server_bad | map([.first, .count]) | sort')" \
	"[[40,2],[700,1],[2047,1]]"
evergreen why "$disk" | grep -q '(server) ' || fail "why does not tell of them"
check_read -b 131072 -e 4 "/dev/$disk"
detach "$disk"

say "nor does prefetch leave out their neighbours"
rm -r "$CACHES/a"
attach --grace 0 --hydrate --cache "$CACHES/a" "$URI"
wait_for 30 "all but four blocks to come" is_done $(((blocks - 4) * 4096))
server_stop
wait_state "$disk" offline
check_read -d -b 4096 -e 4 "/dev/$disk"

say "another block goes bad, which the fingerprint has"
serve_bad 0 1000
wait_state "$disk" online
check_read -d -b 4096 -e 0 -o 163840 -n 8192 "/dev/$disk"
detach "$disk"

say "with the server whole again so is the disk"
server_stop
server_start "$IMAGE"
attach --grace 0 --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
expect_eq "bad blocks" "$(helper_says '.server_bad')" "[]"
