#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An outage: the interface is set down.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/outage.sh
. "$EVG_REPO/test/scenarios/lib/outage.sh"

outage link-down
