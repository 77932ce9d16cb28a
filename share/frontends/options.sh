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
# its function set_option for each option.
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

# Set name and takes, ":", "=" or "", of the option "l/" or "/long", which may
# be abbreviated.
find_option() {
	found=''
	for entry in $options; do
		case $entry in
		"$1" | "$1"[:=])
			found=" $entry"
			break ;;
		"$1"*)	found="$found $entry" ;;
		esac
	done
	case $found in
	'')	wrong "unknown option $given" ;;
	' '*' '*) wrong "option $given is ambiguous" ;;
	esac
	name=${found#*/}
	takes=${name##*[!:=]}
	name=${name%[:=]}
}

# Call set_option NAME ARGUMENT for each option before the first operand; given
# is the option as it was written.  operands is then how many of "$@" are left.
parse_options() {
	[ -n "$options" ] || read_table
	while [ $# -gt 0 ]; do
		case $1 in
		--)	shift
			break ;;
		--*)	given=${1%%=*}
			find_option "/${given#--}" ;;
		-?*)	given=${1%"${1#-?}"}
			find_option "${given#-}/" ;;
		*)	break ;;
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
	operands=$#
}

# Is $1 a whole number from $2 on?
check_number() {
	case $1 in
	'' | *[!0-9]*) ;;
	*)	[ "$1" -lt "$2" ] || return 0 ;;
	esac
	wrong "$given: invalid number '$1': must be at least $2"
}

options=''
