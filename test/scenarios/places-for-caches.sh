#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=300
# evg: newest
# Where a cache may live, and what happens when it has no room or fails.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts cache-on-tmpfs cache-on-xfs cache-full cache-full-of-holes cache-in-use \
	cache-cannot-read default-cache bdev-cache bdev-cache-too-small sparse-cache \
	driver-refuses-caches
