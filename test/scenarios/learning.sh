#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=600
# What the kernel knows of a disk's blocks and reads, and tells.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts drill-in-a-cgroup evict-under-readers heat-is-counted map-is-told \
	misses-are-remembered
