#!/usr/bin/env bats
# runpipe: programs joined by pipes behave as one.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# A source that counts, and says so when it is asked to stop.
	cat >source <<-'END'
	#!/bin/sh
	exec 2>/dev/null	# "Terminated" of its sleep
	trap 'echo last; exit' INT TERM HUP
	echo $$ >source.pid
	echo first
	while :; do sleep 0.02; done
	END
	chmod +x source
}

teardown() {
	[ -z "${job:-}" ] || kill -9 "$job" 2>/dev/null || true
	uncable
}

# Is process $1 there, and no zombie?
alive() {
	[ -r "/proc/$1/stat" ] &&
	    [ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null)" != Z ]
}

dead() { ! alive "$1"; }

@test "output, input and status are those of the pipeline" {
	run -0 runpipe seq 3 '|' tac '|' tr 1 x
	[ "$output" = $'3\n2\nx' ]
	run -0 runpipe cat '|' cat -A <<<in
	[ "$output" = 'in$' ]
	run -0 runpipe -- printf '%s\n' -h
	[ "$output" = -h ]
	run -0 runpipe printf '%s\n' -h '' 'a  b' 'x|y' '3>'
	[ "$output" = $'-h\n\na  b\nx|y\n3>' ]
}

@test "the status is that of the first failure, and no signal's" {
	run -3 runpipe sh -c 'echo; exit 3' '|' cat
	run -4 runpipe seq 3 '|' sh -c 'exit 4' '|' cat
	run -0 runpipe yes '|' head -n 1
	[ "$output" = y ]
	run -0 runpipe sh -c 'echo; exit 141' '|' cat
	run -1 runpipe sh -c 'exit 255'
	run -1 --separate-stderr runpipe sh -c 'echo; kill -SEGV $$' '|' cat
	[ "$stderr" = 'runpipe: sh: killed by signal 11 (Segmentation fault)' ]
}

@test "a program that is missing keeps the others from starting" {
	run -127 runpipe touch started '|' no-such-program
	[[ "$output" == 'runpipe: no-such-program: not found in PATH'* ]]
	[ ! -e started ]
	run -127 runpipe ./missing
}

@test "wrong usage" {
	run -2 runpipe
	[ "${lines[0]}" = 'runpipe: no program' ]
	run -2 runpipe cat '|'
	[ "${lines[0]}" = 'runpipe: stage 2 has no program' ]
	run -2 runpipe cat ';' cat
	[ "${lines[0]}" = 'runpipe: nothing leads to stage 2' ]
	run -2 runpipe -u no-such-user true
	[ "${lines[0]}" = 'runpipe: -u: no such user: no-such-user' ]
}

@test "a second output leads to a later stage" {
	run -0 runpipe sh -c 'echo data; echo note >&3' '3>|3' '|' tr a-z A-Z \
	    '|' sort
	[ "$output" = $'DATA\nnote' ]
	run -0 --separate-stderr runpipe sh -c 'echo one; echo oops >&2' \
	    '2>|3' '|' sh -c 'cat; echo oh >&2' '2>|3' ';' \
	    sed 's/^/EE: /' '1>&2'
	[ "$output" = one ]
	[ "$(sort <<<"$stderr")" = $'EE: oh\nEE: oops' ]
}

@test "if the source fails at once, nothing else runs or says anything" {
	run -1 runpipe sh -c 'echo no such device >&2; exit 1' '|' \
	    sh -c 'echo empty >&2' '|' touch started
	[ "$output" = 'no such device' ]
	[ ! -e started ]
	run -1 runpipe pcapsrc -r missing.pcap '|' tcpdecode '|' rttmatch
	[ "$output" = 'pcapsrc: missing.pcap: No such file or directory' ]
	# What its messages lead to runs.
	run -1 runpipe sh -c 'echo no >&2; exit 1' '2>|3' '|' echo began \
	    '2>|3' ';' sed 's/^/EE: /'
	[ "$output" = 'EE: no' ]
	# One that succeeds, or fails later, does not keep the others.
	run -0 runpipe true '|' echo began
	[ "$output" = began ]
	run -1 runpipe sh -c 'echo; exit 1' '|' echo began
	[ "$output" = began ]
}

# started COMMAND...: run it in the background of a script, where SIGINT is
# ignored, with its output in out; wait until the source works, and the others.
started() {
	sh -c '"$@" >out 2>said & echo $! >job.pid; wait $!
	    echo $? >status' sh "$@" 3>&- &
	until_true 10 test -s job.pid -a -s source.pid -a -s out
	job=$(cat job.pid)
}

@test "a signal stops the source, and the others read to the end" {
	for signal in INT TERM HUP QUIT; do
		rm -f *.pid out status
		started runpipe ./source '|' tee seen '|' cat
		kill -"$signal" "$job"
		until_true 10 [ -s status ]
		[ "$(cat status)" = 0 ]
		[ "$(cat out)" = $'first\nlast' ]
		[ ! -s said ]
	done
}

@test "a second signal ends all" {
	printf '#!/bin/sh\ntrap "" TERM\necho first; echo >source.pid
	while :; do sleep 0.1; done\n' >deaf
	chmod +x deaf
	started runpipe ./deaf '|' cat
	ended() { kill "$job" 2>/dev/null; [ -s status ]; }
	until_true 10 ended
	[ "$(cat status)" = 1 ]
}

@test "timeout returns when the last line is written" {
	run -124 timeout 1 runpipe ./source '|' sh -c 'cat; sleep 0.2; echo end'
	[ "$output" = $'first\nlast\nend' ]
}

@test "USR1, USR2 and WINCH reach all who listen, and harm no one else" {
	cat >said.py <<-'END'
	import signal, sys
	for s in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH):
	    signal.signal(s, lambda n, _: print(n, file=sys.stderr, flush=True))
	for line in sys.stdin:
	    print(line, end='', flush=True)
	END
	need python3
	started runpipe ./source '|' python3 said.py '|' cat
	for signal in USR1 USR2 WINCH; do
		kill -"$signal" "$job"
		until_true 10 grep -qx "$(kill -l $signal)" said
	done
	kill "$job"
	until_true 10 [ -s status ]
	[ "$(cat status)" = 0 ]
	[ "$(cat out)" = $'first\nlast' ]
}

@test "-s has a stage read the names of signals" {
	started runpipe -s 3 ./source '|' cat '|' cat
	for signal in USR1 WINCH; do
		kill -"$signal" "$job"
		until_true 10 grep -qx "$signal" out
	done
	kill -INT "$job"
	until_true 10 [ -s status ]
	[ "$(sort out)" = $'INT\nUSR1\nWINCH\nfirst\nlast' ]
	[ "$(cat status)" = 0 ]
	run -2 runpipe -s 3 cat '|' cat
	[ "${lines[0]}" = 'runpipe: -s: there are 2 stages' ]
}

@test "when a stage ends, the source stops" {
	started runpipe ./source '|' sh -c 'read line; echo "$line"'
	until_true 10 [ -s status ]
	[ "$(cat status)" = 0 ]
	dead "$(cat source.pid)"
}

# The stages of a job that runs: their process ids.
stages() { pgrep -P "$job"; }

@test "no stage outlives what is killed" {
	need pgrep
	for victim in job source middle; do
		rm -f *.pid out status
		started runpipe ./source '|' sed -u '' '|' cat
		all=$(stages)
		[ "$(wc -w <<<"$all")" -eq 3 ]
		case $victim in
		job)	kill -9 "$job" ;;
		source)	kill -9 "$(cat source.pid)" ;;
		middle)	kill -9 "$(pgrep -P "$job" -x sed)" ;;
		esac
		for pid in $all; do
			until_true 10 dead "$pid"
		done
		until_true 10 [ -s status ]
		case $victim in
		source)	name=./source ;;
		middle)	name='sed' ;;
		*)	continue ;;
		esac
		[ "$(cat said)" = "runpipe: $name: killed by signal 9 (Killed)" ]
		[ "$(cat status)" = 1 ]
	done
}

@test "-u leaves the first stage alone, and others no capability" {
	need_root
	show='grep -E "^(Uid|Gid|Groups|Cap...|NoNewPrivs):" /proc/self/status'
	uid=$(id -u nobody)
	runpipe -u nobody sh -c 'echo; id -u >&3' '3>|3' '|' \
	    sh -c "$show" '|' cat >got
	grep -qx 0 got
	[ "$(grep ^Uid: got | tr -d '\t ')" = "Uid:$uid$uid$uid$uid" ]
	for set in Inh Prm Eff Amb; do
		grep -qx "Cap$set:	0*" got
	done
	grep -qx 'NoNewPrivs:	1' got
	# Without it, who is not root keeps none either.
	need setpriv
	setpriv --reuid "$uid" --clear-groups --inh-caps +net_raw \
	    --ambient-caps +net_raw \
	    runpipe sh -c "$show >&3; echo" '3>|3' '|' sh -c "$show" '|' cat >got
	run -0 grep -c '^CapEff:	0*[1-9]' got
	[ "$output" = 1 ]
	run -1 runpipe -u nobody true '|' sh -c 'kill -0 $PPID 2>/dev/null'
}

@test "a stage that drops its privilege itself does not outlive the job" {
	need_root
	need pgrep
	sh -c 'runpipe pcapsrc -i lo "|" sh -c "cat >seen" & echo $! >job.pid
	    wait' 3>&- &
	until_true 10 test -s seen
	job=$(cat job.pid)
	all=$(stages)
	[ "$(wc -w <<<"$all")" -eq 2 ]
	grep -q "^Uid:	$(id -u nobody)" "/proc/$(pgrep -P "$job" -x pcapsrc)/status"
	kill -9 "$job"
	for pid in $all; do
		until_true 10 dead "$pid"
	done
}

@test "on a terminal: Ctrl-C and Ctrl-\\ stop the source once" {
	need python3
	for key in ^C '^\'; do
		rm -f source.pid
		run -0 python3 "$BATS_TEST_DIRNAME/terminal.py" first "$key" \
		    runpipe ./source '|' sh -c 'cat; echo end'
		echo "$output"
		[[ "$output" == *last*end*"status 0" ]]
		[ "$(grep -c last <<<"$output")" -eq 1 ]
	done
}

@test "on a terminal that is closed: the source stops, and nothing stays" {
	need python3 pgrep
	python3 "$BATS_TEST_DIRNAME/terminal.py" ready close sh -c '
	    runpipe ./source "|" sh -c "echo \$\$ >reader.pid; cat >seen; echo end >>seen" &
	    until [ -s seen ]; do sleep 0.02; done; echo ready; wait' >/dev/null
	until_true 10 dead "$(cat source.pid)"
	until_true 10 dead "$(cat reader.pid)"
	[ "$(cat seen)" = $'first\nlast\nend' ]
}

@test "under nohup and setsid it works as in front" {
	need nohup setsid
	started nohup runpipe ./source '|' cat
	kill -HUP "$job"
	kill -USR2 "$job"	# comes after it
	alive "$job"
	kill -TERM "$job"
	until_true 10 [ -s status ]
	[ "$(cat out)" = $'first\nlast' ]
	run -0 setsid -w runpipe seq 3 '|' tail -n 1
	[ "$output" = 3 ]
}

@test "with SIGPIPE ignored, as under systemd, an end by it is no failure" {
	run -0 sh -c 'trap "" PIPE; exec runpipe yes "|" head -n 1'
	[ "$output" = y ]
}

@test "as process 1 of a container it waits for strangers" {
	need_root
	need unshare
	unshare -pf --mount-proc true 2>/dev/null || skip "no pid namespaces"
	run -0 unshare -pf --mount-proc runpipe \
	    sh -c '(sh -c "exit 7" & ); echo; until ! grep -ls "State:.*Z" \
	        /proc/[0-9]*/status; do sleep 0.02; done; echo $PPID' '|' cat
	[ "${lines[-1]}" = 1 ]
}
