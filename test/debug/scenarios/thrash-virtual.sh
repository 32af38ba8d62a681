#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: icount
# evg: needs=blockdev,nsenter,ss,qemu-nbd
# evg: timeout=3600
# An hour of random faults on a virtual clock, some of them long, while readers
# compare every byte. Environment: EVG_SEED, EVG_SECONDS.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/thrash.sh
. "$EVG_REPO/test/scenarios/lib/thrash.sh"

# Most of the time nothing happens, which costs nothing.
PACE_MS=40000 REST_MS=2000 EPOCH_MS=300000
thrash "${EVG_SEED:-1}" "${EVG_SECONDS:-3600}"
