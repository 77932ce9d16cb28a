#!/usr/bin/env bats
# portid: identifies services, here of servers on the loopback device.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	[ -x "$BUILD/bin/portid" ] || skip "needs OpenSSL: portid was not built"
}

teardown() {
	[ ! -s servers.pid ] || xargs kill <servers.pid 2>/dev/null || true
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
}

# serve NAME ...: start the servers of these names (see below) at $SERVE_AT.  Sets
# $PORT_NAME for each; they log requests to the file log.
serve() {
	need python3
	cat >servers.py <<'END'
import socket, struct, sys, threading, time

here, names = sys.argv[1], sys.argv[2:]
lock = threading.Lock()
now = most = 0
barrier = threading.Barrier(8)

def log(*words):
    with lock, open("log", "a") as f:
        print(*words, file=f)

def count(by):
    global now, most
    with lock:
        now += by
        most = max(most, now)
    with lock, open("most", "w") as f:
        print(most, file=f)

def request(c):
    data = b""
    while b"\r\n\r\n" not in data and (more := c.recv(4096)):
        data += more
    return data

def head(status=b"200 OK", *headers):
    return b"".join(line + b"\r\n" for line in
                    (b"HTTP/1.1 " + status, *headers, b""))

def mysql(body):
    return struct.pack("<I", len(body))[:3] + b"\0" + body

class Servers:
    def http(c):
        log("http", request(c).decode().replace("\r\n", "|"))
        c.sendall(head(b"301 Moved", b"Server: nginx/1.22.1"))
    def plain(c):
        request(c)
        c.sendall(head(b"204 No Content"))
    def early(c):
        request(c)
        c.sendall(head(b"103 Early Hints", b"Server: no"))
        c.sendall(head(b"200 OK", b"Server: yes"))
    def bytewise(c):
        request(c)
        for byte in head(b"200 OK", b"Server: slow/1"):
            c.sendall(bytes([byte]))
            time.sleep(0.002)
    def silent(c):
        log("silent")
        c.recv(1 << 16)
        time.sleep(100)
    def drip(c):            # a head that does not end
        request(c)
        c.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            c.sendall(b"X: y\r\n")
            time.sleep(0.05)
    def garbage(c):
        c.sendall(bytes(range(256)) * 64)
        c.recv(1 << 16)
    def flood(c):           # a head that would be 100 MB
        request(c)
        sent = 0
        try:
            c.sendall(b"HTTP/1.1 200 OK\r\n")
            for _ in range(1000000):
                sent += c.send(b"X: y\r\n" * 17)
        except OSError:
            pass
        log("flood", sent)
    def hostile(c):
        request(c)
        c.sendall(head(b"200 OK",
            b"Server: a\tb\\\x1b[2J\xff\xc3\xa9" + b"x" * 2000))
    def reset(c):
        request(c)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
            struct.pack("ii", 1, 0))
    def closes(c):
        request(c)
    def gone(c):
        c.recv(1 << 16)
    def bad(c):             # as web servers answer non-HTTP requests
        c.recv(1 << 16)
        c.sendall(head(b"400 Bad Request"))
    def half(c):
        request(c)
        c.sendall(b"HTTP/1.")
    def mysql(c):
        c.sendall(mysql(b"\x0a5.7.42-log\0" + b"\1\0\0\0saltsalt\0" * 4))
        log("mysql", len(c.recv(1 << 16)))
    def barred(c):
        c.sendall(mysql(b"\xff\x6a\x04Host 'x' is not allowed"))
    def together(c):        # answers once eight clients are connected
        request(c)
        try:
            barrier.wait(20)
        except threading.BrokenBarrierError:
            return
        c.sendall(head(b"200 OK", b"Server: together"))
    def counted(c):
        count(1)
        request(c)
        time.sleep(0.02)
        count(-1)
        c.sendall(head(b"200 OK", b"Server: counted"))

def one(f, c):
    try:
        f(c)
    except OSError:
        pass
    c.close()

def accept(f, s):
    while True:
        c, _ = s.accept()
        threading.Thread(target=one, args=(f, c), daemon=True).start()

family = socket.AF_INET6 if ":" in here else socket.AF_INET
with open("ports.tmp", "w") as f:
    for name in names:
        s = socket.create_server((here, 0), family=family, backlog=1024)
        print(f"PORT_{name}={s.getsockname()[1]}", file=f)
        threading.Thread(target=accept, args=(getattr(Servers, name), s),
            daemon=True).start()
import os
os.rename("ports.tmp", "ports")
time.sleep(600)
END
	rm -f ports
	touch log
	python3 servers.py "${SERVE_AT:-127.0.0.1}" "$@" 3>&- &
	echo $! >>servers.pid
	until_true 30 test -e ports
	. ./ports
}

# tls_server NAME OPTION ...: start openssl s_server, and set $PORT_NAME.
tls_server() {
	need openssl
	local name=$1 port
	shift
	[ -s cert.pem ] || certificate "/CN=example.org"
	openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem \
	    -www "$@" </dev/null >"$name.out" 2>&1 3>&- &
	echo $! >>servers.pid
	until_true 30 grep -q '^ACCEPT 127' "$name.out"
	port=$(sed -n 's/^ACCEPT 127.*://p' "$name.out")
	eval "PORT_$name=$port"
}

# certificate SUBJECT [OPTION ...]: make a self-signed certificate.
certificate() {
	local subject=$1
	shift
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem \
	    -out cert.pem -days 10 -utf8 -subj "$subject" "$@" 2>/dev/null
}

# https [ARGUMENT]: start an HTTPS server; with an argument it requires a client
# certificate.  Sets $PORT_https.
https() {
	need python3 openssl
	[ -s cert.pem ] || certificate "/CN=example.org"
	cat >https.py <<'END'
import http.server, os, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    server_version, sys_version = "Secure/1.0", ""
    protocol_version = "HTTP/1.1"
    def do_HEAD(self):
        self.send_response(403)
        self.end_headers()
    def log_message(self, *args):
        pass
def named(connection, name, context):
    with open("sni", "a") as f:
        print(name, file=f)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
context.sni_callback = named
if len(sys.argv) > 1:
    context.load_verify_locations("cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True,
    do_handshake_on_connect=False)
with open("https.tmp", "w") as f:
    print(f"PORT_https={server.server_address[1]}", file=f)
os.rename("https.tmp", "https.port")
server.serve_forever()
END
	python3 https.py "$@" 2>https.err 3>&- &
	echo $! >>servers.pid
	until_true 30 test -e https.port
	. ./https.port
}

# scanned: a port record for each line "PORT [STATE [HOST [ADDR]]]" of standard
# input.
scanned() {
	printf '#port\ttime\thost\taddr\tline\trun\tindex\tof\trtt\tfrom\tttl'
	printf '\tport\tstate\tinfo\n'
	awk -v OFS='\t' 'NF {
		state = NF > 1 ? $2 : "open"
		host = NF > 2 ? $3 : "localhost"
		addr = NF > 3 ? $4 : "127.0.0.1"
		print "port", "1795147457.204410400", host, addr, 1, 1, NR, 9,
		    "0.000028133", addr, "-", $1, state, "-"
	}'
}

# ports PORT ...: records of open ports.
ports() {
	printf '%s\n' "$@" | scanned
}

# infos WANT ...: the records of standard input, by index, have these infos, else
# print a diff.
infos() {
	printf '%s\n' "$@" >want
	records port | sort -n -t "$(printf '\t')" -k7,7 | cut -f14 >got
	same want got
}

@test "HTTP: status and server are found in any head" {
	serve http plain early bytewise hostile
	ports $PORT_http $PORT_plain $PORT_early $PORT_bytewise |
	    portid -t 20 | infos "http 301 nginx/1.22.1" "http 204" \
	    "http 200 yes" "http 200 slow/1"
	# A long name is cut, and escaped.
	ports $PORT_hostile | portid -t 20 |
	    infos "http 200 a\\tb\\\\\\x1b[2J\\xff"$'\303\251'"$(
		printf '%117s' '' | tr ' ' x)"
}

@test "HTTP: status and server are those that curl prints" {
	need curl python3
	python3 -c '
import http.server
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
    http.server.SimpleHTTPRequestHandler)
open("real", "w").write(str(s.server_address[1]))
s.serve_forever()' 2>/dev/null 3>&- &
	echo $! >>servers.pid
	until_true 30 test -s real
	curl -sI "http://127.0.0.1:$(cat real)/" | tr -d '\r' | awk '
		NR == 1 { status = $2 }
		sub(/^Server: /, "") { print "http " status " " $0 }' >want
	[ -s want ]
	ports "$(cat real)" | portid -t 20 | records port | cut -f14 >got
	same want got
}

@test "HTTP: the Host field is the name or the address" {
	serve http
	scanned <<-END | portid -t 20 >/dev/null
	$PORT_http open www.example.org
	$PORT_http open 127.0.0.1
	$PORT_http open bad\\r\\nX:y
	$PORT_http open [::1]
	END
	cut -d'|' -f1,2 log | sort >got
	printf 'http HEAD / HTTP/1.1|Host: %s\n' 127.0.0.1 127.0.0.1 \
	    127.0.0.1 www.example.org >want
	same want got
}

@test "without an answer info is the reason" {
	serve silent drip garbage reset closes half http
	free_port
	ports $PORT_silent $PORT_drip $PORT_garbage $PORT_reset $PORT_closes \
	    $PORT_half $PORT_dead $PORT_http | portid -t 4 >out.tsv
	infos timeout "http 200" "not http" reset closed closed refused \
	    "http 301 nginx/1.22.1" <out.tsv
	[ "$(counted portid ports <out.tsv)" -eq 8 ]
	[ "$(counted portid asked <out.tsv)" -eq 8 ]
	[ "$(counted portid answered <out.tsv)" -eq 2 ]
	[ "$(counted portid timeout <out.tsv)" -eq 1 ]
	[ "$(counted portid failed <out.tsv)" -eq 5 ]
}

# Set PORT_dead to a port that nobody listens on.
free_port() {
	PORT_dead=$(python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])')
}

@test "a head that does not end is not read to the end" {
	serve flood
	ports $PORT_flood | portid -t 20 | infos "http 200"
	until_true 30 grep -q flood log
	# What fits into the socket buffers, not 100 MB.
	[ "$(cut -d' ' -f2 log)" -lt 20000000 ]
}

@test "MySQL: the version in the greeting; nothing is sent" {
	serve mysql barred silent garbage http
	ports $PORT_mysql $PORT_barred $PORT_silent $PORT_garbage >in.tsv
	portid -t 4 -a $PORT_mysql=mysql -a $PORT_barred=mysql \
	    -a $PORT_silent=mysql -a $PORT_garbage=mysql in.tsv |
	    infos "mysql 5.7.42-log" "mysql error 1130" timeout "not mysql"
	until_true 30 grep -qx 'mysql 0' log
}

@test "TLS: version, name, and the HTTP inside" {
	https
	ports $PORT_https | portid -t 20 -a $PORT_https=https |
	    infos "tls1.3 cn=example.org http 403 Secure/1.0"
	need curl
	curl -skI "https://127.0.0.1:$PORT_https/" | tr -d '\r' |
	    grep -x 'Server: Secure/1.0 \?'
}

@test "the times of a connection by phase, and the days of a certificate" {
	https
	serve bytewise
	printf '#port\ttime\thost\taddr\tport\tstate\tinfo\tconnect\ttls\twait\tdays\n' >in.tsv
	for port in $PORT_https $PORT_bytewise; do
		printf 'port\t7\th\t127.0.0.1\t%s\topen\t-\t-\t-\t-\t-\n' $port
	done >>in.tsv
	portid -t 20 -a $PORT_https=https in.tsv | records port >out.tsv
	# The certificate is for ten days, of which a second may have passed.
	awk -F'\t' -v p=$PORT_https '$5 == p {
		exit !($8 > 0 && $9 > 0 && $10 > 0 && ($11 == 9 || $11 == 10)) }' out.tsv
	awk -F'\t' -v p=$PORT_bytewise '$5 == p {
		exit !($8 > 0 && $9 == "-" && $10 > 0 && $11 == "-") }' out.tsv
}

@test "TLS: the server name indication is the host if that is a name" {
	https
	scanned <<-END | portid -t 20 -a $PORT_https=https >/dev/null
	$PORT_https open www.example.org
	$PORT_https open 127.0.0.1
	END
	printf '%s\n' None www.example.org >want
	sort sni >got
	same want got
}

@test "TLS: every version with the ciphers of its time" {
	tls_server v0 -tls1 -cipher 'ALL@SECLEVEL=0'
	tls_server v1 -tls1_1 -cipher 'ALL@SECLEVEL=0'
	tls_server v2 -tls1_2
	tls_server v3 -tls1_3
	ports $PORT_v0 $PORT_v1 $PORT_v2 $PORT_v3 |
	    portid -t 20 -a $PORT_v0=tls -a $PORT_v1=tls -a $PORT_v2=tls \
	    -a $PORT_v3=tls | infos "tls1.0 cn=example.org" \
	    "tls1.1 cn=example.org" "tls1.2 cn=example.org" \
	    "tls1.3 cn=example.org"
}

@test "TLS: the common name as one word, else the first DNS name" {
	need openssl
	certificate "/CN=$(printf 'a b\tc\033é')"
	tls_server odd
	certificate "/O=nobody" -addext \
	    "subjectAltName=IP:127.0.0.1,DNS:one.example,DNS:two.example"
	tls_server alt
	certificate "/O=nobody"
	tls_server none
	ports $PORT_odd $PORT_alt $PORT_none |
	    portid -t 20 -a $PORT_odd=tls -a $PORT_alt=tls -a $PORT_none=tls |
	    infos "tls1.3 cn=a_b\\tc\\x1b"$'\303\251' \
	    "tls1.3 cn=one.example" tls1.3
}

@test "TLS: other protocols, and a server that refuses" {
	serve bad silent garbage gone
	https ask-for-a-certificate
	ports $PORT_bad $PORT_silent $PORT_garbage $PORT_gone >in.tsv
	ports $PORT_https | tail -n +2 >>in.tsv
	portid -t 4 -a $PORT_bad=https -a $PORT_silent=https \
	    -a $PORT_garbage=https -a $PORT_gone=tls \
	    -a $PORT_https=https in.tsv >out.tsv
	records port <out.tsv | cut -f14 | sort >got
	printf '%s\n' closed "not tls" "not tls" timeout \
	    "tls1.3 cn=example.org tls alert certificate required" >want
	same want got
	awk -F'\t' '$14 == "timeout" { print $12 }' out.tsv >got
	echo $PORT_silent | same - got
}

@test "TLS: a server that sends without end is cut off" {
	tls_server tickets -tls1_3 -num_tickets 2000
	ports $PORT_tickets | portid -t 20 -a $PORT_tickets=https |
	    infos "tls1.3 cn=example.org too long"
}

@test "IPv6 works like IPv4" {
	SERVE_AT=::1
	ip -6 addr show dev lo 2>/dev/null | grep -q ::1 || skip "no ::1"
	serve http
	scanned <<-END | portid -t 20 | infos "http 301 nginx/1.22.1"
	$PORT_http open ::1 ::1
	END
	grep -q 'Host: \[::1\]|' log
}

@test "only open ports are asked, and none of other services" {
	serve http silent
	scanned <<-END >in.tsv
	$PORT_http closed
	$PORT_http filtered
	$PORT_http unreach
	$PORT_http error
	$PORT_http opened
	$PORT_silent
	22
	9100
	25
	END
	portid -a $PORT_silent=none in.tsv >out.tsv
	records port <in.tsv >want
	records port <out.tsv >got
	same want got
	[ "$(counted portid asked <out.tsv)" -eq 0 ]
	same /dev/null log
}

@test "all other records pass in their order while port records wait" {
	serve http together silent
	{
		printf '#ping\ttime\thost\tstate\n#new\tx\n'
		for i in $(seq 40); do
			printf 'ping\t1795147457.%09d\th\tlost\n' $i
			printf 'new\t%d\\\\ \\x2d\n' $i
			[ $i -ne 20 ] || printf '#ping\ttime\tstate\thost\n'
			case $i in
			*[24680]) echo $PORT_http open ;;
			*5)	echo $PORT_together open ;;
			11)	echo $PORT_silent open ;;
			*)	echo $PORT_http closed ;;
			esac | scanned
		done
	} >in.tsv
	# "together" gets four clients and waits for eight: these time out.
	portid -t 4 in.tsv >out.tsv
	grep -e ^ping -e ^new out.tsv >got
	grep -e ^ping -e ^new in.tsv >want
	same want got
	records port <out.tsv | awk -F'\t' -v OFS='\t' '{ $14 = "-"; print }' |
	    sort >got
	records port <in.tsv | sort >want
	same want got
	# Each record follows the header that it had.
	[ "$(grep -n '^#ping	time	state' out.tsv | cut -d: -f1)" -lt \
	    "$(grep -n '^ping	1795147457.000000021' out.tsv | cut -d: -f1)" ]
	[ "$(grep -n '^#ping	time	state' out.tsv | cut -d: -f1)" -gt \
	    "$(grep -n '^ping	1795147457.000000020' out.tsv | cut -d: -f1)" ]
	[ "$(counted portid answered <out.tsv)" -eq 20 ]
	[ "$(counted portid timeout <out.tsv)" -eq 5 ]
}

@test "unknown columns are unchanged, in any position" {
	serve http
	printf '#port\tinfo\tx\tport\taddr\ttime\tstate\thost\ty\n' >in.tsv
	printf 'port\told\t1\t%d\t127.0.0.1\t7.5\topen\th\t2\n' $PORT_http \
	    >>in.tsv
	sed 's/old/http 301 nginx\/1.22.1/' in.tsv >want
	portid -t 20 in.tsv | grep -v count >got
	same want got
}

@test "missing columns and wrong values are reported" {
	printf '#port\ttime\taddr\tport\tstate\nport\t7\t::1\t80\topen\n' >in.tsv
	run -1 --separate-stderr portid in.tsv
	[ "$stderr" = "portid: in.tsv:1: no column 'host' in 'port' records" ]
	ports 80 x 99999 | sed 's/127.0.0.1/1.2.3/' >in.tsv
	run -1 --separate-stderr portid in.tsv
	[ "${stderr_lines[0]}" = "portid: in.tsv:2: addr: not an address" ]
	[ "$(counted portid bad_lines <<<"$output")" -eq 3 ]
	[ "$(counted portid asked <<<"$output")" -eq 0 ]
}

@test "up to -n connections are open at once" {
	serve together counted
	# The server answers once eight clients are connected.
	for _ in 1 2 3 4 5 6 7 8; do echo $PORT_together; done | scanned |
	    portid -n 8 -t 20 >out.tsv
	[ "$(grep -c 'http 200 together' out.tsv)" -eq 8 ]
	for _ in $(seq 60); do echo $PORT_counted; done | scanned |
	    portid -n 5 -t 20 >out.tsv
	[ "$(grep -c 'http 200 counted' out.tsv)" -eq 60 ]
	[ "$(cat most)" -le 5 ]
	[ "$(cat most)" -ge 2 ]
}

@test "silent ports do not delay other questions" {
	serve silent http
	{
		echo $PORT_silent
		for _ in $(seq 50); do echo $PORT_http; done
	} | scanned >in.tsv
	portid -n 4 -t 100 in.tsv >out.tsv 3>&- &
	pid=$!
	# All are asked, and their records written, although the first waits.
	until_true 50 asked_all 50
	answered_all() { [ "$(grep -c nginx out.tsv)" -eq 50 ]; }
	until_true 30 answered_all
	end $pid
}

# live: a port record of the present, and a ping after it.
live() {
	printf '#port\ttime\thost\taddr\tport\tstate\tinfo\ttook\n'
	printf 'port\t%s\th\t127.0.0.1\t%s\topen\t-\t0.5\n' "$1" "$2"
	printf '#ping\ttime\tstate\ttook\nping\t%s\tlost\t1.25\n' "$1"
}

@test "a record that waited ends when it is written: took grows" {
	serve silent
	now=$(date +%s.%N)
	live "$now" $PORT_silent | portid -t 0.5 >out.tsv
	# At least the 0.5 s before and 0.5 s here; and not before the ping.
	records port <out.tsv | awk -F'\t' '{ exit !($8 >= 1.25 && $8 < 60) }'
	[ "$(records port <out.tsv | cut -f7)" = timeout ]
}

@test "when probesrc was stopped, answers are awaited for half a second" {
	serve silent
	{
		ports $PORT_silent $PORT_silent
		printf '#host\ttime\thost\tstate\n'
		printf 'host\t1795147458\tlocalhost\tstopped\n'
	} | timeout 60 portid -n 1 -t 100 >out.tsv
	infos timeout "not asked" <out.tsv
}

end() {
	kill -9 "$1"
	wait "$1" 2>/dev/null || true
}

# asked_all N: has the HTTP server logged at least N requests?
asked_all() { [ "$(grep -c ^http log)" -ge "$1" ]; }

@test "a record that waits for no answer is passed at once" {
	serve silent
	mkfifo in
	portid -t 100 in >out.tsv 2>messages 3>&- &
	pid=$!
	exec 4>in
	printf '#ping\ttime\nping\t1\n' >&4
	until_true 30 grep -q '^ping' out.tsv
	{ ports $PORT_silent; printf 'ping\t2\n'; } >&4
	until_true 30 grep -q silent log
	until_true 30 grep -q '^ping	2' out.tsv
	run -1 grep '^port' out.tsv
	kill -USR1 $pid
	until_true 30 grep -q 'ports 1, asked 1, answered 0' messages
	exec 4>&-
	end $pid
}

@test "waiting records need bounded memory" {
	! grep -q __asan_init "$BUILD/bin/portid" || skip "needs a build without a sanitizer"
	serve silent
	{
		ports $PORT_silent
		printf '#ping\ttime\thost\n'
		yes "ping	1	$(printf '%0200d' 0)" | head -n 300000
	} >in.tsv
	(ulimit -v 60000 && portid -t 4 in.tsv >out.tsv)
	[ "$(grep -c '^ping' out.tsv)" -eq 300000 ]
	infos timeout <out.tsv
}

@test "after SIGINT a pipe is read to its end and answers are awaited" {
	serve http
	mkfifo in
	portid -t 20 in >out.tsv 3>&- &
	pid=$!
	exec 4>in
	ports $PORT_http >&4
	until_true 30 grep -q nginx out.tsv
	kill -INT $pid
	ports $PORT_http | tail -n +2 >&4
	exec 4>&-
	wait $pid
	[ "$(grep -c nginx out.tsv)" -eq 2 ]
	[ "$(counted portid answered <out.tsv)" -eq 2 ]
}

@test "wrong options are wrong usage" {
	for wrong in "-a 80" "-a 80=ftp" "-a x=http" "-a 65536=http" "-a =http" \
	    "-n 0" "-n 1001" "-t 0" "-t x" "-p"; do
		run -2 portid $wrong /dev/null
		[ -n "$output" ]
	done
}
