#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An outage: every packet is lost, both ways.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/outage.sh
. "$EVG_REPO/test/scenarios/lib/outage.sh"

outage loss
