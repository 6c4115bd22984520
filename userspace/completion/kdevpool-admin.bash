# SPDX-License-Identifier: GPL-2.0-only
# bash completion for kdevpool-admin; the words come from the program's tables.

_kdevpool_admin() {
	local cur=${COMP_WORDS[COMP_CWORD]} words first
	local before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")

	COMPREPLY=()
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	--device | --volumes)
		mapfile -t COMPREPLY < <(compgen -f -- "${cur:-/dev/}")
		return
		;;
	esac
	words=$(kdevpool-admin completion-words "${before[@]}" 2>/dev/null)
	if [ "${#before[@]}" -eq 0 ]; then
		# "volume create" is one command of two words
		words=$(awk '{ print $1 }' <<<"$words" | sort -u)
	elif [ -z "$words" ]; then
		first=${before[*]}
		words=$(kdevpool-admin completion-words 2>/dev/null |
			awk -v f="$first" '$1 == f { print $2 }')
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	if [ "${#before[@]}" -gt 0 ] && [ "${cur#-}" = "$cur" ]; then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -o filenames -F _kdevpool_admin kdevpool-admin
