#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# erofs, mounted, over an outage: files used before are read right, others
# fail with an error within detect + grace, and the file system lives.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/mounted.sh
. "$EVG_REPO/test/scenarios/lib/mounted.sh"

make_tree
mkfs.erofs "$IMAGE" "$EVG_TMP/tree" >/dev/null
mounted_over_an_outage erofs
