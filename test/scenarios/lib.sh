# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0
# What all scenarios share: checks, two network namespaces, servers, caches,
# disks, and the tidying at the end that finds what was left behind.
set -eu

export PATH="$EVG_REPO/build/bin/test:$PATH"

NEAR=10.9.0.1			# the client, in the first namespace
FAR=10.9.0.2			# the server, in namespace "far"
URI=nbd://$FAR/
IMAGE=$EVG_TMP/image
CACHES=$EVG_TMP/caches
HELPER_LOG=/var/log/evergreen.log
DETECT=2			# seconds, of each disk that attach makes
SHAPE=				# netem's arguments, both directions
SLACK_MS=1500			# what a busy emulated machine adds to a wait
[ "${EVG_VIRTUAL:-no}" = no ] || SLACK_MS=150
# On a debug kernel, by the factor of the harness.
SLOW=${EVG_SLOW:-1}
SLACK_MS=$((SLACK_MS * SLOW))

disk=				# evg0, set by attach
result=				# the last line of a reader
server_pids=()
brd_next=0

#
# Saying and checking
#

say() {
	echo "- $*"
}

figure() {
	echo "# figure: $1 = $2"
}

fail() {
	echo "FAILED: $*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

expect_eq() { # WHAT SEEN EXPECTED
	[ "$2" = "$3" ] || fail "$1: expected '$3', saw '$2'"
}

expect_le() { # WHAT SEEN LIMIT
	[ "$2" -le "$3" ] || fail "$1: expected at most $3, saw $2"
}

expect_ge() { # WHAT SEEN LIMIT
	[ "$2" -ge "$3" ] || fail "$1: expected at least $3, saw $2"
}

expect_match() { # WHAT SEEN REGEX
	[[ $2 =~ $3 ]] || fail "$1: expected something like '$3', saw '$2'"
}

now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# Ask again and again until the command succeeds.
wait_for() { # SECONDS WHAT COMMAND...
	local seconds=$(($1 * SLOW)) what=$2 end

	shift 2
	end=$(($(now_ms) + seconds * 1000))
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt $end ] || fail "waited $seconds s for: $what"
		sleep 0.05
	done
}

is_gone() { # PID: not there, or only waiting to be reaped
	local state

	state=$(sed -n 's/^State:\s*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || true
	[ -z "$state" ] || [ "$state" = Z ]
}

# The command must fail with that status, say one line on stderr that matches,
# and nothing on stdout.
refused() { # STATUS REGEX COMMAND...
	local status=$1 regex=$2 seen=0 out

	shift 2
	out=$("$@" 2>"$EVG_TMP/refusal") || seen=$?
	expect_eq "exit status of '$*' ($(cat "$EVG_TMP/refusal"))" $seen "$status"
	expect_eq "standard output of '$*'" "$out" ""
	expect_eq "lines on stderr of '$*' ($(cat "$EVG_TMP/refusal"))" \
		"$(wc -l <"$EVG_TMP/refusal")" 1
	expect_match "'$*' on stderr" "$(cat "$EVG_TMP/refusal")" "$regex"
}

#
# The network
#

net_make() {
	ip netns add far
	ip link add near type veth peer name far netns far
	ip addr add $NEAR/24 dev near
	ip -n far addr add $FAR/24 dev far
	ip -n far link set lo up
	ip -n far link set far up
	ip link set near up
	wait_for 5 "a carrier on the veth" grep -q 1 /sys/class/net/near/carrier
}

in_far() {
	nsenter --net=/run/netns/far "$@"
}

# shape delay 20ms: both ways; without arguments: as fast as it goes
# A netem that is changed keeps the rate and the corruption that it had.
shape() {
	SHAPE=$*
	tc qdisc del dev near root 2>/dev/null || true
	in_far tc qdisc del dev far root 2>/dev/null || true
	[ -n "$SHAPE" ] || return 0
	tc qdisc add dev near root netem "$@"
	in_far tc qdisc add dev far root netem "$@"
}

reshape() {
	# shellcheck disable=SC2086 # a list of words
	shape $SHAPE
}

# The ways in which a link is lost, and their mending.
#   link-down   the interface is set down     carrier     the other end is
#   loss        every packet is lost          black-hole  the answers are
#   killed      the server, SIGKILL           stopped     the server, SIGSTOP
link_cut() { # METHOD [PORT]
	local kept=$SHAPE

	case $1 in
	link-down)	ip link set near down ;;
	carrier)	ip -n far link set far down ;;
	loss)		shape loss 100%; SHAPE=$kept ;;
	black-hole)	ip -n far route add blackhole $NEAR/32 ;;
	killed)		server_stop KILL "${2:-10809}" ;;
	stopped)	kill -STOP "${server_pids[${2:-10809}]}" ;;
	*)		fail "no such way to cut: $1" ;;
	esac
}

link_mend() { # METHOD [PORT]
	case $1 in
	link-down)	ip link set near up ;;
	carrier)	ip -n far link set far up ;;
	loss)		reshape ;;
	black-hole)	ip -n far route del blackhole $NEAR/32 ;;
	killed)		server_start "$IMAGE" ;;
	stopped)	kill -CONT "${server_pids[${2:-10809}]}" ;;
	*)		fail "no such way to mend: $1" ;;
	esac
}

#
# Images and servers
#

make_image() { # FILE NUMBER MIB
	image "$2" $(($3 << 20)) >"$1"
}

# Not by "mount -o loop", which has the device open meanwhile: a kernel may refuse
# to mount what somebody could write to.
mount_image() { # FILE DIR
	local loop

	loop=$(losetup -f --show "$1")
	mount "$loop" "$2"
	losetup -d "$loop"	# it goes with the mount
}

# A partition table of up to four, of type 83.
put_partitions() { # FILE [FIRST-MIB MIB]...
	local file=$1 number

	shift
	{
		while [ $# -gt 0 ]; do
			printf '\0\0\0\0\203\0\0\0'
			for number in $(($1 << 11)) $(($2 << 11)); do
				# shellcheck disable=SC2059 # the bytes, lowest first
				printf "$(printf '\\x%02x' $((number & 255)) \
					$((number >> 8 & 255)) $((number >> 16 & 255)) \
					$((number >> 24)))"
			done
			shift 2
		done
		head -c 64 /dev/zero
	} | head -c 64 | dd of="$file" bs=1 seek=446 conv=notrunc status=none
	printf '\125\252' | dd of="$file" bs=1 seek=510 conv=notrunc status=none
}

server_log() { # [PORT]
	echo "$EVG_TMP/server-${1:-10809}.log"
}

is_listening() { # PORT
	in_far grep -q "$(printf ":%04X 0*:0000 0A" "$1")" /proc/net/tcp
}

# nbdkit in the far namespace; options and filters' parameters may follow.  It
# logs what it is asked.  PORT=10810 server_start ... for a second one.  One
# thread a connection: with more, nbdkit 1.32 aborts when one of them closes a
# broken connection while another one answers (raw_send_socket's assertion).
server_start() { # IMAGE [ARGUMENT]...
	local port=${PORT:-10809} file=$1 argument options=() parameters=()

	shift
	for argument in "$@"; do
		case $argument in
		-*)	options+=("$argument") ;;
		*)	parameters+=("$argument") ;;
		esac
	done
	# Not by in_far: $! must be the server itself.
	nsenter --net=/run/netns/far nbdkit -f -r -t 1 -p "$port" --filter=log "${options[@]}" file "$file" \
		logfile="$(server_log "$port")" logappend=true \
		"${parameters[@]}" </dev/null >"$EVG_TMP/nbdkit-$port" 2>&1 &
	server_pids[port]=$!
	wait_for 10 "nbdkit on port $port" is_listening "$port"
}

# Any other server that listens on a port: COMMAND runs in the far namespace.
serve_with() { # PORT COMMAND...
	local port=$1

	shift
	nsenter --net=/run/netns/far "$@" </dev/null >"$EVG_TMP/nbdkit-$port" 2>&1 &
	server_pids[port]=$!
	wait_for 10 "$1 on port $port" is_listening "$port"
}

server_stop() { # [SIGNAL [PORT]]
	local port=${2:-10809} pid

	pid=${server_pids[port]}
	unset 'server_pids[port]'
	kill "-${1:-TERM}" "$pid"
	wait_for 5 "the server to end" is_gone "$pid"
	wait "$pid" 2>/dev/null || true
}

# The reads that the server was asked for: "CONNECTION OFFSET BYTES" for each.
reads_served() {
	awk '
	function hex(s,	i, n) {
		for (i = 3; i <= length(s); i++)
			n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
		return n
	}
	/ Read id=/ && !/ \.\.\.Read / {
		for (i = 1; i <= NF; i++) {
			if ($i ~ /^connection=/) connection = substr($i, 12)
			if ($i ~ /^offset=/) offset = hex(substr($i, 8))
			if ($i ~ /^count=/) count = hex(substr($i, 7))
		}
		printf "%d %.0f %.0f\n", connection, offset, count
	}' "$(server_log)"
}

# How many blocks the server was asked for more than once, reads of a single
# block aside (identity proofs and probes are such).
blocks_fetched_twice() {
	reads_served | awk '
	$3 > 4096 {
		for (i = 0; i < $3 / 4096; i++)
			if (++seen[$2 / 4096 + i] == 2)
				twice++
	}
	END { print twice + 0 }'
}

bytes_served() {
	reads_served | awk '{ sum += $3 } END { printf "%.0f\n", sum }'
}

#
# Caches and disks
#

# A file system of its own on a RAM disk.
make_fs() { # DIR [MIB [TYPE]]
	local device=/dev/ram$brd_next type=${3:-ext4}

	[ -b /dev/ram0 ] || modprobe brd rd_nr=6 rd_size=1048576
	brd_next=$((brd_next + 1))
	case $type in
	ext4)	mkfs.ext4 -q -F "$device" "${2:-128}M" ;;
	xfs)	mkfs.xfs -q -f -d "size=${2:-320}m" "$device" ;;
	*)	fail "no such file system: $type" ;;
	esac
	mkdir -p "$1"
	mount -t "$type" "$device" "$1"
}

# A RAM disk for a cache on a block device; its name is in $bdev.
take_bdev() {
	[ -b /dev/ram0 ] || modprobe brd rd_nr=6 rd_size=1048576
	bdev=/dev/ram$brd_next
	brd_next=$((brd_next + 1))
}

# The usual stage: a network, a file system for caches, image 1, a server.
setup() { # MIB [ARGUMENT FOR THE SERVER]...
	local mib=$1

	shift
	net_make
	make_fs "$CACHES"
	make_image "$IMAGE" 1 "$mib"
	server_start "$IMAGE" "$@"
}

# evergreen attach, with the node's name into $disk.
attach() { # OPTION... URI
	local node

	node=$(evergreen attach --detect "$DETECT" "$@" 2>"$EVG_TMP/attach") ||
		fail "evergreen attach $*: $(cat "$EVG_TMP/attach")"
	sed 's/^/  /' "$EVG_TMP/attach"
	[[ $node =~ ^/dev/evg[0-9]+$ ]] || fail "attach printed '$node'"
	[ -b "$node" ] || fail "$node is not there after attach"
	disk=${node#/dev/}
}

detach() { # DISK [--force]
	evergreen detach "$@" || fail "evergreen detach $* failed"
	[ ! -e "/sys/block/$1" ] || fail "$1 is there after detach"
}

value() { # DISK ATTRIBUTE
	cat "/sys/block/$1/evergreen/$2"
}

has_value() { # DISK ATTRIBUTE EXPECTED
	[ "$(value "$1" "$2")" = "$3" ]
}

value_is_at_least() { # DISK ATTRIBUTE NUMBER
	[ "$(value "$1" "$2")" -ge "$3" ]
}

wait_state() { # DISK STATE [SECONDS]
	wait_for "${3:-15}" "$1 to be $2 (it is $(value "$1" link_state))" \
		has_value "$1" link_state "$2"
}

helper_of() { # DISK
	value "$1" helper
}

drop_caches() {
	echo 3 >/proc/sys/vm/drop_caches
}

# The reader must be content; what it printed is in $result.
check_read() { # READER'S ARGUMENT...
	result=$(reader "$@") || fail "reader $*: $result"
	echo "  reader $*: $result"
}

# What a reader in the background wrote, once it has ended.
join_read() { # PID FILE
	local status=0

	wait_for 90 "the reader of $2 to end" is_gone "$1"
	wait "$1" || status=$?
	result=$(cat "$2")
	echo "  $2: $result"
	[ $status = 0 ] || fail "reader in the background, status $status: $result"
}

field() { # NAME: its number in $result, 0 when it is not there
	local line=" $result "

	case $line in
	*" $1="*)	line=${line##* "$1"=}; echo "${line%% *}" ;;
	*)		echo 0 ;;
	esac
}

#
# The rest of the machine, which must not wait for a disk
#

pulse_pid=

# Until pulse_end: netlink, and all who register a family with it, and sync.
pulse_begin() { # NETLINK_MS [SYNC_MS]
	local families=()

	# It brings a family of generic netlink, and nothing else.
	if modprobe -n -q fou; then
		families=(sh -c "modprobe fou && modprobe -r fou")
	fi
	pulse "$1" "${2:-$1}" "${families[@]}" >"$EVG_TMP/pulse" &
	pulse_pid=$!
}

pulse_end() {
	local status=0

	kill -TERM "$pulse_pid" 2>/dev/null || :
	wait "$pulse_pid" || status=$?
	result=$(cat "$EVG_TMP/pulse")
	echo "  pulse: $result"
	[ $status = 0 ] || fail "what has nothing to do with a disk waited for one: $result"
	figure "netlink beside it, longest, ms" "$(field family_max_ms)"
	figure "sync beside it, longest, ms" "$(field sync_max_ms)"
}

#
# The end
#

diagnose() {
	local dir

	for dir in /sys/block/evg*; do
		[ -d "$dir/evergreen" ] || continue
		(cd "$dir/evergreen" && echo "${dir##*/}:" && grep -s . ./*)
	done
	[ ! -s "$HELPER_LOG" ] || { echo "$HELPER_LOG:" && tail -n 25 "$HELPER_LOG"; }
	tail -n 3 "$EVG_TMP"/nbdkit-* 2>/dev/null || true
	# shellcheck disable=SC2009 # its state and where it waits are wanted
	ps -eo pid,stat,wchan:24,args | grep -E 'evergreen|reader|nbdkit' |
		grep -v grep || true
	dmesg | grep -i evergreen | tail -n 25 || true
}

no_helper_runs() {
	! pgrep -x evergreend
}

# Everything that was made must go again: disks, helpers, the module.
tidy() {
	local dir

	[ -e /sys/module/evergreen ] || return 0
	for dir in /sys/block/evg*; do
		[ -d "$dir" ] || continue
		detach "${dir##*/}"
	done
	wait_for 10 "the helpers to end" no_helper_runs
	wait_for 10 "the module to be free" rmmod evergreen
}

finish() {
	local status=$?

	trap - EXIT
	if [ $status = 0 ] && [ -z "${LEAVE:-}" ]; then
		(tidy) || status=1
	fi
	if [ $status != 0 ] && [ $status != 77 ]; then
		diagnose
	fi
	kill -KILL "${server_pids[@]}" 2>/dev/null || true
	exit $status
}
trap finish EXIT
