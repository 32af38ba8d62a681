#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=300
# Who made a disk, who scans it and who removes it do not get in each other's way.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts remove-races-add namespace-goes map-opened-again log-is-not-flooded \
	scan-in-outage partitions-come-with-link
