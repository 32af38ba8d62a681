#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache of format 1 is taken as it is, with all that it holds and no server in
# reach, in files and on a device, and is of format 2 from then on. The driver
# itself says who converts it.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
take_bdev
for cache in "$CACHES/a" "$bdev"; do
	attach --cache "$cache" "$URI"
	check_read -d "/dev/$disk"
	detach "$disk"
	header v1 "$cache"
	expect_eq "header" "$(header show "$cache")" "format 1, at rest"
	evergreen check "$cache" || fail "the check of a cache of format 1"
	clean=$cache map=$cache
	[ -b "$cache" ] || clean=$cache/clean map=$cache/map
	said=$(addfiles "$clean" "$map") && fail "the driver took format 1"
	expect_match "what the driver says" "$said" "format 1; attach it with evergreend"
	attach --grace 0 --cache "$cache" "nbd://$FAR:1/"
	check_read -d "/dev/$disk"
	expect_match "header" "$(header show "$cache")" "format 2"
	detach "$disk"
	expect_eq "header" "$(header show "$cache")" "format 2, at rest"
done
