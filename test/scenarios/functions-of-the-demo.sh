#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: disk=3000
# evg: mem=1024
# evg: timeout=600
# evg: kernel=6.12
# Each application of the demo, recorded once, runs from a cache that has never
# held anything but the metadata and its function, with the server gone; no read
# fails.  The functions come to that cache by export and import.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

IMAGE=$EVG_REPO/build/demo/image
[ -e "$IMAGE" ] || skip "there is no build/demo/image; demo/run makes it"

names=(gcc python ls lua perl sqlite)
declare -A command=(
	[gcc]="gcc -O2 -o /tmp/queens /tmp/queens.c && /tmp/queens 8"
	[python]="python3 -c 'import decimal, json, sqlite3; print(json.dumps({1: str(decimal.Decimal(2).sqrt())}))'"
	[ls]="ls -lR /usr/lib/python3 /usr/bin | wc -l"
	[lua]="lua -e 'print(#(\"evergreen\"):rep(1000))'"
	[perl]="perl -MPOSIX=floor -e 'print floor(2.5), qq(\\n)'"
	[sqlite]="sqlite3 :memory: 'select 6*7'"
)

mount_root() {
	mount -o ro "/dev/$disk" "$EVG_TMP/mnt"
	mount -t tmpfs tmpfs "$EVG_TMP/mnt/tmp"
	mount --bind /dev "$EVG_TMP/mnt/dev"
	cp "$EVG_REPO/demo/apps/queens.c" "$EVG_TMP/mnt/tmp"
}

umount_root() {
	umount "$EVG_TMP/mnt/dev" "$EVG_TMP/mnt/tmp" "$EVG_TMP/mnt"
}

run() { # NAME [PREFIX...]
	local name=$1

	shift
	"$@" chroot "$EVG_TMP/mnt" /usr/bin/env -i PATH=/usr/bin:/usr/sbin \
		HOME=/tmp LC_ALL=C PYTHONDONTWRITEBYTECODE=1 \
		/bin/sh -c "${command[$name]}"
}

modprobe -a loop ext4
net_make
mkfs.ext4 -q -F "$EVG_DISK"
mkdir -p "$CACHES" "$EVG_TMP/mnt" "$EVG_TMP/given"
mount "$EVG_DISK" "$CACHES"
server_start "$IMAGE"
attach --grace inf --cache "$CACHES/a" "$URI"
mount_root

begun=$(now_ms)
evergreen metadata "$disk"
figure "metadata, ms" $(($(now_ms) - begun))
for name in "${names[@]}"; do
	run "$name" evergreen record "$disk" "$name" -- >"$EVG_TMP/$name.recorded" ||
		fail "$name does not run"
done
export_functions "$EVG_TMP/given" metadata "${names[@]}"
umount_root
detach "$disk"

say "an empty cache for each function"
rm -r "$CACHES/a"
declare -A disk_of
for name in "${names[@]}"; do
	attach --grace 0 --cache "$CACHES/$name" "$URI"
	disk_of[$name]=$disk
	import_functions "$EVG_TMP/given" metadata "$name"
	fetch_functions metadata "$name"
done

say "the server is gone"
link_cut killed
for name in "${names[@]}"; do
	disk=${disk_of[$name]}
	wait_state "$disk" offline
	drop_caches
	mount_root
	run "$name" >"$EVG_TMP/$name.offline" 2>"$EVG_TMP/said" ||
		fail "$name does not run offline: $(cat "$EVG_TMP/said")"
	cmp "$EVG_TMP/$name.recorded" "$EVG_TMP/$name.offline" ||
		fail "$name says something else"
	no_read_failed "$name"
	figure "KiB of $name" $(($(evergreen function show --json "$disk" "$name" | jq .bytes) >> 10))
	umount_root
	detach "$disk"
done
