# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
# What a cache with a quota takes.

# shellcheck source=test/scenarios/lib/prefetching.sh
. "$EVG_REPO/test/scenarios/lib/prefetching.sh"

MIB=1048576

taken() { # CACHE: bytes
	local blocks

	blocks=$(stat -c %b "$1/clean" "$1/map" | paste -s -d +)
	echo $(((blocks) * 512))
}

takes_at_most() { # CACHE BYTES
	[ "$(taken "$1")" -le "$2" ]
}

# The most that it takes at any time, ten times a second, until watch_end.
watch_begin() { # CACHE
	touch "$EVG_TMP/watching"
	while [ -e "$EVG_TMP/watching" ]; do
		taken "$1"
		sleep 0.1
	done >"$EVG_TMP/watched" &
	watch_pid=$!
}

watch_end() { # the most into $most
	rm "$EVG_TMP/watching"
	wait "$watch_pid"
	most=$(sort -n "$EVG_TMP/watched" | tail -n 1)
	expect_ge "samples" "$(wc -l <"$EVG_TMP/watched")" 3
}

evicted() { # DISK: bytes
	value "$1" evicted_bytes
}

# The link is cut, and stays so.
cut() {
	server_stop
	wait_state "$disk" offline
}
