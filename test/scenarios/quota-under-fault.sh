#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=600
# evg: kernel=6.12
# Eviction under readers, helpers that end in the midst of it, what is refused, and
# heat that outlives the disk.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts quota-and-readers quota-helper-killed-between quota-errors \
	heat-survives-restart
