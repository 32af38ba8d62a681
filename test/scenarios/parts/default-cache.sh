#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Without --cache each URI has a cache of its own under /var/cache/evergreen,
# found again by the same URI.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
make_image "$EVG_TMP/other" 2 2
PORT=10810 server_start "$EVG_TMP/other"
mkdir -p /var/cache/evergreen
make_fs /var/cache/evergreen
attach "$URI"
one=$disk
attach "nbd://$FAR:10810/"
check_read "/dev/$one"
check_read -i 2 "/dev/$disk"
expect_eq "caches" "$(find /var/cache/evergreen -name map | wc -l)" 2
detach "$one"
server_stop
attach --grace 0 "$URI"
check_read "/dev/$disk"
detach evg0
detach evg1
umount /var/cache/evergreen
