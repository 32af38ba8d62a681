# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of evergreen(8) for bash.

_evergreen_disks() {
	local disk

	for disk in /sys/block/evg*; do
		[[ -d $disk ]] && printf '%s\n' "${disk##*/}"
	done
}

# Functions of the disk that is named in the line, where they can be read.
_evergreen_functions() {
	local words

	for words in "${COMP_WORDS[@]:2}"; do
		[[ -d /sys/block/$words ]] || continue
		evergreen ready --json "$words" 2>/dev/null |
			grep -o '"name":"[^"]*"' | cut -d '"' -f 4
	done
}

_evergreen_has_disk() {
	local words

	for words in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
		[[ ! -d /sys/block/$words ]] || return 0
	done
	return 1
}

# A disk, then what the verb takes after it.
_evergreen_disk_then() { # COMMAND...
	if _evergreen_has_disk; then
		"$@"
	else
		_evergreen_disks
	fi
}

_evergreen() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local verb=${COMP_WORDS[1]} options=

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "attach detach list status set
			reset watch check record metadata hoard function ready drill why
			leaving map top --help --version" -- "$word")
		return
	fi
	case $before in
	--cache | --svg)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	--name)
		[[ $verb != attach ]] && return
		mapfile -t COMPREPLY < <(compgen -W "$(_evergreen_disks)" -- "$word")
		return ;;
	--grace)
		mapfile -t COMPREPLY < <(compgen -W "0 3 30 inf" -- "$word")
		return ;;
	--hydrate)
		if [[ $verb = set ]]; then
			mapfile -t COMPREPLY < <(compgen -W "on off" -- "$word")
			return
		fi ;;
	--rate | --quota)
		mapfile -t COMPREPLY < <(compgen -W "none 512K 2M 1G 20G" -- "$word")
		return ;;
	--detect | --weight | --buffer | --pid | --rounds | --in | --width)
		return ;;
	esac
	case $verb in
	attach) options="--name --cache --overwrite --grace --detect --takeover
		--hydrate --rate --quota nbd:// nbds:// nbd+unix:/// nbds+unix:///" ;;
	detach) options="--force $(_evergreen_disks)" ;;
	list | watch) options=--json ;;
	status | why) options="--json $(_evergreen_disks)" ;;
	set) options="--grace --detect --hydrate --rate --quota $(_evergreen_disks)" ;;
	record) options="--append --replace --pin --weight --buffer --no-metadata --pid --start
		--stop $(_evergreen_disk_then _evergreen_functions)" ;;
	drill) options="--rounds --json $(_evergreen_disk_then _evergreen_functions)" ;;
	ready) options="--json $(_evergreen_disk_then _evergreen_functions)" ;;
	metadata) options=$(_evergreen_disks) ;;
	leaving) options="--in --cancel $(_evergreen_disks)" ;;
	map) options="--svg --width --json $(_evergreen_disks)" ;;
	top) options="--once $(_evergreen_disks)" ;;
	function)
		options="--json --name --replace --trust"
		if ((COMP_CWORD == 2)); then
			options="list show remove export import"
		elif ! _evergreen_has_disk; then
			options+=" $(_evergreen_disks)"
		elif [[ ${COMP_WORDS[2]} = import ]]; then
			options+=" $(compgen -f -- "$word")"
		else
			options+=" $(_evergreen_functions)"
		fi ;;
	hoard)
		options="--name --deps --wait --no-metadata"
		if ! _evergreen_has_disk; then
			options+=" $(_evergreen_disks)"
		elif [[ $word != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
		fi ;;
	reset) options=$(_evergreen_disks) ;;
	check)
		if [[ $word != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options --help --version" -- "$word")
}

complete -F _evergreen evergreen
