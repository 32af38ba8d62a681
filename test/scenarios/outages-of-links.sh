#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=300
# evg: newest
# The ways in which a network is lost.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts outage-all-packets-lost outage-black-hole outage-carrier-lost \
	outage-link-down
