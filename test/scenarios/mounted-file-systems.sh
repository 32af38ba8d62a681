#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=300
# File systems, mounted over an outage.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts ext4-outlives-outage erofs-outlives-outage \
	squashfs-outlives-outage xfs-short-outage-is-no-shutdown \
	boot-without-network
