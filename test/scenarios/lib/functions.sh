# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0
# Functions of applications: a small system to record them in, and their way to
# another cache.

DETECT=10		# links are cut by killing the server, which is seen at once

# A tree with a few dynamically linked programs of this machine, their
# libraries, a script and data; then an image of it: $IMAGE.
make_small_system() { # MIB [TYPE]
	local tree=$EVG_TMP/tree program library i

	rm -rf "$tree"
	mkdir -p "$tree"/{bin,data,etc,tmp,dev,many}
	for program in sum sleep cat ls bash env; do
		cp "$(type -P $program)" "$tree/bin/$program"
	done
	ldd "$tree"/bin/* | sed -nE 's,.*[[:space:]](/[^ ]+) \(0x.*,\1,p' | sort -u |
		while read -r library; do
			install -D "$library" "$tree$library"
		done
	head -c 1500000 /dev/urandom >"$tree/data/one"
	head -c 1500000 /dev/urandom >"$tree/data/two"
	for i in {1..60}; do
		head -c $((i * 123)) /dev/urandom >"$tree/many/$i"
	done
	ln -s ../data/one "$tree/many/link"
	# shellcheck disable=SC2016
	printf '#!/bin/env bash\nwhile read -r line; do echo "$line"; done </etc/motd\n' \
		>"$tree/bin/script"
	chmod 755 "$tree/bin/script"
	echo "evergreen" >"$tree/etc/motd"
	case ${2:-ext4} in
	ext4)	truncate -s "${1}M" "$IMAGE"
		mkfs.ext4 -q -F -b 4096 -d "$tree" "$IMAGE" ;;
	squashfs) mksquashfs "$tree" "$IMAGE" -noappend -quiet -no-progress -comp gzip ;;
	erofs)	mkfs.erofs --quiet -zlz4 "$IMAGE" "$tree" ;;
	esac
}

# A network, a server with that image, a disk with an empty cache.
start_functions() { # TYPE
	modprobe loop
	modprobe "$1"
	net_make
	make_fs "$CACHES"
	server_start "$IMAGE"
	attach --grace inf --cache "$CACHES/a" "$URI"
	mkdir -p "$EVG_TMP/mnt"
}

export_functions() { # DIR NAME...
	local dir=$1 name

	mkdir -p "$dir"
	shift
	for name in "$@"; do
		evergreen function export "$disk" "$name" "$dir/$name.json"
	done
}

import_functions() { # DIR NAME...
	local dir=$1 name

	shift
	for name in "$@"; do
		evergreen function import --trust "$disk" "$dir/$name.json"
	done
}

are_cached() { # NAME...
	local name

	for name in "$@"; do
		evergreen function show --json "$disk" "$name" |
			jq -e '.bytes == .present_bytes' || return 1
	done
}

# Into the cache by reading their blocks, whatever the helper does by itself.
fetch_functions() { # NAME...
	local name

	for name in "$@"; do
		evergreen function export "$disk" "$name" |
			sed -nE 's/^ +\[([0-9]+), ([0-9]+)\],?$/\1 \2/p' |
			fetch "/dev/$disk" || fail "$name cannot be read"
	done
	are_cached "$@" >/dev/null || fail "not all of $* is cached"
}

# The disk goes, and comes again with an empty cache into which only these
# functions come; its misses fail at once.
carry_to_new_cache() { # CACHE NAME...
	local cache=$1

	shift
	export_functions "$EVG_TMP/given-$cache" "$@"
	detach "$disk"
	attach --grace 0 --cache "$CACHES/$cache" "$URI"
	import_functions "$EVG_TMP/given-$cache" "$@"
	fetch_functions "$@"
	figure "KiB fetched for $* of $(($(stat -c %s "$IMAGE") >> 10))" \
		$(($(value "$disk" filled_bytes) >> 10))
}

# Not one that somebody needed; readahead may go beyond a function, and fails
# unseen.
no_read_failed() { # WHAT
	[ "$(value "$disk" ledger)" != 0 ] || return 0
	evergreen why "$disk" || :
	fail "reads of $1 failed"
}
