#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: timeout=600
# evg: noinsmod
# evg: expect=kobject_add_internal failed for .*error: -12|Call Trace:
# Each allocation fails once while the module is loaded: it comes, or it does not
# and leaves nothing behind. Of a kmem_cache that cannot be made the kernel prints
# where that was. Of one that sysfs cannot show it leaks the name; that is not ours.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/debug/lib/faults.sh
. "$EVG_REPO/test/debug/lib/faults.sh"

[ -d /sys/kernel/debug/failslab ] || skip "this kernel has no fault injection"
# In a file system that is no module; as nothing else that loads it is.
ko=$EVG_TMP/evergreen.ko
cp "$EVG_REPO/build/$EVG_KREL/evergreen.ko" "$ko"
modinfo -F depends "$ko" | tr , "\n" | xargs -r modprobe -a

# It will be near to where it was.
insmod "$ko"
place=$(cat /sys/module/evergreen/sections/.text)
rmmod evergreen
fail_below "$(printf '%#x' $((place - (16 << 20))))" \
	"$(printf '%#x' $((place + (16 << 20))))" failslab fail_page_alloc
read -r from to < <(sort /proc/kallsyms |
	awk '$3 == "sysfs_slab_add" { from = $1; getline; print from, $1; exit }')
for kind in failslab fail_page_alloc; do
	echo "0x$from" >/sys/kernel/debug/$kind/reject-start
	echo "0x$to" >/sys/kernel/debug/$kind/reject-end
done

failload "$ko" || fail "faults while it was loaded"

say "all is well again"
insmod "$ko"
setup 2
attach --cache "$CACHES/a" "$URI"
check_read "/dev/$disk"
