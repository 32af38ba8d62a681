#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A map that belongs to another cache, a header of an unknown version, with
# an unknown flag, or none: one line, or an empty cache; never a wrong byte.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 4
make_image "$EVG_TMP/other" 2 4
PORT=10810 server_start "$EVG_TMP/other"
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
detach "$disk"
attach --cache "$CACHES/b" "nbd://$FAR:10810/"
check_read -i 2 -n 2097152 "/dev/$disk"
detach "$disk"

say "pages of another cache's map under this header: as if absent"
dd if="$CACHES/a/map" of="$CACHES/b/map" bs=4096 skip=2 seek=2 conv=notrunc status=none
attach --cache "$CACHES/b" "nbd://$FAR:10810/"
check_read -i 2 "/dev/$disk"
detach "$disk"

say "the whole map of another cache: its identity is proved wrong"
cp "$CACHES/a/map" "$CACHES/b/map"
if node=$(evergreen attach --grace 0 --cache "$CACHES/b" "nbd://$FAR:10810/" 2>"$EVG_TMP/said"); then
	disk=${node#/dev/}
	expect_eq "link_state" "$(value "$disk" link_state)" stale
	detach "$disk"
fi
sed 's/^/  /' "$EVG_TMP/said"

say "an unknown version"
for header in 0 4096; do
	printf '\377' | dd of="$CACHES/a/map" bs=1 seek=$((header + 8)) conv=notrunc status=none
done
refused 1 "$CACHES/a" evergreen attach --cache "$CACHES/a" "$URI"
sed 's/^/  /' "$EVG_TMP/refusal"
say "no header"
dd if=/dev/zero of="$CACHES/a/map" bs=4096 count=2 conv=notrunc status=none
refused 1 "$CACHES/a" evergreen attach --cache "$CACHES/a" "$URI"
sed 's/^/  /' "$EVG_TMP/refusal"
