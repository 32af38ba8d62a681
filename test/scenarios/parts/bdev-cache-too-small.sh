#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A block device that the image does not fit on is refused in one line, and
# is left as it was.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

net_make
make_image "$IMAGE" 1 32
server_start "$IMAGE"
truncate -s 16M "$EVG_TMP/small"
modprobe loop
loop=$(losetup -f --show "$EVG_TMP/small")
refused 1 "$loop.*needs" evergreen attach --cache "$loop" "$URI"
cmp -n 16777216 "$loop" /dev/zero || fail "it was written to"
losetup -d "$loop"
