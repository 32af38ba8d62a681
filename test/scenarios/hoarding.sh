#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=600
# evg: kernel=6.12
# evg: mem=1024
# Files and the file systems' own blocks, fetched for the time without a link.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts metadata-is-enough hoard-runs-offline functions-on-partitions
