# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Functions written by hand, and what the helper says over its control socket.

# A function of these blocks; for an image of $IMAGE's size.
write_function() { # HOME NAME FIRST:COUNT...
	local home=$1 name=$2 range ranges= image

	shift 2
	for range in "$@"; do
		ranges+="${ranges:+,}[${range/:/,}]"
	done
	# As recorded with this cache, else as with another one of this image.
	image=$(header image "$home" 2>/dev/null) || image=$(printf \
		'{ "bytes": %s, "fingerprint": "%s", "samples": [0] }' \
		"$(stat -c %s "$IMAGE")" "$(head -c 4096 "$IMAGE" | sha256sum | head -c 64)")
	mkdir -p "$home/functions"
	cat >"$home/functions/$name.json" <<-JSON
		{ "format": "evergreen-function", "version": 1, "name": "$name",
		  "weight": ${WEIGHT:-100}, "pinned": ${PINNED:-false}, "recorded": 0,
		  "block_bytes": 4096,
		  "image": $image,
		  "ranges": [$ranges] }
	JSON
}

ask_ok() { # DISK LINE...
	local reply

	reply=$(ask "$@") || fail "the helper did not answer '${*:2}'"
	expect_eq "the answers to '${*:2}' ($reply)" \
		"$(jq -c .ok <<<"$reply" | sort -u)" true
}

ask_refused() { # DISK LINE
	expect_eq "the answer to '$2'" "$(ask "$1" "$2" | jq -c .ok)" false
}

status_of() { # DISK JQ-EXPRESSION
	ask "$1" status | jq -c "$2"
}

absent_of() { # DISK FUNCTION: bytes, or null when it is not known yet
	status_of "$1" ".functions[] | select(.name == \"$2\") | .absent_bytes"
}

is_whole() { # DISK FUNCTION
	[ "$(absent_of "$1" "$2")" = 0 ]
}

wait_whole() { # DISK FUNCTION [SECONDS]
	wait_for "${3:-20}" "the function $2 to be whole" is_whole "$1" "$2"
}

prefetch_idle() { # DISK
	[ "$(status_of "$1" .prefetch.doing)" = null ]
}

last_connection() {
	sed -n 's/.* connection=\([0-9]*\) .*/\1/p' "$(server_log)" | sort -n | tail -n 1
}

# Reads of more than one block that the server was asked for, in their order:
# FIRST:COUNT each.
blocks_served() {
	blocks_served_after 0
}

# On later connections only: what an outage has kept from the server comes when
# the link is back.
blocks_served_after() { # CONNECTION
	reads_served | awk -v "after=$1" '
	$3 > 4096 && $1 > after { print $2 / 4096 ":" $3 / 4096 }'
}
