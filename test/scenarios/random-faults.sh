#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=600
# evg: kernel=6.12
# evg: append=slub_debug=FZPU kfence.sample_interval=1
# Half a minute of random faults on links, helpers, memory and disks, while
# readers compare every byte. The kernel checks its slabs for overruns and use
# after free as far as a stock kernel can. Environment: EVG_SEED, EVG_SECONDS.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/thrash.sh
. "$EVG_REPO/test/scenarios/lib/thrash.sh"

PACE_MS=500 REST_MS=200 EPOCH_MS=13000 IMAGE_MIB=6
thrash "${EVG_SEED:-1}" "${EVG_SECONDS:-26}"
