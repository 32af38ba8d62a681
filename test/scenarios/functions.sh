#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=600
# evg: kernel=6.12
# evg: mem=1024
# Functions of applications: recorded, given to others.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts record-is-faithful record-on-squashfs record-start-stop \
	import-of-another-image functions-outlive-cache
