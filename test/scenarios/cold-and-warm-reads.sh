#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: mem=1024
# evg: timeout=300
# evg: newest
# Reads with the server there: every byte right, every block fetched once.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts cold-read-equals-image warm-read-without-server \
	parallel-misses-fetch-once overlapping-reads partitions-appear \
	odd-size-image many-disks
