#!/usr/bin/env bats
# What all front-ends do the same way.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	FRONTENDS=$(find "$top/share/frontends" -type f ! -name '*.sh' \
	    -exec basename {} \;)
}

@test "each is one file, and the same in the source tree" {
	for program in $FRONTENDS; do
		cp "$BUILD/bin/$program" .
		./$program --help >help
		grep -q "^usage: $program " help
		"$top/share/frontends/$program" -h | same help -
	done
}

@test "the shell that runs it does not matter" {
	for shell in sh dash 'bash --posix' 'busybox sh' ksh mksh; do
		command -v ${shell%% *} >/dev/null || continue
		for program in $FRONTENDS; do
			$program -h >help
			$shell "$BUILD/bin/$program" --help | same help -
		done
		$shell "$BUILD/bin/connmon" -mqs2 --read="$SAMPLE" >out
		connmon -mq --seconds 2 -r "$SAMPLE" | same out -
	done
}

# The SYNOPSIS of a page, or the usage of -h on standard input, on one line.
on_one_line() { tr -s ' \t\n' ' ' | sed 's/^ //; s/ $//'; }
synopsis() {
	mandoc -T ascii -O width=500 "$BUILD/man/man1/$1.1" | col -b |
	    sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' | on_one_line
}

@test "-h is the page's SYNOPSIS and a line for each option, at most 80 columns" {
	need mandoc col
	for program in $FRONTENDS; do
		$program -h >help
		[ "$(awk 'length > 80' help)" = '' ]
		sed -n '/^  -/q; p' help | on_one_line | sed 's/^usage: //' >got
		synopsis $program >want
		same want got
		options_of want >options
		for option in $(cat options); do
			grep -q "^ .*[ ]${option}[ ,[]" help
			name=${option#-}
			grep -q "^\.It Fl \(.*[ -]\)*${name#-}\( \|$\)" \
			    "$BUILD/man/man1/$program.1"
		done
	done
}

# The options of a synopsis, -x or --long, one a line.
options_of() {
	tr '[]|' '\n\n\n' <"$1" | grep -o '^ *-[-[:alpha:]]*' | tr -d ' ' |
	    while read -r word; do
		case $word in
		--*)	echo "$word" ;;
		*)	echo "${word#-}" | fold -w 1 | sed 's/^/-/' ;;
		esac
	done
}

@test "-V and --version print the version" {
	for program in $FRONTENDS; do
		version=$(rttmatch -V)
		case $program in
		connmonitor | connvitals)
			text="$program Version ${version#* } (connpipe)" ;;
		*)	text="$program (connpipe) ${version#* }" ;;
		esac
		for option in -V --version; do
			[ "$($program $option)" = "$text" ]
		done
	done
	[ "$(tcpeek -v)" = "$(tcpeek -V)" ]
	[ "$(connmonitor -v)" = "$(connmonitor -V)" ]
}

# wrong MESSAGE ARGUMENT...: wrong usage of every front-end.
wrong() {
	local message=$1
	shift
	for program in $FRONTENDS; do
		status=0
		$program "$@" >out 2>said || status=$?
		[ $status -eq 2 ] || [ $program$status = connmonitor1 ]
		[ ! -s out ]
		printf "%s: %s\ntry '%s --help'\n" $program "$message" $program |
		    same said -
	done
}

@test "the same mistake has the same message in all of them" {
	wrong 'unknown option -@' -@
	wrong 'unknown option -*' '-*'
	wrong 'unknown option --nothing' --nothing
	wrong 'unknown option --nothing' --nothing=1
	wrong 'option --help takes no argument' --help=1
}

@test "a long option can be abbreviated, with its argument after = or a space" {
	for args in '--seconds=2' '--seconds 2' '--sec 2' '-s2' '-s 2' '-Qs 2'; do
		# shellcheck disable=SC2086
		connmon --pipeline $args -Qrfile | grep -q -- "-t 2 "
	done
	FRONTENDS=connmon
	wrong 'option --s is ambiguous' --s 1
	wrong 'option --read needs an argument' --read
	wrong 'option -r needs an argument' -mr
	wrong "-c: invalid number 'x': must be at least 0" -cx
	wrong "--seconds: invalid time '1.2.3': must be seconds, 0 or more" \
	    --seconds 1.2.3
	wrong "unexpected operand 'x'" -r file x
	wrong "unexpected operand '-Q'" -r file -- -Q
	wrong 'unknown option --' -m-
	wrong 'no input: -i device captures, -r file reads'
}

@test "messages of the parts name the front-end's option" {
	while IFS='|' read -r message command; do
		# shellcheck disable=SC2086
		run $command
		[ $status -ne 0 ]
		[ "${lines[0]}" = "${command%% *}: $message" ]
		[ "${lines[1]}" = "try '${command%% *} --help'" ]
	done <<-'END'
	-p: invalid port 'x': not a port, a range or a TCP service|http_connection_monitor -p x
	invalid filter 'b:UP@%:80': 'UP': must be RX, TX or ANY|tcpeek -i lo b:UP@%:80
	--local: invalid prefix 'here': must be address or address/bits|tcpeek --local here -i lo
	-B: invalid number '9999': must be 1 to 2047|tcpeek -B 9999 -i lo
	--group: no such group: no-such-group|tcpeek --group no-such-group -i lo
	--rate: invalid number '0': must be 1 to 1000000|connmonitor --rate 0 list
	-H: invalid number '999': must be 1 to 255|connvitals -H 999 ::1
	--rtdMaxAge: invalid time 'x': must be more than 0|connmon --rtdMaxAge x -r f
	--emulate: invalid speed '0': must be more than 0|connmon --emulate=0 -r f
	END
}
