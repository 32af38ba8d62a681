#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=240
# evg: kernel=6.12
# Links that lose packets, flap, or are gone while cached blocks are read.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts lossy-link flapping-link readahead-never-waits \
	checkerboard-offline tracepoints
