#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: mem=1024
# evg: timeout=240
# What is said to people and not to programs: tables, lines of status, and of
# why; with a mount point of more than one word.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

says() { # REGEX COMMAND...
	local regex=$1 said

	shift
	said=$("$@") || fail "'$*' failed: $said"
	echo "$said"
	grep -qE -- "$regex" <<<"$said" || fail "'$*' does not say '$regex'"
}

is_in_status() { # REGEX
	evergreen status "$disk" | grep -qE "$1"
}

make_small_system 32
start_functions ext4
mnt="$EVG_TMP/two words"
mkdir "$mnt"
mount -t ext4 -o ro "/dev/$disk" "$mnt"
says "evg.: no misses are remembered" evergreen why "$disk"

say "functions"
says "^FUNCTION +SIZE +CACHED +WEIGHT +PINNED +RECORDED +COMMAND$" \
	evergreen function list "$disk"
evergreen record --weight 7 --pin "$disk" sum -- chroot "$mnt" /bin/sum /data/one
says "^sum .* 100 % +7 pinned +20[0-9-]+ [0-9:]+ +chroot .*two words" \
	evergreen function list "$disk"
says "^  weight    7 of 1000, pinned$" evergreen function show "$disk" sum
says "^  cached    100 % of it$" evergreen function show "$disk" sum
# What comes from others cannot speak to the terminal.
evergreen function export "$disk" sum | jq '.command = "a\u001b[31mb"' >"$EVG_TMP/red.json"
evergreen function import --name red "$disk" "$EVG_TMP/red.json"
says "^red .* a\?\[31mb$" evergreen function list "$disk"
evergreen record --append --weight 9 "$disk" sum -- chroot "$mnt" /bin/sum /data/two
says "^sum .* 9 pinned" evergreen function list "$disk"
refused 2 "is not 1 to 1000" evergreen record --weight 1001 "$disk" more -- true

say "status"
evergreen set "$disk" --quota 24M --rate 1M --hydrate on
says "^  hydrate   the whole image" evergreen status "$disk"
says "^  rate      at most 1 MiB/s" evergreen status "$disk"
says "^  quota     24 MiB, .* used" evergreen status "$disk"
evergreen leaving "$disk" >"$EVG_TMP/leaving" 2>&1 &
wait_for 10 "status to speak of leaving" is_in_status "^  leaving   in "
evergreen leaving --cancel "$disk"
wait $! || :
evergreen set "$disk" --hydrate off --rate none --quota none

say "misses"
umount "$mnt"
detach "$disk"
attach --grace 0 --cache "$CACHES/b" "$URI"
mount -t ext4 -o ro "/dev/$disk" "$mnt"
ls -lR "$mnt" >/dev/null
server_stop
wait_state "$disk" offline
! cat "$mnt/many/"* >/dev/null 2>&1 || fail "all of it was cached"
dd if="/dev/$disk" of=/dev/null bs=4096 skip=$((30 << 8)) count=1 iflag=direct status=none &&
	fail "the last blocks were cached"
says "cat .* missing .*$mnt/many/[0-9]+" evergreen why "$disk"
umount "$mnt"
says "no mounted file system" evergreen why "$disk"
