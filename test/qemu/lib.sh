# SPDX-License-Identifier: GPL-2.0
# Functions that the harness' programs share; bash.
# shellcheck shell=bash

qemu_dir=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
repo=$(realpath "$qemu_dir/../..")
build=$repo/build
cache=${EVG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/evergreen}

fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# QEMU takes a comma in an option's value doubled.
comma() {
	echo "${1//,/,,}"
}

# Set release, image and modules from "6.1", "6.12" or the path of a bzImage.
use_kernel() {
	local found

	found=$("$qemu_dir/kernels" get "$1") || exit 1
	read -r release image modules <<<"$found"
}

# The small initramfs for the current kernel, made when it is older than what
# it is made of; its path is in $initramfs.
use_initramfs() {
	initramfs=$build/qemu/$release/initramfs
	if [ "$initramfs" -nt "$qemu_dir/init" ] &&
	   [ "$initramfs" -nt "$qemu_dir/mkinitramfs" ] &&
	   [ "$initramfs" -nt "$image" ]; then
		return
	fi
	mkdir -p "$build/qemu/$release"
	"$qemu_dir/mkinitramfs" "$initramfs" "$release" "$modules"
}

# write_job FILE NAME=VALUE...: an archive with /job, to put behind an initramfs
write_job() {
	local file=$1 dir var

	shift
	dir=$(mktemp -d)
	for var in "$@"; do
		printf '%s=%q\n' "${var%%=*}" "${var#*=}"
	done >"$dir/job"
	(cd "$dir" && echo job | cpio -o -H newc -R 0:0 --quiet) >"$file"
	rm -r "$dir"
}

# What a scenario's "# evg: NAME=VALUE" says: directive FILE NAME [DEFAULT]
directive() {
	local value

	value=$(sed -n "2,40s/^# evg: *$2=//p" "$1" | head -n 1)
	echo "${value:-${3:-}}"
}

# has_flag FILE NAME: does a scenario say "# evg: NAME"?
has_flag() {
	sed -n 2,40p "$1" | grep -qx "# evg: *$2"
}

# The part of QEMU's command line that every guest has, in the array $qemu:
# base_command INITRD SMP MEM_MIB APPEND
# Each CPU has a socket: the firmware's MP table, by which a kernel without ACPI
# finds them, names the first of a socket only.
base_command() {
	qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none
	      -no-reboot -kernel "$image" -initrd "$1" -smp "$2,sockets=$2"
	      -m "$3" -device virtio-serial-pci)
	append="console=ttyS0 loglevel=5 log_buf_len=4M oops=panic panic=-1"
	# On a busy machine the emulated timer may look dead to its check.
	append="$append mitigations=off no_timer_check $4"
}

# The host's root as a read-only share.
share_root() {
	qemu+=(-fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"
	       -device "virtio-9p-pci,fsdev=host,mount_tag=host")
}

# share_out DIR: the directory for results
share_out() {
	qemu+=(-fsdev "local,id=out,path=$(comma "$1"),security_model=none,multidevs=remap"
	       -device "virtio-9p-pci,fsdev=out,mount_tag=out")
}

# add_port NAME FILE: what the guest writes to the port evg.NAME goes to FILE
add_port() {
	qemu+=(-chardev "file,id=$1,path=$(comma "$2")"
	       -device "virtserialport,chardev=$1,name=evg.$1")
}

# add_disk FILE: a disk that the guest finds by its serial number
add_disk() {
	qemu+=(-drive "file=$(comma "$1"),if=none,id=disk,format=raw,cache=unsafe,discard=unmap"
	       -device "virtio-blk-pci,drive=disk,serial=evg-disk")
}

# accel_options NAME: set the array $accel
# CPUs that TCG runs in turn, in one thread, got through the same scenarios 2.7
# times as fast as CPUs in parallel, two guests on two cores; and QEMU until 8.0
# may fail in parallel (is_stale_breakpoint in test/qemu/job). So tcg-parallel
# is for what looks for races.
# With icount the flags are rubbish if a timer is due right after a cmpxchg16b,
# and with some rubbish the kernel traps on its next instruction; so it has none.
accel_options() {
	case $1 in
	kvm)	accel=(-accel kvm -cpu host) ;;
	tcg)	accel=(-accel "tcg,thread=single" -cpu "qemu64,+rdrand") ;;
	tcg-parallel) accel=(-accel "tcg,thread=multi" -cpu "qemu64,+rdrand") ;;
	icount)	accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off"
		       -cpu "qemu64,+rdrand,-cx16" -rtc "base=2026-01-01,clock=vm"
		       -seed 1) ;;
	esac
}

# Wait for one of as many slots as there are cores, or jobs if those are more:
# however many runs there are on this machine, real time then means something.
# Free again when this process and its guest have ended.
take_slot() {
	local count n

	count=$(nproc)
	[ "${JOBS:-0}" -le "$count" ] || count=$JOBS
	mkdir -p "$cache/slots"
	while :; do
		for ((n = 1; n <= count; n++)); do
			exec 8>"$cache/slots/$n"
			! flock -n 8 || return 0
		done
		sleep 0.5
	done
}

# Boot until the host's root is mounted, within SECONDS: probe ACCEL SECONDS
probe() {
	local dir status=0

	dir=$(mktemp -d)
	write_job "$dir/job" EVG_ROOT=probe
	cat "$initramfs" "$dir/job" >"$dir/initrd"
	base_command "$dir/initrd" 2 512 ""
	share_root
	accel_options "$1"
	{ timeout "$2" "${qemu[@]}" "${accel[@]}" -append "$append" \
		-serial "file:$dir/log" &>/dev/null || status=$?; } 2>/dev/null
	[ $status -ne 0 ] || ! grep -q "Kernel panic" "$dir/log" || status=1
	rm -r "$dir"
	return $status
}

# Choose the accelerator, in $accel_name: KVM only if a guest under it boots
# sooner than one under TCG; a device node does not tell that, for KVM may be
# emulated itself. The answer is remembered for this machine.
use_accel() {
	local file=$cache/accel key begin took

	key="$(uname -r) $(grep -m 1 'model name' /proc/cpuinfo) $(qemu-system-x86_64 --version | head -n 1)"
	accel_name=${EVG_ACCEL:-}
	[ -z "$accel_name" ] || return 0
	accel_name=tcg
	[ -w /dev/kvm ] || return 0
	if [ -e "$file" ] && [ "$(tail -n 1 "$file")" = "$key" ]; then
		accel_name=$(head -n 1 "$file")
		return
	fi
	begin=${EPOCHREALTIME/./}
	probe tcg 60 || fail "a guest does not boot; run qemu-system-x86_64 by hand"
	took=$(((${EPOCHREALTIME/./} - begin) / 1000))
	! probe kvm "$((took / 1000)).$(printf %03d $((took % 1000)))" || accel_name=kvm
	mkdir -p "$cache"
	printf '%s\n%s\n' "$accel_name" "$key" >"$file"
}
