#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=240
# After an outage "why" names the program, the file, how much of it, what became
# of it, and whether it is there now: on ext4, squashfs and erofs.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/mounted.sh
. "$EVG_REPO/test/scenarios/lib/mounted.sh"

make_fs_image() { # TYPE
	case $1 in
	ext4)	truncate -s 16M "$IMAGE"
		mkfs.ext4 -q -F -b 4096 -d "$EVG_TMP/tree" "$IMAGE" ;;
	squashfs)	mksquashfs "$EVG_TMP/tree" "$IMAGE" -comp "$2" -noappend \
			-quiet -no-progress ;;
	erofs)	mkfs.erofs "$IMAGE" "$EVG_TMP/tree" >/dev/null ;;
	esac
}

# Of what the program in $1 missed in file $2: the value of a key.
why_value() { # PROGRAM PATH KEY
	jq -r --arg program "$1" --arg path "$2" --arg key "$3" \
		'[.[] | select(.program == $program and .path == $path) | .[$key]] | add // 0' \
		"$EVG_TMP/why"
}

ask_why() {
	evergreen why --json "$disk" >"$EVG_TMP/why"
}

is_there_now() { # PROGRAM PATH
	ask_why
	[ "$(why_value "$1" "$2" present_bytes)" = "$(why_value "$1" "$2" bytes)" ]
}

start() { # TYPE PORT [COMPRESSION]
	local mnt=$EVG_TMP/mnt-$1

	IMAGE=$EVG_TMP/image-$1
	make_fs_image "$1" "${3:-}"
	PORT=$2 server_start "$IMAGE"
	attach --grace 0 --cache "$CACHES/$1" "nbd://$FAR:$2/"
	disk_of[$1]=$disk
	mkdir "$mnt"
	mount -t "$1" -o ro "/dev/$disk" "$mnt"
	ls -lR "$mnt" >/dev/null
	cat "$mnt"/used/* >/dev/null
	expect_eq "misses remembered without an outage" "$(evergreen why --json "$disk")" "[]"
}

in_the_outage() { # TYPE
	local mnt=$EVG_TMP/mnt-$1 begun

	say "$1"
	disk=${disk_of[$1]}
	wait_state "$disk" offline
	cat "$mnt"/used/* >/dev/null || fail "what was read before cannot be read"
	! cat "$mnt/cold/7" >/dev/null 2>&1 || fail "cold/7 was cached"
	! head -c 100 "$mnt/cold/5" >/dev/null 2>&1 || fail "cold/5 was cached"
	begun=$(now_ms)
	ask_why
	expect_le "time of why, ms" $(($(now_ms) - begun)) $((10000 * SLOW))
	evergreen why "$disk"
	expect_ge "bytes that cat missed of cold/7" "$(why_value cat "$mnt/cold/7" bytes)" 4096
	expect_eq "of these there now" "$(why_value cat "$mnt/cold/7" present_bytes)" 0
	expect_ge "reads that failed" "$(why_value cat "$mnt/cold/7" failed)" 1
	expect_ge "bytes that head missed of cold/5" \
		"$(why_value head "$mnt/cold/5" bytes)" 4096
	expect_eq "files that nobody missed" \
		"$(jq '[.[] | select(.path // "" | test("/used/|/cold/[123468]"))] | length' "$EVG_TMP/why")" 0
}

after_it() { # TYPE
	local mnt=$EVG_TMP/mnt-$1

	disk=${disk_of[$1]}
	wait_state "$disk" online
	wait_for 20 "cold/7 to be fetched by itself" is_there_now cat "$mnt/cold/7"
	evergreen why "$disk" | grep -q "cat .* cached .*$mnt/cold/7" ||
		fail "why does not say that cold/7 is cached"
	umount "$mnt"
}

declare -A disk_of
net_make
make_fs "$CACHES"
make_tree
start ext4 10809
start squashfs 10810 xz
start erofs 10811
link_cut link-down
drop_caches
in_the_outage ext4
in_the_outage squashfs
in_the_outage erofs
link_mend link-down
after_it ext4
after_it squashfs
after_it erofs
