#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A drill makes misses of one cgroup's processes fail as an outage would, and of
# nobody else; hits go on. It ends with whoever began it.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

cgroups=$EVG_TMP/cgroup

inside() { # COMMAND...
	sh -c "echo \$\$ >$cgroups/drilled/child/cgroup.procs; exec \"\$@\"" sh "$@"
}

begin_drill() {
	look "${disk#evg}" drill "$cgroups/drilled" >"$EVG_TMP/drill" &
	drill=$!
	wait_for 5 "the drill" grep -q drill "$EVG_TMP/drill"
}

expect_drilled() { # READER'S ARGUMENT...
	result=$(inside reader -e all "$@") || fail "reader $*: $result"
	echo "  inside: reader $*: $result"
	expect_eq "ENOLINK" "$(field ENOLINK)" "$(field reads)"
	expect_le "a failed read took ms" "$(field max_error_ms)" $SLACK_MS
}

expect_served() { # READER'S ARGUMENT...
	result=$(inside reader "$@") || fail "reader $*: $result"
	echo "  inside: reader $*: $result"
}

mkdir "$cgroups"
mount -t cgroup2 none "$cgroups"
mkdir -p "$cgroups/drilled/child"
scripted_helper -w 16 fill
check_read -d -n 524288 "/dev/$disk"
begin_drill
expect_drilled -d -b 65536 -o 524288 -n 524288 "/dev/$disk"
expect_served -d -n 524288 "/dev/$disk"
drop_caches
expect_served -n 524288 "/dev/$disk"
expect_eq "the link" "$(value "$disk" link_state)" online
look "${disk#evg}" misses | tail -n 1 >"$EVG_TMP/miss"
expect_match "the last miss" "$(cat "$EVG_TMP/miss")" \
	"first=128 count=128 .*outcome=drilled comm=reader"
result=$(inside dd "if=/dev/$disk" of=/dev/null bs=4096 skip=500 count=1 2>&1) &&
	fail "a drilled read through the page cache did not fail"

say "not outside"
check_read -d -b 65536 -o 524288 -n 524288 "/dev/$disk"
expect_served -d -b 65536 -o 524288 -n 524288 "/dev/$disk"

say "one at a time, by root, on cgroup2"
refused 1 EBUSY look "${disk#evg}" drill "$cgroups/drilled"
refused 1 EPERM setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$(command -v look)" "${disk#evg}" drill "$cgroups/drilled"
kill $drill
wait $drill || true
is_over() { inside reader -d -b 4096 -o 1048576 -n 4096 "/dev/$disk"; }
wait_for 5 "the drill to end with its process" is_over
refused 1 EBADF look "${disk#evg}" drill /tmp
begin_drill
expect_drilled -d -b 4096 -o 1310720 -n 65536 "/dev/$disk"
look "${disk#evg}" drill
expect_served -d -b 4096 -o 1310720 -n 65536 "/dev/$disk"
kill $drill
end_scripted_helper

say "from the first read on, when the map is not loaded yet; and while it goes"
detach "$disk"
attach --grace inf --cache "$CACHES/a" "$URI"
kill -KILL "$(helper_of "$disk")"
wait_for 5 "no helper" has_value "$disk" helper none
begin_drill
expect_drilled -d -b 4096 -o 1572864 -n 65536 "/dev/$disk"
rmdir "$cgroups/drilled/child" "$cgroups/drilled"
detach "$disk"
kill $drill
umount "$cgroups"
