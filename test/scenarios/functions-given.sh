#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=600
# evg: kernel=6.12
# evg: mem=1024
# What goes with functions: metadata, other clients, files that are hoarded.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts metadata-is-enough import-of-another-image hoard-runs-offline
