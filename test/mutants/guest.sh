#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: smp=4
# evg: parallel
# evg: timeout=3600
# For test/mutants/run: scenarios of parts/, each with the module of one mutant, one
# after the other in one boot, for as long as the guest lives.  Beside the tree there
# is "list" with lines "MUTANT PART", and "ko/MUTANT.ko".
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

work=${EVG_REPO%/*}

# What the kernel complained of since the line that says that this one began.
complaint() { # MUTANT PART
	dmesg | sed -n "/mutant: $1 $2 begins/,\$p" | "$EVG_REPO/test/qemu/scan" - |
		head -n 1
}

one() { # MUTANT PART
	local file=$EVG_REPO/test/scenarios/parts/$2.sh begun=$EPOCHSECONDS status=0
	local seconds why

	seconds=$(sed -n 's/^# evg: timeout=//p' "$file")
	export EVG_MODULE=$work/ko/$1.ko
	echo "mutant: $1 $2 begins" >/dev/kmsg
	echo "# mutant: $1 $2 begins"
	fresh_module || { echo "# the module is still in use"; exit 1; }
	mkdir "$EVG_TMP/$2"
	EVG_TMP=$EVG_TMP/$2 timeout -k 5 $((${seconds:-120} * EVG_SLOW)) bash "$file" ||
		status=$?
	timeout -k 5 60 bash -c ". '$EVG_REPO/test/scenarios/lib/parts.sh'; sweep" || :
	why=$(complaint "$1" "$2")
	case $status in
	0)	[ -n "$why" ] || { echo "# mutant: $1 $2 passed"; return; } ;;
	77)	echo "# mutant: $1 $2 skipped"; return ;;
	124|137) why=${why:-it does not end} ;;
	*)	why=${why:-status $status} ;;
	esac
	echo "# mutant: $1 $2 noticed after $((EPOCHSECONDS - begun)) s: $why"
	# What a kernel that complained does next means little.
	[[ $why == status* ]] || exit 1
}

noticed=
while read -r mutant name; do
	[[ $noticed != *" $mutant "* ]] || continue
	one "$mutant" "$name" | tee "$EVG_TMP/said"
	[ "${PIPESTATUS[0]}" -eq 0 ] || exit 1
	! grep -q "^# mutant: .* noticed" "$EVG_TMP/said" || noticed="$noticed $mutant "
done <"$work/list"
