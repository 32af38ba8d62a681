#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=600
# evg: kernel=6.12
# A cache with a quota: it is kept, and the right blocks go.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts quota-is-kept quota-survives-scan quota-not-offline quota-pinned-stays
