#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=4200
# evg: append=slub_debug=FZPU
# A storm of messages from all sides, from a seed, while every byte is compared;
# see test/debug/tools/storm.h for what may happen and what must not.
# Environment: EVG_SEED, EVG_SECONDS (an hour by hand).
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

SEED=${EVG_SEED:-$(date +%s)}
SECONDS_OF_STORM=${EVG_SECONDS:-120}

# What the storm writes about itself comes after an oops.
echo 0 >/proc/sys/kernel/panic_on_oops
# Of 6.12: its bandwidth is counted wrong when CPUs go ("dl_rq->running_bw > old").
for server in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do
	[ ! -e "$server" ] || echo 0 >"$server"
done
make_fs "$CACHES"
take_bdev
mkdir -p "$EVG_TMP/cgroup"
mount -t cgroup2 cgroup2 "$EVG_TMP/cgroup"
mkdir "$EVG_TMP/cgroup/drilled"
# Who opens what has just gone would have modprobe look for it.
echo >/proc/sys/kernel/modprobe
say "seed $SEED, $SECONDS_OF_STORM seconds"
storm -s "$SEED" -t "$SECONDS_OF_STORM" -x "$SLOW" \
	"$EVG_REPO/build/$EVG_KREL/evergreen.ko" "$EVG_TMP/cgroup/drilled" \
	"$CACHES/calm" "$CACHES/patient" "$CACHES/wild" "$bdev" >"$EVG_TMP/storm" || {
	cat "$EVG_TMP/storm"
	echo "again: EVG_SEED=$SEED"
	exit 1
}
result=$(tail -n 1 "$EVG_TMP/storm")
echo "  $result"
figure "seed" "$SEED"
figure "messages" "$(field messages)"
figure "disks that came" "$(field adds)"
figure "evictions" "$(field evictions)"
figure "times the module was loaded again" "$(field reloads)"
figure "times the machine slept" "$(field sleeps)"
figure "reads of the patient disk that failed, in time" "$(field patient_errors)"
figure "MiB compared, none wrong" "$(field MiB)"
figure "longest round trip of another family, ms" "$(field nlctrl_ms)"
figure "longest sync, ms" "$(field sync_ms)"
