#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=400
# Helpers that play a part of their own against the kernel.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts credit-window helper-that-fails-fetches \
	helper-that-never-answers helper-that-quits \
	helper-with-old-generation helper-without-room hostile-helper \
	fill-when-stale readahead-is-not-starved flap-storm
