#!/usr/bin/env bats
# tcpeek and tcpeekstat: their command lines, lines and counts.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	LOCAL='--local 10.77.1.1 --local fd77:1::1'
	PATH=$PWD/bin:$PATH
	mkdir bin
}

teardown() { uncable; }

# The last part of the pipeline alone, for options $@, reading records.
lines_of() {
	tcpeek --pipeline -r x "$@" |
	    sed -n '/3>&1 | env LC_ALL/,$p' |
	    sed '1s/.*3>&1 | env LC_ALL/env LC_ALL/' >last
	sh last
}

# fake PROGRAM SCRIPT: a stand-in that logs its arguments in PROGRAM.args and runs
# the script.
fake() {
	let_nobody_in
	printf '#!/bin/sh\nprintf "%%s\\n" "$*" >>%s\n%s\n' "$PWD/$1.args" "$2" >"bin/$1"
	chmod +x "bin/$1"
}

hs_header() {
	header hs time src sport dst dport result why took rtt_server rtt_client \
	    syns synacks filters replaces
}

# hs records with all that a line can show.
attempts() {
	hs_header
	printf 'hs\t1700000000.123456789\t%s\t50000\t%s\t80\t%s\t-\t%s\t-\t-\t%s\t%s\t%s\t-\n' \
	    10.0.0.1 10.0.0.2 success 0.002123456 0 0 TX \
	    192.168.200.100 10.0.0.2 success 1234.000600000 1 2 TX,web \
	    2001:db8::1 2001:db8::2 success 0.000000000 1 0 RX \
	    ::1 ::1 reject 0.000100000 0 0 RX,TX \
	    10.0.0.1 10.0.0.2 timeout 60.000000000 5 0 TX,web,web \
	    10.0.0.1 10.0.0.2 unreach 0.100000000 0 0 TX \
	    10.0.0.1 10.0.0.2 abort 0.100000000 0 1 TX \
	    10.0.0.1 10.0.0.2 pending 0.100000000 0 0 TX
	header count time prog name value
	printf 'count\t1700000001.5\tpcapsrc\t%s\t99\n' received:x written
}

@test "lines for every verdict, IPv4 as documented, IPv6 in brackets" {
	attempts | TZ=CET-1 lines_of 2>errors
	sed '/^$/,$d' errors | same - <(cat <<-'END'
	 TIME(s) |       TIMESTAMP       |      SRC IP:PORT            DST IP:PORT     |      RESULTS      | DUP SYN  DUP S/A
	----------------------------------------------------------------------------------------------------------------------
	   0.002 | 23-11-14 23:13:20.123 |        10.0.0.1:50000        10.0.0.2:80    |      success      |       0        0 
	1234.001 | 23-11-14 23:13:20.123 | 192.168.200.100:50000        10.0.0.2:80    |      success      |       1        2 
	   0.000 | 23-11-14 23:13:20.123 |   [2001:db8::1]:50000   [2001:db8::2]:80    |      success      |       1        0 
	   0.000 | 23-11-14 23:13:20.123 |           [::1]:50000           [::1]:80    | failure (reject)  |       0        0 
	  60.000 | 23-11-14 23:13:20.123 |        10.0.0.1:50000        10.0.0.2:80    | failure (timeout) |       5        0 
	   0.100 | 23-11-14 23:13:20.123 |        10.0.0.1:50000        10.0.0.2:80    | failure (unreach) |       0        0 
	   0.100 | 23-11-14 23:13:20.123 |        10.0.0.1:50000        10.0.0.2:80    |      aborted      |       0        1 
	   0.100 | 23-11-14 23:13:20.123 |        10.0.0.1:50000        10.0.0.2:80    |      pending      |       0        0 
	END
	)
}

@test "long IPv6 addresses are aligned with each other" {
	{
		hs_header
		printf 'hs\t1700000000.1\t%s\t1\t%s\t2\tsuccess\t-\t0.1\t-\t-\t0\t0\tTX\t-\n' \
		    2001:db8:1111:2222:3333:4444:5555:6666 ::1 \
		    ::2 2001:db8::3 10.0.0.1 10.0.0.2
	} | lines_of 2>errors
	sed -n 3,4p errors | sed 's/| .*success/| success/' >long
	sed -n 3,4p errors | awk '{ print index($0, "success"), length }' | uniq >where
	[ "$(wc -l <where)" -eq 1 ]
	sed -n 5p errors | grep -qF '|        10.0.0.1:1            10.0.0.2:2     |'
}

@test "the summary counts sessions by filter, not packets, and no open attempts" {
	attempts | lines_of -q --icmp web:ANY@%:80 no:TX@%:81 2>errors
	same errors - <<-'END'

	========== TCPEEK SUMMARY ==========
	     from : 2023-11-14 22:13:21
	       to : 2023-11-14 22:13:21
	     time :         0.000 (sec)
	------------------------------------
	 RX
	   Success: 1 session
	     SYN Segment Duplicate :      1
	     S/A Segment Duplicate :      0
	   Failure: 1 session
	     Connection Timed Out  :      0
	     Connection Rejected   :      1
	     ICMP Unreachable      :      0
	------------------------------------
	 TX
	   Success: 2 session
	     SYN Segment Duplicate :      1
	     S/A Segment Duplicate :      1
	   Failure: 3 session
	     Connection Timed Out  :      1
	     Connection Rejected   :      1
	     ICMP Unreachable      :      1
	------------------------------------
	 web
	   Success: 1 session
	     SYN Segment Duplicate :      1
	     S/A Segment Duplicate :      1
	   Failure: 1 session
	     Connection Timed Out  :      1
	     Connection Rejected   :      0
	     ICMP Unreachable      :      0
	------------------------------------
	 no
	   Success: 0 session
	     SYN Segment Duplicate :      0
	     S/A Segment Duplicate :      0
	   Failure: 0 session
	     Connection Timed Out  :      0
	     Connection Rejected   :      0
	     ICMP Unreachable      :      0
	------------------------------------
	 pcap stats
	   recv   : 99
	   drop   : 0
	   ifdrop : 0
	====================================
	END
}

@test "columns are found by name, in whichever order they stand" {
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r "$SAMPLE" 2>report
	reverse_columns tcpdecode hsclass
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r "$SAMPLE" 2>&1 | same report -
}

@test "a missing column is an error, without a summary" {
	edit_output '/^#hs/ { sub("took", "gave") } { print }' hsclass
	# shellcheck disable=SC2086
	run -1 tcpeek $LOCAL -r "$SAMPLE"
	[[ $output == *"no column 'took' in 'hs' records" ]]
	[[ $output != *SUMMARY* ]]
}

@test "a file: lines and summary" {
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r "$SAMPLE" >out 2>errors
	[ ! -s out ]
	same errors - <<-'END'
	 TIME(s) |       TIMESTAMP       |      SRC IP:PORT            DST IP:PORT     |      RESULTS      | DUP SYN  DUP S/A
	----------------------------------------------------------------------------------------------------------------------
	   0.050 | 26-11-20 05:08:31.989 |       10.77.1.1:42398       10.77.2.1:80    |      success      |       0        0 
	   1.081 | 26-11-20 05:08:32.548 |     [fd77:1::1]:37888     [fd77:2::1]:80    |      success      |       1        0 
	   0.050 | 26-11-20 05:08:34.134 |       10.77.1.1:56160       10.77.2.1:80    |      success      |       0        0 
	   0.050 | 26-11-20 05:08:34.519 |     [fd77:1::1]:47908     [fd77:2::1]:80    |      success      |       0        0 
	   0.010 | 26-11-20 05:08:32.497 |       10.77.1.1:34572       10.77.2.1:81    | failure (reject)  |       0        0 
	   0.010 | 26-11-20 05:08:34.084 |     [fd77:1::1]:45820     [fd77:2::1]:81    | failure (reject)  |       0        0 

	========== TCPEEK SUMMARY ==========
	     from : 2026-11-20 05:08:30
	       to : 2026-11-20 05:08:35
	     time :         4.208 (sec)
	------------------------------------
	 RX
	   Success: 0 session
	     SYN Segment Duplicate :      0
	     S/A Segment Duplicate :      0
	   Failure: 0 session
	     Connection Timed Out  :      0
	     Connection Rejected   :      0
	------------------------------------
	 TX
	   Success: 4 session
	     SYN Segment Duplicate :      1
	     S/A Segment Duplicate :      0
	   Failure: 2 session
	     Connection Timed Out  :      0
	     Connection Rejected   :      2
	------------------------------------
	 pcap stats
	   recv   : 258
	   drop   : 0
	   ifdrop : 0
	====================================
	END
}

# Successes and failures in a summary, a line for each filter.
sums() {
	awk '/^------/ { getline; name = $1 }
		/Success:/ { good = $2 }
		/Failure:/ { print name, good, $2 }'
}

# The sample's sums with arguments.
sums_of() {
	# shellcheck disable=SC2086
	tcpeek -q $LOCAL -r "$SAMPLE" "$@" 2>&1 | sums
}

@test "expressions count beside RX and TX, by address, network and port" {
	sums_of four:TX@0.0.0.0/0:% 'six:TX@[fd77:2::]/64:*' web:TX@%:80 \
	    some:TX@10.77.2.1:80-90,%:81 none:RX@%:80 any:ANY@10.77.2.1:80:81 |
	    same - <(printf '%s\n' 'RX 0 0' 'TX 4 2' 'four 2 1' 'six 2 1' \
	    'web 4 0' 'some 2 2' 'none 0 0' 'any 2 1')
}

@test "an expression without a name excludes attempts, wherever it stands" {
	for order in 'a:TX@%:% :TX@*:80' ':TX@*:80 a:TX@%:%'; do
		# shellcheck disable=SC2086
		sums_of $order | same - <(printf '%s\n' 'RX 0 0' 'TX 0 2' 'a 0 2')
	done
}

@test "RX and TX can be redefined, and a name used twice is one filter" {
	sums_of TX:TX@%:81 a:TX@%:80 a:TX@10.77.2.1:80:81 |
	    same - <(printf '%s\n' 'RX 0 0' 'TX 0 2' 'a 4 1')
}

@test "every option is passed on" {
	tcpeek --pipeline -i eth0 -u nobody -U /s -c 1 -t 7 -B 3 -l 5 -q >out
	head -1 out | grep -qF '{ pcapsrc -i eth0 -p -v -s 256 -B 3072 -S /dev/fd/3 -Z nobody | tcpdecode -k 1 | hsclass -t 7 -U -E '
	grep -qF ' -v quiet=1 -v icmp=0 -v served=1 -v names=RX,TX ' out
	tail -1 out | grep -qF -- '-N -U /s >/dev/null'
	tcpeek --pipeline --interface=eth0 --user nobody --socket=/s \
	    --checksum 1 --timeout=7 --buffer 3 --loglevel=5 --quiet | same out -
	tcpeek --pipeline -c 2 -i x --promisc --icmp --group adm >out
	head -1 out | grep -qF '{ pcapsrc -i x -v -s 262144 -B 16384 -S /dev/fd/3 | tcpdecode -k 2 | hsclass -t 60 -E -e '\'RX
	tail -1 out | grep -qF -- '-U /var/run/tcpeek/tcpeek.sock -G adm >/dev/null'
	tcpeek --pipeline -i x -u "$(id -u nobody)" | grep -qF -- '-Z nobody |'
	first=$(pcapsrc -D | sed 's/[[:blank:]].*//;q')
	tcpeek --pipeline | grep -qF "{ pcapsrc -i $first "
	tcpeek --pipeline -i x -U '' >out
	run ! grep -q summarize out
}

@test "wrong usage is an error, with a hint and status 2" {
	for args in '-Z' '--nothing' '-r' '--read' '-c 3' '-t x' '-B -1' \
	    '--quiet=1' '-i x -r f' 'pcap:RX@%:%'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr tcpeek $args
		[ -z "$output" ]
		[[ $stderr == *"try 'tcpeek --help'" ]] || { echo "$args"; false; }
	done
	for args in '-g -j' '-x' 'operand' '-U' '--json=1'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr tcpeekstat $args
		[[ $stderr == *"try 'tcpeekstat --help'" ]] || { echo "$args"; false; }
	done
}

@test "a wrong expression is reported before anything is opened" {
	run -2 tcpeek -i nosuchdevice0 a:RX@%:80 'b:UP@%:80'
	[ "${lines[0]}" = "tcpeek: invalid filter 'b:UP@%:80': 'UP': must be RX, TX or ANY" ]
	run -2 tcpeek -t 0 -r "$SAMPLE"
	run -2 tcpeek --local here -r "$SAMPLE"
}

@test "the printed pipeline, pasted, prints the same" {
	cp "$SAMPLE" "it's a file.pcap"
	for args in '' '-q --icmp' "a:TX@%:% ':TX@*:80'"; do
		eval "set -- $LOCAL -r \"it's a file.pcap\" $args"
		tcpeek "$@" 2>errors
		tcpeek --pipeline "$@" | sh 2>pasted
		[ -s errors ]
		same errors pasted
	done
}

@test "a file, the same compressed, on standard input and in two parts print the same" {
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r "$SAMPLE" 2>errors
	gzip -c "$SAMPLE" >-sample.gz
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r -sample.gz 2>&1 | same errors -
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r - <"$SAMPLE" 2>&1 | same errors -
	pcapsrc -t 1.5 -r "$SAMPLE" >a
	pcapsrc -r "$SAMPLE" | tail -c "+$(($(wc -c <a) + 1))" >b
	{ head -c 24 "$SAMPLE"; cat b; } >c
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r c -r a 2>&1 | same errors -
}

@test "checksums are verified only with -c" {
	need python3
	python3 - "$SAMPLE" <<-'END' >bad.pcap
	import struct, sys
	d = bytearray(open(sys.argv[1], "rb").read())
	at = 24
	while at < len(d):
	    n = struct.unpack_from("<I", d, at + 8)[0]
	    if d[at + 16] >> 4 == 4:
	        d[at + 16 + 10] ^= 255
	    at += 16 + n
	sys.stdout.buffer.write(d)
	END
	# shellcheck disable=SC2086
	tcpeek -q $LOCAL -r bad.pcap 2>&1 | sums |
	    same - <(printf '%s\n' 'RX 0 0' 'TX 4 2')
	# shellcheck disable=SC2086
	tcpeek -q -c 1 $LOCAL -r bad.pcap 2>&1 | sums |
	    same - <(printf '%s\n' 'RX 0 0' 'TX 2 1')
}

@test "a failure of any part makes the status 1" {
	run -1 --separate-stderr tcpeek -r nothing.pcap
	[[ $stderr == *'pcapsrc: nothing.pcap: No such file or directory'* ]]
	head -c 3000 "$SAMPLE" >short.pcap
	run -1 tcpeek -r short.pcap
	[[ $output == *'TCPEEK SUMMARY'* ]]
	run -1 tcpeek -U '' -i nosuchdevice0
	[[ $output != *'TCPEEK SUMMARY'* ]]
	fake summarize 'exit 3'
	run -3 timeout 10 tcpeek -U "$PWD/s" -i lo
}

@test "summarize gets a row of zeros for each filter, then rows to add" {
	fake summarize 'cat >rows'
	attempts | lines_of -q -U /s --group adm web:TX@%:80 2>/dev/null
	same summarize.args - <<-'END'
	-i tsv -g name -v success.total,success.dupsyn,success.dupsynack,failure.total,failure.timeout,failure.reject,failure.unreach,stats.recv,stats.drop,stats.ifdrop -N -U /s -G adm
	END
	tr '\t' ' ' <rows | same - <(cat <<-'END'
	name success.total success.dupsyn success.dupsynack failure.total failure.timeout failure.reject failure.unreach stats.recv stats.drop stats.ifdrop
	RX 0 0 0 0 0 0 0 - - -
	TX 0 0 0 0 0 0 0 - - -
	web 0 0 0 0 0 0 0 - - -
	pcap - - - - - - - 0 0 0
	TX 1 0 0 0 0 0 0 - - -
	TX 1 1 1 0 0 0 0 - - -
	web 1 1 1 0 0 0 0 - - -
	RX 1 1 0 0 0 0 0 - - -
	RX 0 0 0 1 0 1 0 - - -
	TX 0 0 0 1 0 1 0 - - -
	TX 0 0 0 1 1 0 0 - - -
	web 0 0 0 1 1 0 0 - - -
	TX 0 0 0 1 0 0 1 - - -
	pcap - - - - - - - 99 0 0
	END
	)
}

# B drops packets to 10.98.7.0/24 and fd98:7::/64, and answers those to
# 10.98.8.0/24 and fd98:8::/64 that there is no route.
trouble() {
	ip netns exec "$B" sh -c '
		for s in net/ipv4/ip_forward net/ipv6/conf/all/forwarding; do
			echo 1 >/proc/sys/$s
		done
		echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
		echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
	ip -n "$B" route add blackhole 10.98.7.0/24
	ip -n "$B" route add blackhole fd98:7::/64
	ip -n "$B" route add unreachable 10.98.8.0/24
	ip -n "$B" route add prohibit fd98:8::/64
	ip -n "$A" route add 10.98.0.0/16 via 10.98.0.2
	ip -n "$A" route add fd98::/16 via fd98::2
}

# On B, port 80 of both families.
listen_on_b() {
	ip netns exec "$B" python3 -c '
import socket
s = [socket.create_server((a, 80), family=f, backlog=64) for f, a in
     ((socket.AF_INET, "10.98.0.2"), (socket.AF_INET6, "fd98::2"))]
print("up", flush=True)
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).recv(1)' >server.log 2>&1 3>&- &
	until_true 30 grep -q up server.log
}

# Attempts of each kind from A, with the result of each in client.log.
client() {
	ip netns exec "$A" python3 -c '
import errno, socket
WORD = {0: "success", errno.ECONNREFUSED: "reject",
        errno.EHOSTUNREACH: "unreach", errno.EACCES: "unreach"}
def attempt(addr, port):
    f = socket.AF_INET6 if ":" in addr else socket.AF_INET
    with socket.socket(f) as s:
        s.settimeout(1.2)
        try:
            e = s.connect_ex((addr, port))
        except TimeoutError:
            e = errno.EAGAIN
    print(WORD.get(e, "timeout"), flush=True)
for i in range(7):
    attempt("10.98.0.2", 80)
for i in range(5):
    attempt("fd98::2", 80)
for i in range(3):
    attempt("10.98.0.2", 81)
for i in range(4):
    attempt("fd98::2", 81)
attempt("10.98.8.1", 80)
attempt("10.98.8.2", 80)
attempt("fd98:8::1", 80)
attempt("10.98.7.1", 80)
attempt("fd98:7::1", 80)' >client.log
}

# watch_on N NAMESPACE NAME ARGUMENT...: the Nth tcpeek on a host, its output in
# NAME.
watch_on() {
	local n=$1 ns=$2 name=$3
	shift 3
	ip netns exec "$ns" tcpeek "$@" 2>"$name" 3>&- &
	pids="$pids $!"
	until_true 30 capturing "$ns" "$n"
	until_true 30 grep -q 'listening on' "$name"
}

# lines_are N WORD NAME: NAME has N lines with WORD.
lines_are() { [ "$(grep -cF "$2" "$3")" -eq "$1" ]; }

# A filter's numbers in summary $1: success, timed out, rejected, unreachable.
counts() {
	awk -v name="$2" '/^------/ { getline; on = $1 == name }
		on && /Success:/ { n = $2 }
		on && / : / { v[$1 $2] = $NF }
		END { print n, v["ConnectionTimed"], v["ConnectionRejected"],
			v["ICMPUnreachable"] + 0 }' "$1"
}

logged() { grep -c "$1" client.log; }

@test "live, the counters are what the client saw, of IPv4 and IPv6" {
	cable
	need python3
	trouble
	listen_on_b
	pids=''
	watch_on 1 "$A" icmp -i va -U '' -t 2 --icmp 'six:TX@[::]/0:%'
	watch_on 2 "$A" plain -i va -U '' -t 2 :TX@%:81
	watch_on 1 "$B" other -i vb -U '' -t 2
	client
	# Verdicts take some seconds.
	until_true 30 lines_are 2 '(timeout)' icmp
	until_true 30 lines_are 5 '(timeout)' plain
	until_true 30 lines_are 12 success other
	until_true 30 lines_are 7 '(reject)' other
	# shellcheck disable=SC2086
	kill $pids
	# shellcheck disable=SC2086
	wait $pids
	cat client.log icmp plain other
	[ "$(logged success)" -eq 12 ]
	[ "$(logged reject)" -eq 7 ]
	[ "$(logged unreach)" -eq 3 ]
	[ "$(logged timeout)" -eq 2 ]
	[ "$(counts icmp TX)" = '12 2 7 3' ]
	[ "$(counts icmp six)" = '5 1 4 1' ]
	[ "$(counts icmp RX)" = '0 0 0 0' ]
	[ "$(counts plain TX)" = '12 5 0 0' ]
	[ "$(counts other RX)" = '12 0 7 0' ]
	[ "$(counts other TX)" = '0 0 0 0' ]
	[ "$(grep -c 'failure (reject)' icmp)" -eq 7 ]
	[ "$(grep -c ':81 ' plain)" -eq 0 ]
	awk '/recv/ { r = $3 } / drop/ { d = $3 } END { exit !(r > 50 && d == 0) }' icmp
}

@test "Ctrl-C prints the summary" {
	need_root
	need python3
	python3 -c '
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
sockets = len(open("/proc/net/packet").readlines())
began = time.time()
p = subprocess.Popen(["tcpeek", "-q", "-i", "lo", "-U", ""], start_new_session=True,
                     stderr=subprocess.PIPE, text=True)
while len(open("/proc/net/packet").readlines()) == sockets:
    time.sleep(0.02)
os.killpg(p.pid, signal.SIGINT)
errors = p.communicate(timeout=60)[1]
assert p.returncode == 0, p.returncode
assert "TCPEEK SUMMARY" in errors and errors.endswith("=\n"), errors
took = float(errors.split("time :")[1].split()[0])
assert 0 < took <= time.time() - began, took' 3>&-
}

need_nested() {
	summarize -h | grep -q '^  -N' || skip 'summarize has no -N'
}

# ask_socket SOCKET LINE: the answer to a line.
ask_socket() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\r\n")
while (d := s.recv(4096)):
    sys.stdout.buffer.write(d)' "$@" | tr -d ' \n'
}

zeros='"success":{"total":0,"dupsyn":0,"dupsynack":0},"failure":{"total":0,"timeout":0,"reject":0,"unreach":0}'

refused() { ask_socket run/s GET | grep -q '"TX":.*"reject":2'; }

@test "the socket answers in tcpeek's JSON, REFRESH with changes, and tcpeekstat prints it" {
	need_nested
	cable
	need python3
	pids=''
	watch_on 1 "$A" errors -i va -q -U run/s six:RX@%:%
	until_true 30 test -S run/s
	[ "$(stat -c %a run/s)" = 660 ]
	ip netns exec "$A" python3 -c '
import socket
for i in range(2):
    socket.socket().connect_ex(("10.98.0.2", 81))'
	until_true 30 refused
	ask_socket run/s GET | sed 's/"recv":[0-9]*/"recv":N/' >got
	printf '[{"RX":{%s}},{"TX":{%s}},{"six":{%s}},{"pcap":{"stats":{"recv":N,"drop":0,"ifdrop":0}}}]' \
	    "$zeros" "$(echo "$zeros" | sed 's/\(failure.*total":\)0/\12/; s/\(reject":\)0/\12/')" \
	    "$zeros" | same - got
	tcpeekstat -j -U run/s | sed 's/"recv":[0-9]*/"recv":N/' | tr -d '\n' | same - got
	tcpeekstat -U run/s | sed 's/recv .*/recv                N/' >printed
	printed | same - printed
	fake gmetric ''
	tcpeekstat -g -U run/s >commands
	sed 's/^gmetric //' commands | same - gmetric.args
	grep -qx -- '-n tcpeek_TX_failure_reject -v 2 -t uint32' gmetric.args
	rm gmetric.args
	tcpeekstat -g -U run/s
	[ "$(wc -l <gmetric.args)" -eq 12 ]
	[ "$(grep -c -- '-v 0 ' gmetric.args)" -eq 12 ]
	# shellcheck disable=SC2086
	kill $pids
	# shellcheck disable=SC2086
	wait $pids
	[ ! -e run/s ]
	run -1 tcpeekstat -U run/s
}

# The output of tcpeekstat for it.
printed() {
	echo '====== TCPEEK SUMMARY ======'
	for f in 'RX 0' 'TX 2' 'six 0'; do
		printf -- '----------------------------\n %s\n----------------------------\n' "${f% *}"
		printf ' %s\n     total               %s\n' success 0
		printf '     %-10s          0\n' dupsyn dupsynack
		printf ' %s\n     total               %s\n' failure "${f#* }"
		printf '     %-10s %10s\n' timeout 0 reject "${f#* }" unreach 0
	done
	printf -- '----------------------------\n pcap\n----------------------------\n'
	printf ' stats\n     recv                N\n     drop                0\n     ifdrop              0\n'
	echo '============================'
}

# A server that sends the answer $1 to every client, and logs the question.
answer() {
	need python3
	printf '%s' "$1" >answer
	python3 -c '
import socket
s = socket.socket(socket.AF_UNIX)
s.bind("s")
s.listen()
while True:
    c, _ = s.accept()
    with open("asked", "ab") as f:
        f.write(c.makefile("rb").readline())
    c.sendall(open("answer", "rb").read())
    c.close()' 3>&- &
	server=$!
	until_true 30 test -S s
}

need_client() {
	summarize -h | grep -q '^  -A' || need socat
}

@test "tcpeekstat prints what the original's tcpeek answers" {
	need_client
	answer '[{"a.b":{"success":{"total":12345678901,"dupsyn":2,"dupsynack":0},"failure":{"total":2,"timeout":1,"reject":1, "unreach":3}}},{"pcap":{"stats":{"recv":7,"drop":0,"ifdrop":0}}}]'
	fake gmetric ''
	tcpeekstat --socket=s >out
	tcpeekstat -j -U s | same - <(tr -d ' ' <answer; echo)
	tcpeekstat -g -U s >commands
	kill $server
	same out - <<-'END'
	====== TCPEEK SUMMARY ======
	----------------------------
	 a.b
	----------------------------
	 success
	     total      12345678901
	     dupsyn              2
	     dupsynack           0
	 failure
	     total               2
	     timeout             1
	     reject              1
	     unreach             3
	----------------------------
	 pcap
	----------------------------
	 stats
	     recv                7
	     drop                0
	     ifdrop              0
	============================
	END
	same gmetric.args - <<-'END'
	-n tcpeek_a.b_success_dupsyn -v 2 -t uint32
	-n tcpeek_a.b_success_dupsynack -v 0 -t uint32
	-n tcpeek_a.b_failure_timeout -v 1 -t uint32
	-n tcpeek_a.b_failure_reject -v 4 -t uint32
	END
	sed 's/^gmetric //' commands | same - gmetric.args
	tr -d '\r' <asked | same - <(printf '%s\n' GET GET REFRESH)
}

@test "tcpeekstat: no server, no JSON, no gmetric, a gmetric that fails" {
	need_client
	run -1 tcpeekstat -U nothing
	answer '[{"a":{"success":{"total":'
	run -1 --separate-stderr tcpeekstat -U s
	[ "$stderr" = 'tcpeekstat: s: the answer is not JSON' ]
	[ -z "$output" ]
	rm asked
	command -v gmetric || {
		run -1 tcpeekstat -g -U s
		[ "$output" = 'tcpeekstat: gmetric is not installed' ]
		[ ! -e asked ]
	}
	printf '[{"a":{"success":{"dupsyn":1}}}]' >answer
	fake gmetric 'exit 7'
	run -1 tcpeekstat -g -U s
	kill $server
}

@test "a record that replaces another corrects the counts, visibly" {
	fake summarize 'cat >rows'
	{
		hs_header
		printf 'hs\t1700000000.1\t10.0.0.1\t5\t10.0.0.2\t80\t%s\t-\t0.1\t-\t-\t%s\t%s\tTX,TX\t%s\n' \
		    success 1 0 - success 1 1 success reject 0 0 success
	} >records
	tcpeek --pipeline -i lo -U /s --icmp | sed -n '/3>&1 | env LC_ALL/,$p' |
	    sed '1s/.*3>&1 | env LC_ALL/env LC_ALL/' >last
	sh last <records 2>errors
	grep -qF '       1        1 corrects success' errors
	grep -qF '(reject)  |       0        0 corrects success' errors
	grep '^TX' rows | tail -n +2 | tr '\t' ' ' | same - <(cat <<-'END2'
	TX 1 1 0 0 0 0 0 - - -
	TX -1 -1 0 0 0 0 0 - - -
	TX 1 1 1 0 0 0 0 - - -
	TX -1 -1 -1 0 0 0 0 - - -
	TX 0 0 0 1 0 1 0 - - -
	END2
	)
}

@test "a SYN/ACK after eleven SYNs is a success, 69 s after the first" {
	tcpeek --local 10.88.1.2 -r "$CASES/late-synack.pcap" 2>report
	grep -qF '  69.185 |' report
	grep -qF '      success      |      10        0 ' report
}
