#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An outage: the carrier is up and requests arrive, but no answer does.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"
# shellcheck source=test/scenarios/lib/outage.sh
. "$EVG_REPO/test/scenarios/lib/outage.sh"

outage black-hole
