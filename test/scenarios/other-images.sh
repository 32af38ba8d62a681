#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# evg: kernel=6.12
# Another image where the cache's own is expected.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts other-image-is-stale other-image-under-a-live-helper image-changes-in-place \
	other-size-is-stale cache-of-another-image
