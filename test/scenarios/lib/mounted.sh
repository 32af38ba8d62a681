# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
# A file system of small files that is mounted while the link goes and comes.

make_tree() {
	local i

	mkdir -p "$EVG_TMP/tree/used" "$EVG_TMP/tree/cold"
	for i in 1 2 3 4 5 6 7 8; do
		head -c $((i * 20000)) /dev/urandom >"$EVG_TMP/tree/used/$i"
		head -c $((i * 40000)) /dev/urandom >"$EVG_TMP/tree/cold/$i"
	done
}

# The files of a directory are the same in the mount and in the tree.
same_files() { # DIR
	diff -r "$EVG_TMP/tree/$1" "$EVG_TMP/mnt/$1" ||
		fail "$1: not what the tree has"
}

# Readable or not, no byte of them may differ; how many could not be read.
unreadable_files() { # DIR
	local i count=0

	for i in 1 2 3 4 5 6 7 8; do
		if cat "$EVG_TMP/mnt/$1/$i" >"$EVG_TMP/seen" 2>/dev/null; then
			cmp -s "$EVG_TMP/tree/$1/$i" "$EVG_TMP/seen" ||
				{ echo wrong && return; }
		else
			count=$((count + 1))
		fi
	done
	echo $count
}

mounted_over_an_outage() { # TYPE
	local begun unreadable

	net_make
	make_fs "$CACHES"
	server_start "$IMAGE"
	attach --grace 2 --cache "$CACHES/a" "$URI"
	mkdir "$EVG_TMP/mnt"
	mount -t "$1" -o ro "/dev/$disk" "$EVG_TMP/mnt"
	ls -lR "$EVG_TMP/mnt" >/dev/null
	same_files used
	figure "KiB of $(($(stat -c %s "$IMAGE") >> 10)) fetched" \
		$(($(value "$disk" filled_bytes) >> 10))

	say "cut"
	link_cut black-hole
	begun=$(now_ms)
	unreadable=$(unreadable_files cold)
	figure "files that could not be read, of 8" "$unreadable"
	expect_match "files that could not be read" "$unreadable" '^[1-8]$'
	expect_le "time for 8 files that fail, ms" $(($(now_ms) - begun)) \
		$((DETECT * 1000 + 2000 + 2 * SLACK_MS))
	wait_state "$disk" offline
	drop_caches
	same_files used
	expect_eq "the file system is mounted" "$(findmnt -n -o FSTYPE "$EVG_TMP/mnt")" "$1"

	say "mended"
	link_mend black-hole
	wait_state "$disk" online
	same_files cold
	same_files used
	umount "$EVG_TMP/mnt"
}
