#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=2400
# Twenty minutes of random faults on links, helpers, memory and disks, while readers
# compare every byte. Environment: EVG_SEED, EVG_SECONDS.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/thrash.sh
. "$EVG_REPO/test/scenarios/lib/thrash.sh"

thrash "${EVG_SEED:-$(date +%s)}" "${EVG_SECONDS:-1200}"
