#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The server does not know the export: one line that names it.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
server_stop
serve_with 10809 qemu-nbd -r -t -e 8 -p 10809 -x right -f raw "$IMAGE"
refused 1 "wrong" evergreen attach --cache "$CACHES/a" "${URI}wrong"
attach --cache "$CACHES/a" "${URI}right"
check_read "/dev/$disk"
