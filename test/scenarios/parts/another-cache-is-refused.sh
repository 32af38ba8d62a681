#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk that lost its helper takes none that would write another cache than it
# reads: not a copy elsewhere, not by takeover, not one restored in its place.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

end_helper() {
	local helper

	helper=$(helper_of "$disk")
	kill -TERM "$helper"
	wait_for 5 "the helper to end" is_gone "$helper"
	wait_for 5 "no helper" has_value "$disk" helper none
}

setup 8
attach --grace 5 --cache "$CACHES/a" "$URI"
check_read -n 2097152 "/dev/$disk"

say "a copy elsewhere"
end_helper
cp -a "$CACHES/a" "$CACHES/b"
refused 1 "/dev/$disk uses the cache $CACHES/a" \
	evergreen attach --grace 7 --cache "$CACHES/b" "$URI"
expect_eq "grace after a refusal" "$(value "$disk" grace)" 5.000

say "the same with a device of another path"
take_bdev
attach_first=$disk
attach --cache "$bdev" "$URI"
detach "$disk"
mknod "$EVG_TMP/node" b "$(stat -c '%Hr' "$bdev")" "$(stat -c '%Lr' "$bdev")"
attach --cache "$bdev" "$URI"
end_helper
attach --name "$disk" --cache "$EVG_TMP/node" "$URI"
check_read -d -n 1048576 "/dev/$disk"
detach "$disk"
disk=$attach_first

say "by takeover of a helper that lives"
attach --cache "$CACHES/a" "$URI"
helper=$(helper_of "$disk")
refused 1 "/dev/$disk uses the cache $CACHES/a" \
	evergreen attach --takeover --cache "$CACHES/b" "$URI"
expect_eq "helper after a refusal" "$(helper_of "$disk")" "$helper"

say "a copy restored in its place while the helper runs"
mv "$CACHES/a" "$CACHES/away"
cp -a "$CACHES/b" "$CACHES/a"
check_read "/dev/$disk"
end_helper
refused 1 "/dev/$disk uses the cache that was at $CACHES/a before" \
	evergreen attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
rm -r "$CACHES/a"
mv "$CACHES/away" "$CACHES/a"
attach --cache "$CACHES/a" "$URI"
drop_caches
check_read -d "/dev/$disk"
