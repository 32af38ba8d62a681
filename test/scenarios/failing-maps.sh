#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=300
# evg: kernel=6.12
# Maps that cannot be read or written for a while, and evictions of what is fetched.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts map-write-fails evict-of-a-fetch map-page-unreadable
