#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The cache's file system has room for a part of the image. All is right all
# the same: what finds no room passes through. Cached blocks stay when the
# link goes.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 24
make_fs "$EVG_TMP/small" 16
attach --grace 0 --cache "$EVG_TMP/small/a" "$URI"
check_read -d -b 131072 -t 2 "/dev/$disk"
expect_ge "inlined_bytes" "$(value "$disk" inlined_bytes)" 4194304
check_read "/dev/$disk"
figure "MiB kept of 24, cache of 16" $(($(value "$disk" filled_bytes) >> 20))
expect_eq "failed" "$(value "$disk" failed)" 0

say "offline, what was kept is there"
server_stop
wait_state "$disk" offline
check_read -d -b 4096 -e any "/dev/$disk"
kept=$(field bytes)
expect_eq "bytes read and bytes filled" "$kept" "$(value "$disk" filled_bytes)"
expect_ge "bytes kept" "$kept" 4194304

say "and attaches again, full as it is"
detach "$disk"
attach --grace 0 --cache "$EVG_TMP/small/a" "$URI"
check_read -d -b 4096 -e any "/dev/$disk"
expect_eq "bytes kept over a new attach" "$(field bytes)" "$kept"
server_start "$IMAGE"
wait_state "$disk" online
check_read "/dev/$disk"
detach "$disk"
umount "$EVG_TMP/small"
