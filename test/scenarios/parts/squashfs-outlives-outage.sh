#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# squashfs, mounted, over an outage: files used before are read right, others
# fail with an error within detect + grace, and the file system lives.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/mounted.sh
. "$EVG_REPO/test/scenarios/lib/mounted.sh"

make_tree
mksquashfs "$EVG_TMP/tree" "$IMAGE" -comp gzip -noappend -quiet -no-progress
mounted_over_an_outage squashfs
