#!/usr/bin/env bats
# connmonitor and connvitals: command line, output, exit; and the systemd unit.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$PWD/bin:$PATH
	mkdir bin
	pids=''
}

# Kill what a test has started and not ended.
teardown() {
	local pid
	for pid in $pids; do
		kill "$pid" 2>/dev/null || true
	done
	uncable
}

# fake COMMAND: replace probesrc by COMMAND, which also stores its arguments.
fake() {
	printf '#!/bin/sh\necho "$*" >%s\n%s\n' "$PWD/args" "$1" >bin/probesrc
	chmod +x bin/probesrc
}

need_pings() {
	echo 127.0.0.1 numpings=1 | probesrc -1 >/dev/null ||
	    skip "this user may not send echo requests"
}

# start ARGUMENT...: run connmonitor in the background; its process is $!.
start() {
	: >out
	connmonitor "$@" <&0 >out 2>err 3>&- &
	pids="$pids $!"
}

# bursts HOST: the number of its bursts that were printed.
bursts() { grep -c "^$1\$" out || true; }

# at_least N HOST: were at least N bursts of it printed?
at_least() { [ "$(bursts "$2")" -ge "$1" ]; }

@test "-h is the page's SYNOPSIS, and the page has every option" {
	need mandoc col
	for program in connmonitor connvitals; do
		run -0 $program -h
		echo "$output" >help
		MANWIDTH=500 mandoc -T ascii -O width=500 \
		    "$BUILD/man/man1/$program.1" | col -b |
		    sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' |
		    tr -s ' \n' ' ' | sed 's/^ //; s/ $//' >want
		sed -n '/^usage: /,/^  -/p' help | grep -v '^  -' |
		    tr -s ' \n' ' ' | sed 's/^usage: //; s/ $//' >got
		same want got
		for option in $(grep -o '^  .*  ' help | grep -oe '--*[[:alpha:]-]*'); do
			grep -qe "Fl ${option#-}\( \|$\)" -e "Fl .*, ${option#-}\( \|$\)" \
			    "$top/share/man/man1/$program.1" ||
			    { echo "$option"; false; }
		done
	done
}

@test "each documented option for it prints the version" {
	for option in -v -V --version; do
		run -0 connmonitor $option
		[[ "$output" == "connmonitor Version "[0-9]* ]]
	done
	for option in -V --version; do
		run -0 connvitals $option
		[[ "$output" == "connvitals Version "[0-9]* ]]
	done
}

@test "wrong usage is status 1 in connmonitor, as in the original, 2 in connvitals" {
	for wrong in -x --what 'a b' --rate '--rate x a'; do
		# Word splitting is intended.
		run -1 connmonitor $wrong
		[[ "$output" == "connmonitor: "*"try 'connmonitor --help'" ]]
	done
	for wrong in '' -x --what -p '-p x h' '-H 0 h' '--payload-size=-1 h' \
	    '--json=1 h' '-P h' "a=b" '#'; do
		# Word splitting is intended.
		run -2 connvitals $wrong
		[[ "$output" == "connvitals: "*"try 'connvitals --help'" ]]
	done
	run -2 connvitals 'a b'
	run -2 connvitals ''
}

@test "--pipeline prints the pipeline as a shell command" {
	need portid
	run -0 connmonitor --pipeline
	[ "$output" = 'probesrc -fxr 10000 | portid | vitals -w' ]
	run -0 connmonitor --rate=5 --pipeline "it's a list"
	[ "$output" = "probesrc -fxr 5 'it'\\''s a list' | portid | vitals -w" ]
	echo 127.0.0.1 numpings=1 timestamp=0 >"it's a list"
	fake 'cat "$3" >&2'
	run -0 sh -c "$output"
	[ "$output" = '127.0.0.1 numpings=1 timestamp=0' ]
}

@test "connvitals passes its options to probesrc, for one run" {
	need portid
	fake 'cat'
	asks() {
		connvitals --pipeline "$@" | sed 's/ | portid.*//; s/ | vitals.*//' |
		    sh >got
		cat >want
		same want got
		[ "$(cat args)" = -1 ]
	}
	asks localhost ::1 <<-'END'
	localhost ping=3600000 numpings=10 payload=41 trace=0 hops=30 scan=0 json=0
	::1 ping=3600000 numpings=10 payload=41 trace=0 hops=30 scan=0 json=0
	END
	asks -stjp 100 -H9 --payload-size 1400 h <<-'END'
	h ping=3600000 numpings=100 payload=1400 trace=3600000 hops=9 scan=3600000 json=1
	END
	asks h -Pt --hops=9 -- i <<-'END'
	h ping=0 numpings=10 payload=41 trace=3600000 hops=9 scan=0 json=0
	i ping=0 numpings=10 payload=41 trace=3600000 hops=9 scan=0 json=0
	END
	asks --no-ping --port-scan --trace --json --pings 3 "h'*" <<-'END'
	h'* ping=0 numpings=3 payload=41 trace=3600000 hops=30 scan=3600000 json=1
	END
}

@test "connvitals prints each host that has an address, in order, with status 0" {
	need_pings
	run -0 --separate-stderr connvitals -tp 2 localhost nosuch.invalid 127.0.0.3
	sed 's/[0-9]\.[0-9]\{3\}/N/g' <<<"$output" | same - <(cat <<-'END'
	localhost (127.0.0.1)
	N	N	N	N	N
	127.0.0.1	N
	127.0.0.3
	N	N	N	N	N
	127.0.0.3	N
	END
	)
	# shellcheck disable=SC2154
	[[ "$stderr" == "EE: probesrc: nosuch.invalid: "*" -	 "*" 20"* ]]
	need jq
	connvitals -jtsp 2 127.0.0.1 2>/dev/null | jq -e '.ping.loss == 0 and
	    .trace[0][0] == "127.0.0.1" and (.scan | has("mysql"))'
}

@test "connvitals fails if no host has an address or the output fails" {
	need_pings
	run -1 --separate-stderr connvitals nosuch.invalid
	[ -z "$output" ]
	[[ "$stderr" == "EE: "* ]]
	[ -c /dev/full ] || skip "no /dev/full"
	status=0
	connvitals -p 1 127.0.0.1 >/dev/full 2>messages || status=$?
	[ $status -eq 1 ]
}

@test "a list from a file or standard input runs until SIGTERM, with status 0" {
	need_pings
	printf '%s\n' '127.0.0.1 PING=50 NumPings=2 timestamp=0' \
	    '127.0.0.2 ping=50 numpings=2 json=1' >list
	start list
	until_true 30 at_least 3 127.0.0.1
	kill $!
	wait $!
	grep -q '^[0-9.]*	[0-9.]*	[0-9.]*	[0-9.]*	0.000$' out
	grep -q '^{"addr":"127.0.0.2","name":"127.0.0.2","timestamp":' out
	same /dev/null err
	start <list
	until_true 30 at_least 3 127.0.0.1
	kill -INT $!
	wait $!
}

@test "a list that cannot be read or is wrong is status 1 and an EE line" {
	run -1 connmonitor missing
	[[ "$output" == "EE: probesrc: missing: No such file or directory -	 "* ]]
	echo 'h foo=1' >list
	run -1 connmonitor list
	[[ "$output" == "EE: probesrc: list:1: foo=1: unknown option -	 "* ]]
	run -1 connmonitor <list
	[[ "$output" == "EE: probesrc: stdin:1: foo=1: "* ]]
	run -1 connmonitor </dev/null
	[[ "$output" == "EE: "* ]]
	printf '127.0.0.1\n127.0.0.2\n' >list
	start --rate 20 list
	until_true 30 grep -q '^EE: probesrc: list: asks for 34 packets a second, ' err
	kill $!
	wait $!
}

@test "messages end with the time, and closed ports are warnings" {
	need_pings
	echo '127.0.0.1 ping=0 scan=100 ports=1 timestamp=0' >list
	start list
	until_true 30 grep -q '^WW' err
	kill $!
	wait $!
	grep -q "^WW: Could not connect to 127.0.0.1:1 - \[Errno 111\] Connection refused -	 [A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 0-9][0-9] ..:..:.. 20..\$" err
}

@test "SIGHUP reads the file again; a wrong one changes nothing" {
	need_pings
	echo '127.0.0.1 ping=50 numpings=1 timestamp=0' >list
	start list
	until_true 30 at_least 1 127.0.0.1
	echo '127.0.0.2 ping=50 numpings=1 timestamp=0' >list
	kill -HUP $!
	until_true 30 at_least 1 127.0.0.2
	n=$(bursts 127.0.0.1)
	until_true 30 at_least "$(($(bursts 127.0.0.2) + 3))" 127.0.0.2
	[ "$(bursts 127.0.0.1)" -eq "$n" ]
	echo '127.0.0.3 ping=x' >list
	kill -HUP $!
	until_true 30 grep -q '^EE: probesrc: list:1: ping=x: ' err
	until_true 30 at_least "$(($(bursts 127.0.0.2) + 3))" 127.0.0.2
	kill $!
	wait $!
}

@test "SIGHUP with a file that cannot be read: an error, clean up, status 1" {
	need_pings
	echo '127.0.0.1 ping=50 numpings=1 timestamp=0' >list
	start list
	until_true 30 at_least 1 127.0.0.1
	rm list
	kill -HUP $!
	status=0
	wait $! || status=$?
	[ $status -eq 1 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^EE: probesrc: list: No such file or directory -	 ' err
}

@test "SIGTERM waits for running bursts, and prints them" {
	need_pings
	echo '127.0.0.1 ping=900000 numpings=15 interval=60 timestamp=0' >list
	start list
	until_caught $! USR1
	begun() { kill -USR1 "$pids"; grep -q 'sent [1-9]' err; }
	until_true 30 begun
	kill $!
	wait $!
	[ "$(bursts 127.0.0.1)" -eq 1 ]
	grep -q '	0.000$' out
}

@test "SIGHUP with a list from standard input is an error, and it goes on" {
	need_pings
	echo '127.0.0.1 ping=50 numpings=1 timestamp=0' >list
	start <list
	until_true 30 at_least 1 127.0.0.1
	kill -HUP $!
	until_true 30 grep -q '^EE: ' err
	until_true 30 at_least "$(($(bursts 127.0.0.1) + 3))" 127.0.0.1
	kill $!
	wait $!
}

@test "signals to the process group, as from a terminal, have the same effect" {
	need_pings
	need setsid
	echo '127.0.0.1 ping=50 numpings=1 timestamp=0' >list
	# The group's first process stores its number, then execs connmonitor.
	setsid sh -c 'echo $$ >pid; exec connmonitor list' >out 2>err 3>&- &
	running=$!
	until_true 30 at_least 1 127.0.0.1
	group=$(cat pid)
	pids="$pids $group"
	kill -HUP -- "-$group"
	until_true 30 at_least "$(($(bursts 127.0.0.1) + 3))" 127.0.0.1
	kill -INT -- "-$group"
	wait $running
	same /dev/null err
}

@test "it exits when its reader does" {
	need_pings
	echo '127.0.0.1 ping=10 numpings=1 timestamp=0' >list
	connmonitor list 2>err | head -n 2 >out
	[ "$(wc -l <err)" -le 1 ]
	[ "$(wc -l <out)" -eq 2 ]
}

@test "no file is left in the temporary directory" {
	need_pings
	mkdir tmp
	echo '127.0.0.1 ping=50 numpings=1 timestamp=0' >list
	TMPDIR=$PWD/tmp start list
	until_true 30 at_least 1 127.0.0.1
	[ -z "$(ls tmp)" ]
	kill $!
	wait $!
}

@test "another host: its services, its path, and an outage" {
	cable
	need python3 portid jq
	ip netns exec "$A" sh -c \
	    'echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range' || true
	ip netns exec "$B" python3 -m http.server --bind :: 80 >/dev/null 2>&1 3>&- &
	until_true 30 ip netns exec "$B" sh -c \
	    'connvitals -Ps ::1 2>/dev/null | grep -q 200'
	# IPv4 and IPv6 in one run.
	ip netns exec "$A" connvitals -jtsp 3 10.98.0.2 fd98::2 2>err >json
	[ "$(wc -l <json)" -eq 2 ]
	jq -e '.ping.loss == 0 and .ping.min > 0 and .trace[0][0] == .addr and
	    .scan.http."response code" == "200" and .scan.mysql == "None" and
	    (.scan.http.server | startswith("SimpleHTTP/"))' json
	grep -q '^WW: Could not connect to fd98::2:443 - ' err
	printf '%s ping=50 numpings=2 interval=1 trace=100 json=1\n' 10.98.0.2 \
	    fd98::2 >list
	ip netns exec "$A" "$(command -v connmonitor)" list >out 2>err 3>&- &
	pids=$!
	until_true 30 grep -q '"addr":"fd98::2".*"loss":0.0' out
	until_true 30 grep -q '"addr":"10.98.0.2".*"trace":' out
	# After more traces of the same path there is no second block.
	n=$(wc -l <out)
	until_true 30 eval '[ "$(wc -l <out)" -gt $((n + 30)) ]'
	[ "$(grep '"addr":"10.98.0.2"' out | grep -c '"trace":')" -eq 1 ]
	ip -n "$B" link set vb down
	until_true 30 grep -q '"addr":"fd98::2".*"min":-1.0.*"loss":100.0' out
	until_true 30 grep -q '"addr":"10.98.0.2".*"min":-1.0.*"loss":100.0' out
	kill $pids
	wait $pids
	jq -es length out >/dev/null
}

@test "ports are scanned without portid, too" {
	need_pings
	for program in probesrc vitals runpipe; do
		ln -s "$(command -v $program)" bin/
	done
	cp "$(command -v connmonitor)" bin/
	echo '127.0.0.1 ping=0 scan=100 timestamp=0' >list
	PATH=$PWD/bin:/usr/bin:/bin start list
	until_true 30 grep -q '^None	None	None$' out
	kill $!
	wait $!
}

@test "the unit is valid, and its sandbox is tight" {
	need systemd-analyze
	unit=$top/share/systemd/connmonitor.service
	run -0 systemd-analyze verify "$unit"
	[ -z "$output" ]
	systemd-analyze security --offline=yes --no-pager "$unit" >rating ||
	    skip "needs a systemd-analyze that checks files offline"
	grep -q 'Overall exposure level for connmonitor.service: 1\.[0-9] OK' rating
}

# The command of the unit for $1, in the folders of the test.
unit_command() {
	sed -n "/^$1=/,/'\$/p" "$top/share/systemd/connmonitor.service" |
	    sed "s/^$1=+*//; s/ *\\\\\$//; s/\\\$\\\$/\$/g" | tr -d '\n' |
	    sed "s,\([ =>]\)/\(etc\|run\)/,\1$PWD/\2/,g
	    s,/usr/local/bin,$PWD/bin,"
}

@test "the unit creates the documented list if there is none" {
	mkdir etc run
	sh -c "$(unit_command ExecStartPre)"
	echo 'localhost trace=5000 scan=5000 json=True' |
	    same - run/connmonitor.conf
	echo mine >run/connmonitor.conf
	sh -c "$(unit_command ExecStartPre)"
	[ "$(cat run/connmonitor.conf)" = mine ]
	rm run/connmonitor.conf
	touch etc/connmonitor.conf
	sh -c "$(unit_command ExecStartPre)"
	[ ! -e run/connmonitor.conf ]
}

@test "the unit uses the list in /etc, or else in the old place" {
	command=$(unit_command ExecStart)
	for place in etc run; do
		mkdir $place
		printf '#!/bin/sh\necho "$1"\n' >bin/connmonitor
		chmod +x bin/connmonitor
	done
	touch run/connmonitor.conf
	run -0 sh -c "$command"
	[ "$output" = "$PWD/run/connmonitor.conf" ]
	touch etc/connmonitor.conf
	run -0 sh -c "$command"
	[ "$output" = "$PWD/etc/connmonitor.conf" ]
}

@test "the unit's user, without capabilities and groups, can probe" {
	need setpriv
	need_netns
	as_unit="setpriv --reuid 61184 --regid 61184 --clear-groups
	    --bounding-set -all --inh-caps -all --no-new-privs"
	$as_unit true || skip "needs a setpriv that can drop capabilities"
	$as_unit test -r "$top/share/frontends/connmonitor" -a \
	    -x "$(command -v probesrc)" || skip "needs programs that other users can read"
	namespaces=cp-$$-u
	ip netns add $namespaces
	ip -n $namespaces link set lo up
	ip netns exec $namespaces sh -c \
	    'echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range' ||
	    skip "needs to set net.ipv4.ping_group_range"
	echo '127.0.0.1 ping=50 numpings=1 trace=100 timestamp=0' >list
	# This user may not open the list, but read it from standard input.
	ip netns exec $namespaces $as_unit sh "$top/share/frontends/connmonitor" \
	    <list >out 2>err 3>&- &
	pids=$!
	until_true 30 at_least 2 127.0.0.1
	kill $pids
	wait $pids
	same /dev/null err
}

@test "install puts the unit and its paths under PREFIX, uninstall removes it" {
	make -C "$top" BUILD="$BUILD" DESTDIR="$PWD/dest" PREFIX=/usr install
	unit=dest/usr/lib/systemd/system/connmonitor.service
	grep -q 'exec /usr/bin/connmonitor ' $unit
	run ! grep /usr/local $unit
	for program in connmonitor connvitals; do
		[ -x dest/usr/bin/$program ]
	done
	make -C "$top" BUILD="$BUILD" DESTDIR="$PWD/dest" PREFIX=/usr uninstall
	[ -z "$(find dest -type f)" ]
}
