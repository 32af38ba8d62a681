#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: timeout=600
# evg: kernel=6.12
# What is fetched before anybody asks.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts prefetch-function function-fault hydrate-with-rate hydrate-resumes \
	ledger-is-fetched-first working-set-on-attach leaving \
	prefetch-pauses-in-outage control-socket
