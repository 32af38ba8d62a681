# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of evergreen(8) for bash.

_evergreen_disks() {
	local disk

	for disk in /sys/block/evg*; do
		[[ -d $disk ]] && printf '%s\n' "${disk##*/}"
	done
}

_evergreen() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local verb=${COMP_WORDS[1]} options=

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "attach detach list status set
			reset watch check --help --version" -- "$word")
		return
	fi
	case $before in
	--cache)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	--name)
		mapfile -t COMPREPLY < <(compgen -W "$(_evergreen_disks)" -- "$word")
		return ;;
	--grace)
		mapfile -t COMPREPLY < <(compgen -W "0 3 30 inf" -- "$word")
		return ;;
	--detect)
		return ;;
	esac
	case $verb in
	attach) options="--name --cache --overwrite --grace --detect --takeover
		nbd:// nbds:// nbd+unix:/// nbds+unix:///" ;;
	detach) options="--force $(_evergreen_disks)" ;;
	list | watch) options=--json ;;
	status) options="--json $(_evergreen_disks)" ;;
	set) options="--grace --detect $(_evergreen_disks)" ;;
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
