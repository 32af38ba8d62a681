#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=300
# evg: kernel=6.12
# Caches that were damaged, copied or made by an older program, while detached.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts map-bit-flips map-truncated clean-truncated foreign-map copies-of-caches \
	format-1-is-converted
