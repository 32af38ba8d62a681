#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk in use is not detached: one line, exit status 1, and the disk goes
# on.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
exec 9<"/dev/$disk"
refused 1 "/dev/$disk is in use; unmount it, or use --force" evergreen detach "$disk"
check_read "/dev/$disk"
expect_eq "link_state" "$(value "$disk" link_state)" online
exec 9<&-
