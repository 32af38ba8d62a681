#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=240
# Helpers that are killed, stopped and replaced.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts helper-killed helper-restarted-under-mount helper-stopped \
	helper-stopped-grace-0 status-with-a-sick-disk another-cache-is-refused
