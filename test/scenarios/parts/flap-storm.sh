#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=240
# The link is lost at each fortieth answer, and proved again at once, while 48
# threads on several CPUs miss: each may wait for a minute, so none fails.
# Environment: EVG_SECONDS.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

# shellcheck source=test/scenarios/lib/scripted.sh
. "$EVG_REPO/test/scenarios/lib/scripted.sh"

evergreen set "$disk" --grace 60
scripted_helper -w 64 flap
check_read -d -b 4096 -n 1048576 -r 3 -t 48 -a -l "${EVG_SECONDS:-20}" \
	-B 0:62000 "/dev/$disk"
flaps=$(value "$disk" outages)
figure "flaps under reads on several CPUs, none failed" "$flaps"
expect_ge "flaps" "$flaps" 50
end_scripted_helper
