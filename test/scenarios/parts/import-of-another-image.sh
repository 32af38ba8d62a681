#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A function is taken in if it is of the image that is attached, by its sampled
# blocks; one of another image, one that is damaged, or one that cannot be
# compared now is refused in one line, and nothing changes.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/functions.sh
. "$EVG_REPO/test/scenarios/lib/functions.sh"

given=$EVG_TMP/given/some.json

setup 2
attach --grace inf --cache "$CACHES/a" "$URI"
evergreen record --no-metadata "$disk" some -- dd if="/dev/$disk" of=/dev/null \
	iflag=direct bs=4096 count=5 skip=3 status=none 2>/dev/null
export_functions "$EVG_TMP/given" some
refused 1 "has 'some' already" evergreen function import "$disk" "$given"
detach "$disk"

say "the same image, in another cache"
attach --grace 0 --cache "$CACHES/b" "$URI"
evergreen function import "$disk" "$given"
evergreen function import --name other "$disk" "$given"
expect_eq "functions" "$(evergreen function list --json "$disk" | jq -c '[.[].name]')" \
	'["other","some"]'
# It is known by this cache's samples now, and else as it was given.
expect_eq "what was imported" "$(evergreen function export "$disk" some - | jq -c 'del(.image)')" \
	"$(jq -c 'del(.image)' "$given")"
expect_eq "its image" "$(evergreen function export "$disk" some - | jq -cS .image)" \
	"$(header image "$CACHES/b" | jq -cS .)"

say "what others think that it is worth"
worth() { evergreen function show --json "$disk" "$1" | jq -c '[.pinned, .weight]'; }
jq '.pinned = true | .weight = 900' "$given" >"$EVG_TMP/dear"
evergreen function import --name dear "$disk" "$EVG_TMP/dear"
expect_eq "another's worth" "$(worth dear)" '[false,100]'
evergreen function import --trust --name own "$disk" "$EVG_TMP/dear"
expect_eq "one's own" "$(worth own)" '[true,900]'
jq '.name = "metadata"' "$given" >"$EVG_TMP/named"
refused 1 "a meaning of its own" evergreen function import "$disk" "$EVG_TMP/named"
refused 1 "a meaning of its own" evergreen function import --name session "$disk" "$given"

say "what is no function"
jq '.version = 2' "$given" >"$EVG_TMP/newer"
refused 1 "version 2" evergreen function import --name x "$disk" "$EVG_TMP/newer"
jq '.ranges = [[600, 1]]' "$given" >"$EVG_TMP/beyond"
refused 1 "beyond the image's end" evergreen function import --name x "$disk" "$EVG_TMP/beyond"
head -c 300 "$given" >"$EVG_TMP/half"
refused 1 "end is missing" evergreen function import --name x "$disk" "$EVG_TMP/half"

say "not to be compared"
link_cut stopped
check_read -d -b 4096 -e any "/dev/$disk"
wait_state "$disk" offline
refused 1 "link offline" evergreen function import --name x "$disk" "$given"
link_mend stopped
wait_state "$disk" online
detach "$disk"

say "another image of the same size, and one of another"
server_stop
make_image "$EVG_TMP/image2" 2 2
server_start "$EVG_TMP/image2"
attach --cache "$CACHES/c" "$URI"
refused 1 "is of another image .* blocks differ" evergreen function import "$disk" "$given"
detach "$disk"
server_stop
make_image "$EVG_TMP/image2" 2 3
server_start "$EVG_TMP/image2"
attach --cache "$CACHES/d" "$URI"
refused 1 "is of another image .* bytes" evergreen function import "$disk" "$given"
expect_eq "functions" "$(evergreen function list --json "$disk")" "[]"
