# options.sh - what all front-ends share: where the programs are, the command
# line, messages, quoting.  make puts it into each of them.
#
# A front-end sets prog, its name; usage, its synopsis; and help, the table of
# its options, a line each:
#
#	  -l, --long argument  what it does
#
# with more letters, or none, before the long name, and "[=argument]" after it
# if the argument may be left out.  It calls parse_options "$@", which calls
# its function set_option for each option, and then eval "set -- $operands".
# An abbreviation is one of the original's options rather than one of added.
# shellcheck shell=sh disable=SC2154,SC2034

# The programs are in the same folder; in the source tree in build/bin.
PATH=$PATH:$here:$here/../../build/bin

# Report wrong usage: $1 says what.
wrong() {
	printf "%s: %s\ntry '%s --help'\n" "$prog" "$1" "$prog" >&2
	exit "${wrong_status:-2}"
}

# $1 as a shell reads it.
quote() {
	case $1 in
	'' | *[!A-Za-z0-9_./:,=@%+-]*)
		printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
	*)	printf %s "$1" ;;
	esac
}

# From help: options, a word for each letter and each long name of an option,
# "l/long" and "/long", with ":" appended if it has an argument, "=" if it may.
read_table() {
	options=''
	while read -r line; do
		case $line in
		-?,*--* | --*) ;;
		*)	continue ;;
		esac
		long=${line#*--}
		name=${long%%[!0-9A-Za-z-]*}
		case ${long#"$name"} in
		'[='*)	name=$name= ;;
		' '[!\ ]*) name=$name: ;;
		esac
		for letter in ${line%%--*}; do
			letter=${letter#-}
			options="$options ${letter%,}/$name"
		done
		options="$options /$name"
	done <<END
$help
END
}

# Set found to the options that "l/" or "/long" may be, other than those of $2.
match_options() {
	found=''
	for entry in $options; do
		long=${entry#/}
		case $entry,$2 in
		"$1,"* | "$1"[:=],*)
			found=" $entry"
			break ;;
		*" ${long%[:=]} "*) ;;
		"$1"*)	found="$found $entry" ;;
		esac
	done
}

# Set name and takes, ":", "=" or "", of the option "l/" or "/long", which may
# be abbreviated.
find_option() {
	match_options "$1" " $added "
	[ -n "$found" ] || match_options "$1" ''
	case $found in
	'')	wrong "unknown option $given" ;;
	' '*' '*) wrong "option $given is ambiguous" ;;
	esac
	name=${found#*/}
	takes=${name##*[!:=]}
	name=${name%[:=]}
}

# Is $1 a long option with one dash, as getopt_long_only(3) accepts?
is_long_only() {
	[ -n "$long_only" ] || return
	word=${1#-}
	word=${word%%=*}
	case $word in
	? | *[!A-Za-z-]*) return 1 ;;
	esac
	match_options "/$word" " $added "
	[ -n "$found" ]
}

# Call set_option NAME ARGUMENT for each option; given is the option as it was
# written.  operands is then the rest, quoted.
parse_options() {
	operands=''
	read_table
	while [ $# -gt 0 ]; do
		case $1 in
		--)	shift
			break ;;
		--*)	given=${1%%=*}
			find_option "/${given#--}" ;;
		-?*)	if is_long_only "$1"; then
				given=${1%%=*}
				rest=-$1
				shift
				set -- "$rest" "$@"
				continue
			fi
			given=${1%"${1#-?}"}
			find_option "${given#-}/" ;;
		*)	operands="$operands $(quote "$1")"
			shift
			continue ;;
		esac
		rest=${1#"$given"} argument=''
		shift
		case $given,$takes,$rest in
		--*,,=*) wrong "option $given takes no argument" ;;
		--*,?,=*) argument=${rest#=} ;;
		*,:,)	[ $# -gt 0 ] || wrong "option $given needs an argument"
			argument=$1
			shift ;;
		-?,:,*)	argument=$rest ;;
		-?,*,-*) wrong 'unknown option --' ;;
		-?,*,?*) set -- "-$rest" "$@" ;;
		esac
		case $name in
		help)	printf '%s\n%s\n' "$usage" "$help"
			exit ;;
		*)	set_option "$name" "$argument" ;;
		esac
	done
	for rest; do
		operands="$operands $(quote "$rest")"
	done
}

# Is $1 a whole number from $2 to $3, if that is given?
check_number() {
	case $1 in
	'' | *[!0-9]* | ???????????????????*) ;;
	*)	[ "$1" -lt "$2" ] || [ "$1" -gt "${3:-$1}" ] || return 0 ;;
	esac
	wrong "$given: invalid number '$1': must be ${3:+$2 to }${3:-at least $2}"
}

# Is there a user $1?  Only root can become another.
check_user() {
	[ "$(id -u)" -eq 0 ] || [ "$(id -u -- "$1" 2>/dev/null)" = "$(id -u)" ] ||
	    wrong "$given: only root can become another user"
	id -u -- "$1" >/dev/null 2>&1 || wrong "$given: no such user: $1"
}

options='' added='' long_only=''
