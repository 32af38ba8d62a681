#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=240
# The life of a disk, and of the module under it.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts attach-detach-again attach-offline detach-busy \
	detach-forced-mounted detach-with-io rmmod-refused write-refused
