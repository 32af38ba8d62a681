#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss,mkfs.xfs,losetup,tac,jq
# evg: mem=2048
# evg: timeout=600
# evg: kernel=6.12
# On a virtual clock, where figures do not depend on the machine.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts hits-with-parked-misses high-latency-is-pipelined \
	huge-disk-attaches long-outages long-sleep prefetch-below-demand
