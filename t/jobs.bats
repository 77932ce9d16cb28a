#!/usr/bin/env bats
# Front-ends behave as one process: signals, status, privilege, what is left.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	let_nobody_in
	echo '127.0.0.1 ping=50 numpings=1 timestamp=0' >list
}

teardown() {
	[ -z "${job:-}" ] || kill -9 "$job" 2>/dev/null || true
	ip link del "cp$$" 2>/dev/null || true
}

# The live front-ends, a command a line, and the program that is the source.
fronts() {
	cat <<-END
	pcapsrc tcpeek -i ${1:-lo} -U $PWD/socket/s
	pcapsrc connmon -i ${1:-lo} --sumInt 1000
	pcapsrc http_connection_monitor -n -i ${1:-lo}
	END
	[ $# -gt 0 ] || echo "probesrc connmonitor list"
}

# go SOURCE COMMAND...: run it in the background of a script, where SIGINT is
# ignored, until all of its programs run.  job is its process.
go() {
	local source=$1
	shift
	rm -f status
	sh -c '"$@" >out 2>said & echo $! >job; wait $!; echo $? >status' sh \
	    "$@" 3>&- &
	until_true 30 test -s job
	job=$(cat job)
	rm job
	until_true 30 runs "$source"
}

# Does the job's source handle signals, and do the others run?
runs() {
	local all
	all=$(pgrep -P "$job") || return
	[ "$(pgrep -P "$job" -x runpipe)" = '' ] &&
	    [ "$(wc -w <<<"$all")" -ge 4 ] &&
	    catches "$(pgrep -P "$job" -x "$1")" "$(kill -l INT)"
}

# Is process $1 there, and no zombie?
alive() {
	[ -r "/proc/$1/stat" ] &&
	    [ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null)" != Z ]
}
dead() { ! alive "$1"; }

none_left() {
	local pid
	for pid; do
		until_true 30 dead "$pid" || return
	done
}

# The last lines that each prints when it is stopped.
prints_its_end() {
	case $1 in
	tcpeek) grep -q '^====================================$' said ;;
	connmon) grep -q 'flows, .* packets' said || [ ! -s said ] ;;
	http*)	grep -q '^Aggregate:' out ;;
	esac
}

@test "none has background jobs or traps: it execs runpipe" {
	for program in tcpeek connmon http_connection_monitor connmonitor \
	    connvitals; do
		grep -q 'exec runpipe' "$BUILD/bin/$program"
		run -1 grep -nE '(^|[^>&])&$|^[	 ]*trap ' "$BUILD/bin/$program"
	done
}

@test "INT, TERM, HUP and QUIT from a script in the background end it as Ctrl-C" {
	need_root
	need pgrep
	while read -r source command; do
		for signal in INT TERM HUP QUIT; do
			[ "$command$signal" != 'connmonitor listHUP' ] || continue
			# shellcheck disable=SC2086
			go "$source" $command
			all=$(pgrep -P "$job")
			kill -"$signal" "$job"
			until_true 30 test -s status
			echo "$command $signal: $(cat status) $(cat said)"
			[ "$(cat status)" = 0 ]
			prints_its_end "$command"
			# shellcheck disable=SC2086
			none_left $all
		done
	done < <(fronts)
}

@test "USR1, USR2 and WINCH do not end it; ALRM and KILL leave nothing" {
	need_root
	need pgrep
	while read -r source command; do
		# shellcheck disable=SC2086
		go "$source" $command
		all=$(pgrep -P "$job")
		for signal in USR1 USR2 WINCH; do
			kill -"$signal" "$job"
		done
		kill -TERM "$job"
		until_true 30 test -s status
		[ "$(cat status)" = 0 ]
		for signal in ALRM KILL; do
			# shellcheck disable=SC2086
			go "$source" $command
			all=$(pgrep -P "$job")
			kill -"$signal" "$job"
			# shellcheck disable=SC2086
			none_left $all
		done
	done < <(fronts)
}

@test "if the source or a middle program is killed, all end, and a message says so" {
	need_root
	need pgrep
	while read -r source command; do
		middle=tcpdecode
		[ "$source" != probesrc ] || middle=vitals
		for victim in $source $middle; do
			# shellcheck disable=SC2086
			go "$source" $command
			all=$(pgrep -P "$job")
			kill -9 "$(pgrep -P "$job" -x "$victim")"
			until_true 30 test -s status
			[ "$(cat status)" = 1 ]
			grep -q "runpipe: $victim: killed by signal 9" said
			# shellcheck disable=SC2086
			none_left $all
		done
	done < <(fronts)
}

@test "started by root, every program is nobody, without capabilities" {
	need_root
	need pgrep
	while read -r source command; do
		# shellcheck disable=SC2086
		go "$source" $command
		for pid in $(pgrep -P "$job"); do
			until_true 30 grep -q "^Uid:	$(id -u nobody)	" \
			    "/proc/$pid/status"
			run -0 grep -Ec '^Cap(Inh|Prm|Eff|Amb):	0+$' \
			    "/proc/$pid/status"
			[ "$output" -eq 4 ]
			grep -q 'NoNewPrivs:	1' "/proc/$pid/status"
		done
		[ "${command%% *}" != tcpeek ] ||
		    until_true 30 test -S socket/s
		[ "${command%% *}" != tcpeek ] ||
		    [ "$(stat -c %U socket/s)" = nobody ]
		kill "$job"
		until_true 30 test -s status
	done < <(fronts)
}

@test "-u and -Z choose the user, who owns the socket" {
	need_root
	need pgrep
	for command in 'tcpeek -u daemon -i lo -U socket/d' \
	    'http_connection_monitor -n -i lo -Z daemon'; do
		# shellcheck disable=SC2086
		go pcapsrc $command
		for pid in $(pgrep -P "$job"); do
			until_true 30 grep -q "^Uid:	$(id -u daemon)	" \
			    "/proc/$pid/status"
		done
		[ "${command%% *}" != tcpeek ] ||
		    until_true 30 test -S socket/d
		[ "${command%% *}" != tcpeek ] ||
		    [ "$(stat -c %U socket/d)" = daemon ]
		kill "$job"
		until_true 30 test -s status
	done
}

@test "timeout(1) returns when all is printed, and nothing says Terminated" {
	need_root
	run -124 --separate-stderr timeout 2 tcpeek -q -i lo -U ''
	[[ $stderr == *'TCPEEK SUMMARY'*==== ]]
	[[ $stderr != *Terminated* ]]
	run -124 --separate-stderr timeout 3 connmon -e -m -r "$SAMPLE"
	[[ $output == *10.77.1.1* ]]
	[[ $stderr == *flows,* && $stderr != *Terminated* ]]
	run -124 --separate-stderr timeout 2 http_connection_monitor -n -i lo
	[[ $output == *Aggregate:* && $stderr != *Terminated* ]]
	run -124 --separate-stderr timeout 2 connmonitor list
	[[ $output == *127.0.0.1* && -z $stderr ]]
}

@test "a device that goes away, or is none: one message, status 1" {
	need_root
	need ip pgrep
	for command in 'tcpeek -i' 'connmon -i'; do
		# shellcheck disable=SC2086
		run -1 $command nosuchdevice
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *nosuchdevice* ]]
	done
	while read -r source command; do
		ip link add "cp$$" type veth peer name "cq$$" 2>/dev/null ||
		    skip 'no virtual devices'
		ip link set "cp$$" up
		# shellcheck disable=SC2086
		go "$source" $command
		ip link del "cp$$"
		until_true 30 test -s status
		[ "$(cat status)" = 1 ]
		grep -q "^pcapsrc: cp$$: " said
		prints_its_end "$command"
	done < <(fronts "cp$$")
}

@test "without privilege: one message, which says what to do" {
	need_root
	need setpriv
	for command in "tcpeek -U $PWD/s -i lo" 'connmon -i lo' \
	    'http_connection_monitor -n -i lo'; do
		# shellcheck disable=SC2086
		run -1 setpriv --reuid nobody --clear-groups --inh-caps -all \
		    --bounding-set -all \
		    "$BUILD/bin/${command%% *}" ${command#* }
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *'needs root'* ]]
	done
}

@test "a full disk is an error" {
	[ -c /dev/full ] || skip 'no /dev/full'
	for command in "connmon -q -r $SAMPLE" \
	    "http_connection_monitor -n -i $SAMPLE"; do
		status=0
		$command >/dev/full 2>said || status=$?
		[ $status -ne 0 ] && [ $status -lt 128 ]
		grep -qi 'no space' said
	done
}

@test "on a terminal Ctrl-C prints the end; closing it leaves nothing" {
	need_root
	need python3 pgrep
	run -0 python3 "$BATS_TEST_DIRNAME/terminal.py" 'listening' ^C \
	    tcpeek -q -i lo -U ''
	[[ $output == *'TCPEEK SUMMARY'*'status 0' ]]
	run -0 python3 "$BATS_TEST_DIRNAME/terminal.py" 'listening' close \
	    tcpeek -q -i lo -U "$PWD/socket/t"
	until_true 30 eval '! pgrep -f "pcapsrc.*-i lo.*" -a | grep -q socket'
	until_true 30 test ! -e socket/t
}
