#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who asks for the map is told what was filled and where, over a page's end, and
# when its pages are not loaded yet, too.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 80
attach --grace inf --cache "$CACHES/a" "$URI"
check_read -d -n 1048576 "/dev/$disk"
check_read -d -o 66060288 -n 1048576 "/dev/$disk"
told=$(look "${disk#evg}" map where)
expect_eq "the map's word" "$told" "0+256
16128+256
present=512"
expect_eq "bytes filled" "$(value "$disk" filled_bytes)" $((512 * 4096))
detach "$disk"

say "of pages that are not loaded yet"
server_stop
attach --grace inf --cache "$CACHES/a" "$URI"
expect_eq "the map's word" "$(look "${disk#evg}" map where)" "$told"
