#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=600
# evg: kernel=6.12
# What the command says of the next outage.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts ready-and-status sick-helper-is-told map-and-top
