#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=600
# evg: kernel=6.12
# What was missed, by name, in an outage and in a drill.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts why-names-files drill-until-green text-for-people \
	nowait-and-accounting
