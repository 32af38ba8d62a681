#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=240
# The netlink family and sysfs.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts netlink-refusals netlink-fuzz sysfs-one-value-a-file who-may-look \
	helper-by-hand
