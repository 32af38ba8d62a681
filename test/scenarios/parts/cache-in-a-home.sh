#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A cache below a directory that is closed to all but its owner, as a person's
# home is: the helper, root without privileges by then, still keeps and finds
# what it learned. What it could not read later is refused at once.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 2
mkdir "$CACHES/home"
attach --grace 0 --cache "$CACHES/home/a" "$URI"
chown 1000:1000 "$CACHES/home"
chmod 700 "$CACHES/home"
detach "$disk"
: >"$HELPER_LOG"

session=$CACHES/home/a/session.json
for half in 0 1; do
	say "session $half"
	rm -f "$session"
	attach --grace 0 --cache "$CACHES/home/a" "$URI"
	check_read -o $((half << 20)) -n 1048576 "/dev/$disk"
	detach "$disk"
	wait_for 10 "the helper to end" no_helper_runs
	[ -s "$session" ] || fail "the session's working set was not kept"
done
attach --grace 0 --cache "$CACHES/home/a" "$URI"
detach "$disk"
if grep -E 'denied|ignored|not kept' "$HELPER_LOG"; then
	fail "the helper could not reach its files"
fi

say "a directory that is the person's own"
install -d -o 1000 -g 1000 -m 700 "$CACHES/home/b"
refused 1 "without privileges" evergreen attach --cache "$CACHES/home/b" "$URI"
[ ! -e /sys/block/evg0 ] || fail "a disk was made"
expect_eq "files left behind" "$(ls "$CACHES/home/b")" ""

say "and keys of the person"
install -d -o 1000 -g 1000 -m 700 "$CACHES/home/pki"
install -o 1000 -g 1000 -m 600 /dev/null "$CACHES/home/pki/ca-cert.pem"
refused 1 "ca-cert.pem: .*without privileges" evergreen attach --cache "$CACHES/c" \
	"nbds://$FAR/?tls-certificates=$CACHES/home/pki"
refused 1 "ca-cert.pem: .*without privileges" evergreen attach --cache "$CACHES/c" \
	"nbds://$FAR/?tls-psk-file=${CACHES//\//%2F}%2Fhome%2Fpki%2Fca-cert.pem"
[ ! -e "$CACHES/c" ] || fail "a cache was made"
