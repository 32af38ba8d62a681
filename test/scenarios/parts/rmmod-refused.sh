#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module is not unloaded under a disk; without disks it is, and comes
# back.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
attach --cache "$CACHES/a" "$URI"
rmmod evergreen 2>"$EVG_TMP/said" && fail "unloaded under a disk"
sed 's/^/  /' "$EVG_TMP/said"
check_read "/dev/$disk"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
rmmod evergreen 2>/dev/null && fail "unloaded under a disk without helper"
detach "$disk"
wait_for 5 "the module to be free" rmmod evergreen
refused 1 "not loaded" evergreen attach --cache "$CACHES/a" "$URI"
insmod "$EVG_REPO/build/$(uname -r)/evergreen.ko"
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
