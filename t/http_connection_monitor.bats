#!/usr/bin/env bats
# http_connection_monitor: its command line, its lines and its report.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$PWD/bin:$PATH
	HTTP=$WAN/http.pcap
	mkdir bin
}

teardown() { uncable; }

# http records with numbers of requests: for destination $1 port $2.
ended() {
	local addr=$1 port=$2 n
	shift 2
	header http time src sport dst dport reqs took close by idle note \
	    server sni info
	for n; do
		printf 'http\t1700000000.1\t10.0.0.1\t40000\t%s\t%s\t%s\t1.0\tclient-fin\tclient\t0.1\t-\t-\t-\n' \
		    "$addr" "$port" "$n"
	done
}

# The parts of the pipeline after httpreq alone, reading records.
lines_of() {
	http_connection_monitor --pipeline -n -i - "$@" |
	    sed '1s/.*httpreq -P [^ ]* | //' >last
	sh last
}

# The connections that a capture is known to have, a line for each.
truth() {
	awk '!/^#/ { printf "%-21s %d\n", $3 "." $4, $5 }' "$1"
}

lines() { sed '/^Aggregate/,$d' "$1"; }

@test "the report has the original's form and statistics, sample deviation" {
	{
		ended 192.0.2.2 80 1 1 2 3 5 8 13
		ended 192.0.2.3 80 13 21 34
	} | lines_of -q | same - <(cat <<-'END'
	Aggregate: (connections, min, avg, max, stddev)
	    10      1   10.1     34   10.6

	Per-connection: (connections, min, avg, max, stddev)
	192.0.2.2.80               7      1    4.7     13    4.4
	192.0.2.3.80               3     13   22.7     34   10.6
	END
	)
}

@test "lines and report of one connection, of long addresses, of none" {
	{
		ended 2001:db8:1111:2222:3333:4444:5555:6666 8080 4
		ended 192.0.2.2 80 0
	} | lines_of | same - <(cat <<-'END'
	2001:db8:1111:2222:3333:4444:5555:6666.8080 4
	192.0.2.2.80          0
	Aggregate: (connections, min, avg, max, stddev)
	     2      0    2.0      4    2.8

	Per-connection: (connections, min, avg, max, stddev)
	2001:db8:1111:2222:3333:4444:5555:6666.8080      1      4    4.0      4    0.0
	192.0.2.2.80               1      0    0.0      0    0.0
	END
	)
	lines_of </dev/null | same - <(cat <<-'END'
	Aggregate: (connections, min, avg, max, stddev)
	     0      0    0.0      0    0.0

	Per-connection: (connections, min, avg, max, stddev)
	END
	)
}

@test "columns are found by name, in whichever order they stand" {
	http_connection_monitor -n --show-reason -i "$SAMPLE" >out
	[ "$(lines out | wc -l)" -eq 4 ]
	reverse_columns tcpdecode httpreq
	http_connection_monitor -n --show-reason -i "$SAMPLE" | same out -
}

@test "a missing column is an error" {
	edit_output '/^#http/ { sub("reqs", "sqer") } { print }' httpreq
	run -1 --separate-stderr http_connection_monitor -n -i "$SAMPLE"
	[[ $stderr == *"no column 'reqs' in 'http' records" ]]
	[ -z "$output" ]
}

@test "TLS is omitted, as is HTTP/2 that is not parsed, connections without data are not" {
	{
		ended 192.0.2.1 443 0 | sed 's/\t-\t-\t-$/\ttls\texample.org h2\t-/'
		ended 192.0.2.2 80 0 | sed 's/\t-\t-\t-$/\th2c,gap,no-hpack\t-\t-/'
		ended 192.0.2.3 80 0 | sed 's/\t-\t-\t-$/\tempty\t-\t-/'
		ended 192.0.2.4 80 1 | sed 's/\t-\t-\t-$/\tunused,gap\t-\t-/'
		printf 'count\t1700000001.5\thttpreq\tpackets\t99\n'
	} | lines_of | lines /dev/stdin | same - <(cat <<-'END'
	192.0.2.3.80          0
	192.0.2.4.80          1
	END
	)
}

@test "a capture: each connection has its requests, of IPv4 and IPv6" {
	for name in http http-loss; do
		http_connection_monitor -n -i "$WAN/$name.pcap" >out
		truth "$WAN/$name.http.tsv" | sort >want
		lines out | sort | same want -
	done
	http_connection_monitor -n -i "$HTTP" | same - <(
	    http_connection_monitor -n -i "$HTTP")
}

@test "the report's numbers are those of another program" {
	need python3
	http_connection_monitor -qn -i "$HTTP" >out
	truth "$WAN/http.http.tsv" | python3 -c '
import statistics as s, sys
to = {}
for line in sys.stdin:
    where, n = line.split()
    to.setdefault(where, []).append(int(n))
def numbers(v):
    return "%6d %6d %6.1f %6d %6.1f" % (len(v), min(v), s.mean(v), max(v),
        s.stdev(v))
print("Aggregate: (connections, min, avg, max, stddev)")
print(numbers(sum(to.values(), [])))
print()
print("Per-connection: (connections, min, avg, max, stddev)")
for where, v in to.items():
    print("%-21s %s" % (where, numbers(v)))' | same - out
}

@test "--show-reason is httpreq's, for every connection" {
	http_connection_monitor -n --show-reason -i "$HTTP" >out
	tcpdecode -d all "$HTTP" | httpreq | records http |
	    awk '{ printf "%-21s %d %s\n", $5 "." $6, $7, $9 }' >want
	lines out | same want -
	for reason in client-fin client-close server-close http10 \
	    until-close rst-in-response; do
		grep -q " $reason\$" out
	done
}

@test "only the ports of -p are used, by default 80" {
	http_connection_monitor -n -i "$HTTP" >out
	for ports in 80 http 3000,http 79-81; do
		http_connection_monitor -n -i "$HTTP" --port "$ports" | same out -
	done
	http_connection_monitor -n -i "$HTTP" -p 3000 -p 80 | same out -
	http_connection_monitor -n -i "$HTTP" -p 81 >out
	[ "$(sed -n 2p out)" = '     0      0    0.0      0    0.0' ]
	[ "$(wc -l <out)" -eq 4 ]
}

@test "a file, compressed, on standard input and in two parts, prints the same" {
	need gzip
	http_connection_monitor -n -i "$HTTP" >out
	gzip -c "$HTTP" >-http.gz
	http_connection_monitor -n -i -http.gz | same out -
	http_connection_monitor -n -i - <"$HTTP" | same out -
	pcapsrc -t 10 -r "$HTTP" >a
	pcapsrc -r "$HTTP" | tail -c "+$(($(wc -c <a) + 1))" >b
	{ head -c 24 "$HTTP"; cat b; } >c
	http_connection_monitor -n -i c -i a | same out -
}

@test "the printed pipeline, pasted, prints the same" {
	cp "$HTTP" "it's a file.pcap"
	for args in -n '-nq' '-n --show-reason -p 80,3000'; do
		# shellcheck disable=SC2086
		http_connection_monitor -i "it's a file.pcap" $args >out
		# shellcheck disable=SC2086
		http_connection_monitor --pipeline -i "it's a file.pcap" $args | sh |
		    same out -
	done
}

@test "every option is passed on" {
	http_connection_monitor --pipeline -n --interface=eth0 -i eth1 \
	    -p 80,3000 -Z nobody --run-as-directory /var/empty | head -1 >got
	filter=$(mkfilter -v -p 80,3000 rtt)
	printf "pcapsrc -i eth0 -i eth1 -f '%s' -Z nobody -C /var/empty | tcpdecode -d all | httpreq -P 80,3000 | " \
	    "$filter" >want
	head -c "$(wc -c <want)" got | same want -
	first=$(pcapsrc -D | sed 's/[[:blank:]].*//;q')
	http_connection_monitor --pipeline -n |
	    grep -q "^pcapsrc -i $first .*-i lo "
	: >eth0
	http_connection_monitor --pipeline -n -i eth0 |
	    grep -q '^pcapsrc -r eth0 | tcpdecode '
}

@test "--show-filter prints the filter of the original" {
	echo '((tcp dst port 80) or (tcp src port 80 and (tcp[tcpflags] & tcp-fin != 0))) or ((tcp dst port 3000) or (tcp src port 3000 and (tcp[tcpflags] & tcp-fin != 0)))' >want
	http_connection_monitor --port 80,3000 --show-filter | same want -
	http_connection_monitor --show-filter -p 80,3000 | same want -
}

@test "the command of --show-tcpdump captures what is needed" {
	need tcpdump
	http_connection_monitor --show-tcpdump -i eth0 -i eth1 -p http >commands
	grep -o '^tcpdump -i eth[01] -s 0 -w eth[01].pcap ' commands |
	    same - <(printf 'tcpdump -i eth%d -s 0 -w eth%d.pcap \n' 0 0 1 1)
	# Of a file instead of the device.
	sed -n '1s/-i eth0/-r "$HTTP"/p' commands >file.sh
	HTTP=$HTTP sh file.sh
	http_connection_monitor -n -i "$HTTP" >out
	http_connection_monitor -n -i eth0.pcap | same out -
}

@test "names come from resolve; if that is missing, a message says so" {
	ended 192.0.2.2 8080 3 >records
	{
		echo '#!/bin/sh'
		echo 'echo "$*" >asked'
		echo 'exec sed s/192.0.2.2/www.example.org/'
	} >bin/resolve
	chmod +x bin/resolve
	http_connection_monitor --pipeline -i - |
	    sed '1s/.*httpreq -P [^ ]* | //' >last
	sh last <records | lines /dev/stdin |
	    same - <(echo 'www.example.org.8080  3')
	[ "$(cat asked)" = '-c dst' ]
	rm bin/resolve
	for program in pcapsrc mkfilter tcpdecode httpreq; do
		cp "$BUILD/bin/$program" bin
	done
	cp "$BUILD/bin/http_connection_monitor" bin
	PATH=$PWD/bin:/usr/bin:/bin
	run -0 --separate-stderr http_connection_monitor --pipeline -i -
	[ "$stderr" = 'http_connection_monitor: resolve is not installed: printing addresses' ]
	[[ $output != *resolve* ]]
}

@test "wrong usage is an error, with a hint and status 2" {
	for args in '-@' '--nothing' '-i' '--port' '--quiet=1' 'operand'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr http_connection_monitor $args
		[ -z "$output" ]
		[[ $stderr == *"try 'http_connection_monitor --help'" ]] ||
		    { echo "$args"; false; }
	done
	for ports in 65536 80,nosuch 80- ''; do
		run -2 --separate-stderr http_connection_monitor -i nosuchdevice0 \
		    -p "$ports"
		[ -z "$output" ]
		[[ $stderr == *"'${ports#80,}'"* ]]
	done
}

@test "an input that cannot be opened or read to its end makes the status 1" {
	run -1 --separate-stderr http_connection_monitor -n -i nosuchdevice0
	[ -z "$output" ]
	[[ $stderr == *nosuchdevice0* ]]
	run -1 --separate-stderr http_connection_monitor -n -i nosuch.pcap
	[ -z "$output" ]
	[[ $stderr == *nosuch.pcap* ]]
	echo nonsense >nonsense.pcap
	run -1 --separate-stderr http_connection_monitor -n -i nonsense.pcap
	[ -z "$output" ]
	[[ $stderr == *nonsense.pcap* ]]
	head -c 20000 "$HTTP" >short.pcap
	run -1 --separate-stderr http_connection_monitor -n -i short.pcap
	[[ $output == *'Aggregate: '* ]]
	[[ $stderr == *'cut short'* ]]
	[ -c /dev/full ] || skip 'no /dev/full'
	status=0
	http_connection_monitor -n -i "$HTTP" >/dev/full 2>errors || status=$?
	[ $status -ne 0 ]
	grep -qi 'no space' errors
	http_connection_monitor -n -i "$HTTP" 2>errors | head -1 >/dev/null
	same /dev/null errors
}

@test "as another user, in another directory, it prints the same" {
	need_root
	mkdir jail
	http_connection_monitor -n -i "$HTTP" >out
	http_connection_monitor -n -i "$HTTP" -Z daemon \
	    --run-as-directory=jail | same out -
	run -2 http_connection_monitor -n -i "$HTTP" -Z nosuchuser
	[[ $output == *nosuchuser* ]]
	run -1 http_connection_monitor -n -i "$HTTP" --run-as-directory nowhere
	[[ $output == *nowhere* ]]
}

# On B: HTTP on ports 80 and 8080, of both families, connections kept.
web() {
	ip netns exec "$B" python3 -c '
import http.server, socket, threading
class Hello(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b"GET / HTTP/1.1\r\n\r\n".ljust(5000, b"x"))
    def log_message(self, *args):
        pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
servers = [Server(("::", port), Hello) for port in (80, 8080)]
for s in servers:
    threading.Thread(target=s.serve_forever).start()
print("up", flush=True)' >server.log 2>&1 3>&- &
	until_true 30 grep -q up server.log
}

# On A: connections to that server, for each argument address/port/requests.
# The last one, if it is "hold", stays open until the file "go" is there.
visit() {
	ip netns exec "$A" python3 -c '
import http.client, os, socket, sys, time
for word in sys.argv[1:]:
    if word == "hold":
        open("held", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.02)
        continue
    where, port, n = word.split("/")
    c = http.client.HTTPConnection(where, int(port))
    c.connect()
    for i in range(int(n)):
        c.request("GET", "/?%d" % i)
        c.getresponse().read()
    if sys.argv[-1] != "hold" or word != sys.argv[-2]:
        c.sock.shutdown(socket.SHUT_WR)
        c.sock.recv(1)
        c.close()' "$@"
}

# http_connection_monitor on A, its output in out: a process group of its own,
# as a terminal's, where Ctrl-C is not ignored as it is by a shell's &.
watch() {
	ip netns exec "$A" python3 -c '
import os, signal, sys
os.setsid()
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp("http_connection_monitor", sys.argv)' -i va "$@" >out 2>errors 3>&- &
	watcher=$!
	until_true 30 capturing "$A" 1
	visit 10.98.0.2/80/1
	until_true 30 test -s out
}

printed() { [ "$(lines out | wc -l)" -eq "$1" ]; }

@test "live, a line when a connection ends, the aggregate when asked, the report once" {
	cable
	need python3
	web
	watch -n --show-reason -p 80,8080
	visit 10.98.0.2/80/3 fd98::2/8080/4 10.98.0.2/80/0 fd98::2/80/1 \
	    10.98.0.2/81/0 2>/dev/null || true
	until_true 30 printed 5
	kill -USR1 $watcher
	until_true 30 grep -q 'count, min' out
	visit 10.98.0.2/8080/2 hold 3>&- &
	visitor=$!
	until_true 30 test -e held
	kill -INT -- -$watcher
	wait $watcher
	touch go
	wait $visitor
	[ ! -s errors ] || { cat errors; false; }
	same - out <<-'END'
	10.98.0.2.80          1 client-fin
	10.98.0.2.80          3 client-fin
	fd98::2.8080          4 client-fin
	10.98.0.2.80          0 client-fin
	fd98::2.80            1 client-fin
	     5      0    1.8      4    1.6 (count, min, avg, max, stddev)
	10.98.0.2.8080        2 open
	Aggregate: (connections, min, avg, max, stddev)
	     6      0    1.8      4    1.5

	Per-connection: (connections, min, avg, max, stddev)
	10.98.0.2.80               3      0    1.3      3    1.5
	fd98::2.8080               1      4    4.0      4    0.0
	fd98::2.80                 1      1    1.0      1    0.0
	10.98.0.2.8080             1      2    2.0      2    0.0
	END
}
