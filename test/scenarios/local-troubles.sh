#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=420
# evg: mem=1024
# What is local fails or is odd, and what is remote serves; and one bad block of
# the server's is one.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts cache-has-bad-sectors cache-takes-no-writes server-has-bad-blocks \
	cache-on-odd-file-systems cache-in-a-home sectors-of-4096
