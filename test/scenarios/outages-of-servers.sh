#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=300
# evg: kernel=6.12
# The ways in which a server is lost.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts outage-server-killed outage-server-stopped \
	half-open-connection settings-while-reads-wait two-disks-one-outage
