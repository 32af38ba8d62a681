#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache directory on XFS: cold, warm and offline.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
make_fs "$EVG_TMP/xfs" 320 xfs
make_image "$EVG_TMP/larger" 1 8
PORT=10810 server_start "$EVG_TMP/larger"
attach --grace 0 --cache "$EVG_TMP/xfs/a" "nbd://$FAR:10810/"
check_read -d -b 65536 -n 4194304 "/dev/$disk"
server_stop KILL 10810
wait_state "$disk" offline
check_read -b 4096 -n 4194304 "/dev/$disk"
check_read -d -b 65536 -o 4325376 -e all "/dev/$disk"
detach "$disk"
umount "$EVG_TMP/xfs"
