#!/usr/bin/env bats
# probesrc: what its records say of pings, traces and scans.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ -z "${probing:-}" ] || kill "$probing" 2>/dev/null || true
	uncable
}

# Skip if this user may not send echo requests.
need_ping() {
	echo '127.0.0.1 numpings=1' | probesrc -1 >/dev/null 2>&1 ||
	    skip "no sockets for ICMP"
}

# col KIND NAME...: the columns of that name of the records of a kind.
col() {
	local kind=$1
	shift
	awk -F'\t' -v k="$kind" -v names="$*" '
	$1 == "#" k {
		for (i = 2; i <= NF; i++)
			at[$i] = i
	}
	$1 == k {
		n = split(names, name, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $at[name[i]], i < n ? " " : "\n"
	}'
}

# link NS1 DEV1 NS2 DEV2 N: a cable, with 10.97.N.1 and fd97:N::1 in NS1, .2 and
# ::2 in NS2.
link() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	ip -n "$1" addr add "10.97.$5.1/24" dev "$2"
	ip -n "$1" addr add "fd97:$5::1/64" dev "$2" nodad
	ip -n "$3" addr add "10.97.$5.2/24" dev "$4"
	ip -n "$3" addr add "fd97:$5::2/64" dev "$4" nodad
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# to NS NET N END: in NS, a route to network NET through end END of link N.
to() {
	ip -n "$1" route replace "10.97.$2.0/24" via "10.97.$3.$4"
	ip -n "$1" -6 route replace "fd97:$2::/64" via "fd97:$3::$4"
}

# Links $A -1- $R -2- $S -3- $B, and a detour $R -4- $T -5- $B.  $B has 10.97.9.9
# and fd97:9::9.  In $A every user may ping.
routers() {
	need_netns
	A=cp-$$-a R=cp-$$-r S=cp-$$-s T=cp-$$-t B=cp-$$-b
	for ns in "$A" "$R" "$S" "$T" "$B"; do
		ip netns add "$ns"
		namespaces="${namespaces:-} $ns"
		ip -n "$ns" link set lo up
		ip netns exec "$ns" sysctl -qw net.ipv4.ip_forward=1 \
		    net.ipv6.conf.all.forwarding=1 \
		    net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
		    net.ipv4.conf.all.rp_filter=0 \
		    net.ipv6.conf.default.accept_dad=0
	done
	link "$A" a1 "$R" r1 1
	link "$R" r2 "$S" s2 2
	link "$S" s3 "$B" b3 3
	link "$R" r4 "$T" t4 4
	link "$T" t5 "$B" b5 5
	ip -n "$B" addr add 10.97.9.9/32 dev lo
	ip -n "$B" addr add fd97:9::9/128 dev lo
	ip -n "$A" route add default via 10.97.1.2
	ip -n "$A" -6 route add default via fd97:1::2
	to "$R" 3 2 2
	to "$R" 5 4 2
	to "$R" 9 2 2
	to "$S" 1 2 1
	to "$S" 9 3 2
	to "$T" 1 4 1
	to "$T" 9 5 2
	ip -n "$B" route add default via 10.97.3.1
	ip -n "$B" -6 route add default via fd97:3::1
	ip netns exec "$A" sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	# Neighbours are resolved once an answer came by either route.
	until_true 30 is_open 10.97.9.9
	until_true 30 is_open fd97:9::9
}

# A reset in answer to a SYN shows that the path works in both directions.
is_open() {
	need python3
	ip netns exec "$A" python3 -c '
import errno, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.settimeout(1)
sys.exit(s.connect_ex((sys.argv[1], 9)) != errno.ECONNREFUSED)' "$1"
}

# Run a program in $A as nobody, without any privilege.  With "in_a ... &", $! is
# the program itself, for signals.
from_a() ( in_a "$@" )
in_a() {
	exec ip netns exec "$A" setpriv --reuid 65534 --regid 65534 --clear-groups \
	    --no-new-privs --bounding-set=-all "$@"
}

# Listen on TCP port 80 of all addresses of $B, until the test ends.
serve_80() {
	need python3
	ip netns exec "$B" python3 -c '
import socket, time
s = socket.create_server(("::", 80), family=socket.AF_INET6,
    dualstack_ipv6=True)
while True:
    s.accept()[0].close()' 3>&- &
	until_true 30 grep -q ':0050' "/proc/$!/net/tcp6"
}

# slow SECONDS COUNT [forged|elsewhere]: a host 10.97.8.8 beyond $B that answers
# each echo request COUNT times after SECONDS; with another payload if forged,
# or from 10.97.8.9.  It logs "asked" and "answered" in slow.seen.
slow() {
	need python3
	[ -c /dev/net/tun ] || skip "no /dev/net/tun"
	ip netns exec "$B" python3 -c '
import fcntl, os, struct, sys, threading
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH", b"slow", 0x1001))
os.system("ip link set slow up; ip route add 10.97.8.8 dev slow")
seen = open("slow.seen", "w")
lock = threading.Lock()	# all answers to a request, then those to the next
while True:
    p = os.read(tun, 65536)
    if p[0] >> 4 != 4 or p[9] != 1 or p[20] != 8:
        continue
    # Type 8 becomes 0, so the checksum grows by 0x0800.
    c = int.from_bytes(p[22:24], "big") + 0x0800
    c = (c & 0xffff) + (c >> 16)
    q = p[:12] + p[16:20] + p[12:16] + b"\0\0" + c.to_bytes(2, "big") + p[24:]
    if sys.argv[3:] == ["forged"]:
        q = q[:30] + q[32:34] + q[30:32] + q[34:]
    if sys.argv[3:] == ["elsewhere"]:
        c = int.from_bytes(q[10:12], "big") - 1
        q = q[:10] + c.to_bytes(2, "big") + q[12:15] + b"\x09" + q[16:]
    def answer(q):
        with lock:
            for i in range(int(sys.argv[2])):
                os.write(tun, q)
        print("answered", file=seen, flush=True)
    print("asked", file=seen, flush=True)
    threading.Timer(float(sys.argv[1]), answer, (q,)).start()
' "$@" 3>&- &
	until_true 30 [ -e slow.seen ]
	for ns in "$R" "$S"; do
		ip -n "$ns" route add 10.97.8.8/32 via \
		    "$([ "$ns" = "$R" ] && echo 10.97.2.2 || echo 10.97.3.2)"
	done
}

@test "each ping of a burst has one record, of IPv4 and IPv6" {
	need_ping
	printf '127.0.0.1 numpings=3\n::1 numpings=2 payload=0\n' >list
	probesrc -1 list >out
	col ping addr line run index of from state info <out | sort >got
	cat >want <<-'END'
	127.0.0.1 1 1 1 3 127.0.0.1 ok -
	127.0.0.1 1 1 2 3 127.0.0.1 ok -
	127.0.0.1 1 1 3 3 127.0.0.1 ok -
	::1 2 1 1 2 ::1 ok -
	::1 2 1 2 2 ::1 ok -
	END
	same want got
	col ping rtt ttl <out | awk '$1 <= 0 || $1 > .05 || $2 != 64' >bad
	same /dev/null bad
	[ "$(counted probesrc sent <out)" = 5 ]
	[ "$(counted probesrc received <out)" = 5 ]
	[ "$(counted probesrc unstamped <out)" = 0 ]
}

@test "conf records have the options of each line, before the first probe" {
	need_ping
	cat >list <<-'END'
	# A comment, and an empty line.

	127.0.0.1 PING=1e3 NumPings=2 interval=2.5 json=true # comment
	localhost numpings=1 ports=22 scan=1_000 timestamp=0 family=4 \
	END
	sed -i 's/ \\$/\r/' list
	probesrc -1 list >out
	col conf host addr line run info <out >got
	cat >want <<-'END'
	127.0.0.1 127.0.0.1 3 1 ping=1000 numpings=2 payload=41 trace=0 hops=30 scan=0 json=1 timestamp=1 ports=80,443,3306 interval=2.5 family=any proto=icmp flow=0
	localhost - 4 1 ping=500 numpings=1 payload=41 trace=0 hops=30 scan=1000 json=0 timestamp=0 ports=22 interval=10 family=4 proto=icmp flow=0
	END
	same want got
	col host host addr line state info <out >got
	echo "localhost 127.0.0.1 4 resolved -" >want
	same want got
	head -2 out | grep -q '^conf	'
}

@test "a wrong word is reported with its line, and nothing is sent" {
	need_ping
	while IFS='|' read -r line message; do
		printf '127.0.0.1\n\n%s\n' "$line" >list
		run -1 probesrc -1 list
		[ "$output" = "probesrc: list:3: $message" ] ||
		    { echo "$line: $output"; false; }
	done <<-'END'
	::1 json|json: not an option, which is NAME=VALUE
	::1 ping = 5|ping: not an option, which is NAME=VALUE
	::1 foo=1|foo=1: unknown option
	::1 ping=5=6|ping=5=6: must be a time in milliseconds, 0 to 1e11
	::1 ping=-5|ping=-5: must be a time in milliseconds, 0 to 1e11
	::1 scan=nan|scan=nan: must be a time in milliseconds, 0 to 1e11
	::1 numpings=1.5|numpings=1.5: must be a whole number from 1 to 65535
	::1 json=YES|json=YES: must be TRUE, FALSE or a whole number
	::1 ping=1 PING=2|PING=2: given twice
	224.0.0.1|224.0.0.1: not a unicast address
	ff02::1|ff02::1: not a unicast address
	0.0.0.0|0.0.0.0: not a unicast address
	255.255.255.255|255.255.255.255: a broadcast address
	127.255.255.255|127.255.255.255: a broadcast address
	END
	run -1 probesrc /nonexistent
	run -1 probesrc - </dev/null
	run -1 probesrc </dev/null
	[ "$output" = "probesrc: stdin: no hosts" ]
	run -2 probesrc -r 0 list
	run -2 probesrc list list
}

@test "a list that asks for more packets than -r allows has longer periods" {
	need_ping
	printf '127.0.0.%d ping=100 numpings=1 interval=1\n' $(seq 20) >list
	probesrc -r 50 list >out 2>messages 3>&- &
	probing=$!
	until_true 30 grep -q 'ping	.*	4	1	1	' out
	kill $probing
	wait $probing
	echo "probesrc: list: asks for 200 packets a second, but -r allows 50: \
all periods are 4.00 times as long" | same - messages
	[ "$(counted probesrc skipped <out)" -eq 0 ]
	# Every 400 ms, with the slack of a loaded machine.
	col ping host run time <out | awk '
		$1 in at && $3 - at[$1] < .2 { print }
		{ at[$1] = $3 }' >bad
	same /dev/null bad
}

@test "defaults are for the lines after them; ports may be ranges" {
	need_ping
	cat >list <<-'END'
	* ping=0 scan=1000 ports=8000-8002,9 interval=1
	127.0.0.1
	* group=dc1 ping=100 numpings=1
	127.0.0.2 scan=0
	END
	probesrc -1 list >out
	col port addr port group <out | sort | tr '\n' , >got
	printf '127.0.0.1 %s -,' 8000 8001 8002 9 | same - got
	col ping addr of group <out >got
	echo "127.0.0.2 1 dc1" | same - got
}

@test "scans need no right to send echo requests" {
	routers
	ip netns exec "$A" sysctl -qw net.ipv4.ping_group_range='1 0'
	echo "10.97.9.9 ping=0 scan=1000 ports=83" >list
	from_a probesrc -1 list >out
	col port port state <out >got
	echo "83 closed" | same - got
}

@test "a ping that is larger than the MTU of the path is sent again" {
	routers
	ip -n "$S" link set s3 mtu 1300
	ip -n "$B" link set b3 mtu 1300
	printf '%s payload=1400 numpings=3\n' 10.97.9.9 fd97:9::9 >list
	from_a probesrc -1 list >out
	col ping state <out | sort | uniq -c | tr -s ' ' >got
	echo " 6 ok" | same - got
	grep -q '^6$\|^7$\|^8$' <<<"$(counted probesrc sent <out)"
}

@test "an ICMP error after the wait is the reason of the next loss" {
	routers
	# The kernel gives up on a neighbour after three seconds.
	ip -n "$A" addr add 10.97.6.1/24 dev a1
	echo "10.97.6.2 ping=500 numpings=1" >list
	in_a probesrc -w 0.3 list >out 3>&- &
	probing=$!
	until_true 60 grep -q '	lost	host	' out
	kill $probing
	wait $probing
	col ping state info <out | head -1 >got
	echo "lost -" | same - got
}

@test "a name without an address is reported, and stops no other host" {
	need_ping
	printf 'nosuch.invalid\n127.0.0.1 numpings=2\n' >list
	run -0 --separate-stderr probesrc -1 list
	[[ "$stderr" == "probesrc: list:1: nosuch.invalid: "* ]]
	[ "$(col host host addr state <<<"$output")" = \
	    "nosuch.invalid - unresolved" ]
	[ "$(col ping host state <<<"$output" | sort | uniq -c | tr -s ' ')" = \
	    " 2 127.0.0.1 ok" ]
	# If no host has one, probesrc -1 fails.
	run -1 probesrc -1 <<<nosuch.invalid
}

@test "a name is probed when it is found later, and at its new address" {
	need_root
	need_ping
	need unshare
	echo "127.0.0.1 localhost" >hosts
	unshare -m true || skip "no mount namespaces"
	echo "later.invalid ping=50 numpings=1" >list
	unshare -m sh -c '
		mount --bind hosts /etc/hosts && exec probesrc list' >out 2>messages 3>&- &
	probing=$!
	until_true 30 grep -q 'unresolved' out
	echo "127.0.0.7 later.invalid" >>hosts
	until_true 30 grep -q 'ping	.*127.0.0.7.*	ok' out
	echo "127.0.0.8 later.invalid" >hosts
	kill -HUP $probing
	until_true 30 grep -q 'ping	.*127.0.0.8.*	ok' out
	kill $probing
	wait $probing
	col host host addr state info <out | sed 's/ unres.*/ unres/' >got
	cat >want <<-'END'
	later.invalid - unres
	later.invalid 127.0.0.7 resolved -
	later.invalid 127.0.0.8 changed 127.0.0.7
	later.invalid 127.0.0.8 stopped -
	END
	same want got
	[ "$(wc -l <messages)" -eq 1 ]
}

# names: in a namespace $A, a name server on 127.0.0.53 with the zone in the file
# zone: lines of NAME TTL ADDRESS..., whose addresses it rotates.  It never
# answers about other names.  in_names runs a program there, which uses it.
names() {
	need_netns
	need python3 unshare
	unshare -m true || skip "no mount namespaces"
	A=cp-$$-a
	ip netns add "$A"
	namespaces=$A
	ip -n "$A" link set lo up
	printf 'nameserver 127.0.0.53\noptions timeout:5 attempts:2\n' >resolv.conf
	printf '127.0.0.1 localhost\n' >hosts
	ip netns exec "$A" python3 -c '
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.53", 53))
open("ready", "w")
asked = 0
while True:
    q, to = s.recvfrom(4096)
    at, parts = 12, []
    while q[at]:
        parts.append(q[at + 1:at + 1 + q[at]].decode())
        at += 1 + q[at]
    kind, = struct.unpack("!H", q[at + 1:at + 3])
    zone = {}
    for line in open("zone"):
        name, ttl, *addresses = line.split()
        zone[name] = int(ttl), addresses
    if ".".join(parts) not in zone:
        continue
    ttl, addresses = zone[".".join(parts)]
    asked += 1
    addresses = addresses[asked % len(addresses):] + addresses[:asked % len(addresses)]
    answers = [] if kind != 1 else addresses
    r = q[:2] + struct.pack("!HHHHH", 0x8180, 1, len(answers), 0, 0) + q[12:at + 5]
    for a in answers:
        r += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, ttl, 4) + socket.inet_aton(a)
    s.sendto(r, to)' 3>&- &
	until_true 30 test -e ready
}

in_names() {
	exec ip netns exec "$A" unshare -m sh -c '
		mount --bind resolv.conf /etc/resolv.conf &&
		mount --bind hosts /etc/hosts && exec "$@"' sh "$@"
}

@test "no name is delayed by the dead name server of others" {
	names
	echo "live.test 60 127.0.0.9" >zone
	{
		for i in $(seq 100); do echo "dead$i.test ping=0"; done
		printf '%s ping=50 numpings=1\n' localhost live.test
	} >list
	in_names probesrc list >out 2>messages 3>&- &
	probing=$!
	until_true 30 grep -q '	127.0.0.9	.*	ok	' out
	until_true 30 grep -q 'localhost	127.0.0.1	.*	ok	' out
	# No dead name has timed out yet: each has 5 s and more.
	same /dev/null messages
	kill $probing
	wait $probing
}

@test "an address that a name still has is kept, whatever their order" {
	names
	echo "rr.test 60 127.0.0.11 127.0.0.12 127.0.0.13" >zone
	echo "rr.test ping=50 numpings=1" >list
	in_names probesrc list >out 3>&- &
	probing=$!
	for i in 1 2 3 4 5; do
		n=$(grep -c ^ping out || true)
		until_true 30 eval "[ \$(grep -c ^ping out) -gt $n ]"
		kill -HUP $probing
	done
	until_true 30 eval "[ \$(grep -c ^ping out) -gt $((n + 9)) ]"
	kill $probing
	wait $probing
	col host state <out >got
	printf '%s\n' resolved stopped | same - got
}

@test "the time to live of an address is honoured, down to 5 seconds" {
	names
	echo "moves.test 1 127.0.0.21" >zone
	echo "moves.test ping=50 numpings=1" >list
	in_names probesrc list >out 3>&- &
	probing=$!
	until_true 30 grep -q '	127.0.0.21	.*	ok	' out
	echo "moves.test 1 127.0.0.22" >zone
	until_true 60 grep -q '	127.0.0.22	.*	ok	' out
	kill $probing
	wait $probing
	col host addr state info <out >got
	cat >want <<-'END'
	127.0.0.21 resolved -
	127.0.0.22 changed 127.0.0.21
	127.0.0.22 stopped -
	END
	same want got
}

@test "addr=all probes every address of a name, each as a host of its own" {
	names
	echo "all.test 60 127.0.0.31 127.0.0.32 127.0.0.33" >zone
	echo "all.test ping=50 numpings=1 addr=all" >list
	in_names probesrc list >out 3>&- &
	probing=$!
	for i in 1 2 3; do
		until_true 30 grep -q "	127.0.0.3$i	.*	ok	" out
	done
	echo "all.test 60 127.0.0.32 127.0.0.34" >zone
	kill -HUP $probing
	until_true 30 grep -q "	127.0.0.34	.*	ok	" out
	kill $probing
	wait $probing
	col ping addr id <out | sort -u | cut -d' ' -f2 | sort | uniq -c |
	    awk '{ print $1 }' | sort -n | tail -1 >most
	# An id has one address, but for the one that took the place of another.
	[ "$(cat most)" -le 2 ]
	vitals out >blocks
	for i in 1 2 3 4; do
		grep -q "^all.test 127.0.0.3$i$" blocks
	done
	col host addr state <out | grep -e gone -e changed | wc -l >got
	echo 2 | same - got
}

@test "pings, traces and scans work without root if the system allows it" {
	routers
	serve_80
	ip netns exec "$B" iptables -A INPUT -p tcp --dport 81 -j DROP
	ip netns exec "$B" ip6tables -A INPUT -p tcp --dport 81 -j DROP
	ip netns exec "$S" iptables -A FORWARD -p tcp --dport 82 -j REJECT
	ip netns exec "$S" ip6tables -A FORWARD -p tcp --dport 82 -j REJECT
	for host in 10.97.9.9 fd97:9::9; do
		echo "$host numpings=2 trace=1000 scan=1000 ports=80,81,82,83"
	done >list
	from_a probesrc -1 -w 1 <list >out
	col ping addr state ttl <out | sort | uniq -c | tr -s ' ' >got
	cat >want <<-'END'
	 2 10.97.9.9 ok 62
	 2 fd97:9::9 ok 62
	END
	same want got
	col hop addr index of from state info <out | sort >got
	cat >want <<-'END'
	10.97.9.9 1 3 10.97.1.2 ok -
	10.97.9.9 2 3 10.97.2.2 ok -
	10.97.9.9 3 3 10.97.9.9 ok reached
	fd97:9::9 1 3 fd97:1::2 ok -
	fd97:9::9 2 3 fd97:2::2 ok -
	fd97:9::9 3 3 fd97:9::9 ok reached
	END
	same want got
	col port addr index of port from state info <out | sort >got
	cat >want <<-'END'
	10.97.9.9 1 4 80 10.97.9.9 open -
	10.97.9.9 2 4 81 - filtered -
	10.97.9.9 3 4 82 10.97.2.2 unreach port
	10.97.9.9 4 4 83 10.97.9.9 closed -
	fd97:9::9 1 4 80 fd97:9::9 open -
	fd97:9::9 2 4 81 - filtered -
	fd97:9::9 3 4 82 fd97:2::2 unreach port
	fd97:9::9 4 4 83 fd97:9::9 closed -
	END
	same want got
	col port port rtt <out | awk '$1 == 80 && $2 > 0' | wc -l >got
	echo 2 | same - got
}

@test "raw sockets give the same records as datagram sockets" {
	routers
	ip netns exec "$A" sysctl -qw net.ipv4.ping_group_range='1 0'
	for host in 10.97.9.9 fd97:9::9; do
		echo "$host numpings=2 trace=1000"
	done >list
	ip netns exec "$A" probesrc -1 list >out
	{
		col ping addr index state ttl <out
		col hop addr index from state info <out
	} | sort >by_raw
	ip netns exec "$A" sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	from_a probesrc -1 <list >out
	{
		col ping addr index state ttl <out
		col hop addr index from state info <out
	} | sort >by_user
	same by_user by_raw
	[ "$(wc -l <by_raw)" -eq 10 ]
	# Without permission for either, the message says what to do.
	ip netns exec "$A" sysctl -qw net.ipv4.ping_group_range='1 0'
	run -1 from_a probesrc -1 <list
	[ "$output" = "probesrc: cannot open an ICMP socket: run as root, grant \
CAP_NET_RAW (setcap cap_net_raw+ep probesrc), or add your group to \
net.ipv4.ping_group_range" ]
}

@test "a trace by UDP ends at a port unreachable error" {
	routers
	for host in 10.97.9.9 fd97:9::9; do
		echo "$host ping=0 trace=1000 proto=udp"
	done >list
	from_a probesrc -1 <list >out
	col hop addr index of from state info <out | sort >got
	cat >want <<-'END'
	10.97.9.9 1 3 10.97.1.2 ok -
	10.97.9.9 2 3 10.97.2.2 ok -
	10.97.9.9 3 3 10.97.9.9 ok reached
	fd97:9::9 1 3 fd97:1::2 ok -
	fd97:9::9 2 3 fd97:2::2 ok -
	fd97:9::9 3 3 fd97:9::9 ok reached
	END
	same want got
}

# Beyond $B two routers, 10.97.7.1 and .2, and a host 10.97.7.9, which quote 28
# bytes in their ICMP errors, as RFC 792 has it, after 50 ms.
short_quotes() {
	need python3
	[ -c /dev/net/tun ] || skip "no /dev/net/tun"
	ip netns exec "$B" python3 -c '
import fcntl, os, struct, threading
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH", b"short", 0x1001))
os.system("ip link set short up; ip route add 10.97.7.0/24 dev short")
def checksum(b):
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    s = (s & 0xffff) + (s >> 16)
    return ~((s & 0xffff) + (s >> 16)) & 0xffff
def answer(p, last, kind, code):
    icmp = struct.pack("!BBHI", kind, code, 0, 0) + p[:28]
    icmp = icmp[:2] + checksum(icmp).to_bytes(2, "big") + icmp[4:]
    ip = struct.pack("!BBHHHBBH4B4s", 0x45, 0, 20 + len(icmp), 0, 0, 64, 1, 0,
        10, 97, 7, last, p[12:16])
    os.write(tun, ip[:10] + checksum(ip).to_bytes(2, "big") + ip[12:] + icmp)
open("short.up", "w")
while True:
    p = os.read(tun, 65536)
    if p[0] >> 4 != 4 or p[9] != 17:
        continue
    args = (p, p[8], 11, 0) if p[8] < 3 else (p, 9, 3, 3)
    threading.Timer(0.05, answer, args).start()
' 3>&- &
	until_true 30 [ -e short.up ]
	to "$R" 7 2 2
	to "$S" 7 3 2
}

@test "a trace by UDP is right although routers quote 28 bytes" {
	routers
	short_quotes
	echo "10.97.7.9 ping=0 trace=1000 proto=udp" >list
	from_a probesrc -1 list >out
	col hop index of from state info <out >got
	cat >want <<-'END'
	1 6 10.97.1.2 ok -
	2 6 10.97.2.2 ok -
	3 6 10.97.3.2 ok -
	4 6 10.97.7.1 ok -
	5 6 10.97.7.2 ok -
	6 6 10.97.7.9 ok reached
	END
	same want got
}

@test "a trace ends at an unreachable error, and after five silent hops" {
	routers
	ip -n "$S" route replace unreachable 10.97.9.0/24
	ip -n "$S" -6 route replace blackhole fd97:9::/64
	for host in 10.97.9.9 fd97:9::9; do
		echo "$host ping=0 trace=1000"
	done >list
	from_a probesrc -1 <list >out
	col hop addr index of from state info <out | sort >got
	cat >want <<-'END'
	10.97.9.9 1 2 10.97.1.2 ok -
	10.97.9.9 2 2 10.97.2.2 unreach unreach
	END
	grep 10.97 got | same want -
	grep fd97 got | awk '{ print $2, $4, $5, $6 }' >six
	# A blackhole route drops packets without an error.
	cat >want <<-'END'
	1 fd97:1::2 ok -
	2 - lost -
	3 - lost -
	4 - lost -
	5 - lost -
	6 - lost silent
	END
	same want six
}

@test "a changed path has a route record, a silent hop has none" {
	routers
	echo "10.97.9.9 ping=0 trace=200" >list
	in_a probesrc list >out 3>&- &
	probing=$!
	until_true 30 grep -q ^route out
	ip netns exec "$S" iptables -A OUTPUT -p icmp --icmp-type 11 -j DROP
	until_true 30 grep -q 'hop	.*lost' out
	ip netns exec "$S" iptables -F
	to "$R" 9 4 2
	until_true 30 grep -q 'route	.*10.97.4.2' out
	n=$(grep -c ^hop out)
	more_hops() { [ "$(grep -c ^hop out)" -gt $((n + 6)) ]; }
	until_true 30 more_hops
	kill $probing
	wait $probing
	col route old new <out >got
	cat >want <<-'END'
	- 10.97.1.2,10.97.2.2,10.97.9.9
	10.97.1.2,10.97.2.2,10.97.9.9 10.97.1.2,10.97.4.2,10.97.9.9
	END
	same want got
}

@test "routers that limit their errors are known by every trace" {
	routers
	for ns in "$R" "$S"; do
		ip netns exec "$ns" sysctl -qw net.ipv4.icmp_ratelimit=1000
	done
	for i in $(seq 10 39); do
		ip -n "$B" addr add 10.97.9.1$i/32 dev lo
		echo "10.97.9.1$i ping=0 trace=1000"
	done >list
	in_a probesrc list >out 3>&- &
	probing=$!
	all_known() {
		[ "$(grep '^route.*	10.97.1.2,10.97.2.2,10.97.9' out |
		    cut -f3 | sort -u | wc -l)" -eq 30 ]
	}
	until_true 120 all_known
	kill $probing
	wait $probing
	# The first router is no hop without an answer once it is known.
	col hop index state <out | grep -c '^1 lost' >silent || true
	[ "$(cat silent)" -lt 30 ]
	col hop index info <out | grep -q '^1 shared'
	# vitals prints the fuller path.
	vitals out | grep -c '^10.97.2.2	' >got
	[ "$(cat got)" -ge 30 ]
}

@test "pings by TCP: round trips of SYNs, refused, filtered, and no socket left" {
	routers
	serve_80
	ip netns exec "$B" iptables -A INPUT -p tcp --dport 81 -j DROP
	ip netns exec "$S" iptables -A FORWARD -p tcp --dport 82 -j REJECT
	ip netns exec "$A" sysctl -qw net.ipv4.ping_group_range='1 0'
	for port in 80 81 82 83; do
		echo "10.97.9.9 numpings=3 proto=tcp port=$port labels=p$port"
	done >list
	echo "fd97:9::9 numpings=2 proto=tcp port=80 labels=six" >>list
	from_a probesrc -1 -w 1 list >out
	col ping labels from state info <out | sort | uniq -c | tr -s ' ' >got
	cat >want <<-'END'
	 3 p80 10.97.9.9 ok -
	 3 p81 - lost -
	 3 p82 10.97.2.2 unreach port
	 3 p83 10.97.9.9 unreach refused
	 2 six fd97:9::9 ok -
	END
	same want got
	col ping state rtt <out | awk '$1 == "ok" && !($2 > 0 && $2 < 1)' >bad
	same /dev/null bad
	ip netns exec "$A" awk '$3 ~ /:0050$/' /proc/net/tcp >left
	same /dev/null left
}

@test "an outage has one record when it begins and one when it is over" {
	routers
	echo "10.97.9.9 ping=100 numpings=1 trace=on-loss" >list
	in_a probesrc -w 0.5 list >out 3>&- &
	probing=$!
	until_true 30 grep -q ^route out
	traces() { [ "$(col hop run info <out | grep -c ' reached\| silent')" -ge "$1" ]; }
	until_true 30 grep -q ^ping out
	ip netns exec "$B" iptables -A INPUT -p icmp -j DROP
	until_true 30 grep -q '^outage.*	down	' out
	until_true 30 traces 2
	ip netns exec "$B" iptables -F
	until_true 30 grep -q '^outage.*	up	' out
	# A router's reason.
	ip -n "$R" route replace prohibit 10.97.9.0/24
	until_true 30 grep -q '^outage.*	down	.*	admin	' out
	kill $probing
	wait $probing
	col outage addr state flaps info path <out >got
	path=10.97.1.2,10.97.2.2,10.97.9.9
	cat >want <<-END
	10.97.9.9 down 1 - $path
	10.97.9.9 up 1 - $path
	10.97.9.9 down 2 admin $path
	10.97.9.9 stopped 2 admin $path
	END
	same want got
	# It begins with the first ping lost, and lasts until the next answer.
	col ping time rtt state <out | sort -n >pings
	col outage time length lost state <out | grep up | {
		read -r begin length lost _
		awk -v b="$begin" -v l="$length" -v n="$lost" '
		$3 == "lost" && $1 == b { begun = 1 }
		$3 == "lost" && !over { lost++ }
		$3 == "ok" && begun && !over { over = 1
			good = ($1 + $2 - b - l) ^ 2 < 1e-8 && lost == n }
		END { exit !good }' pings
	}
}

@test "bursts keep their period although all pings are lost" {
	routers
	ip netns exec "$B" iptables -A INPUT -p icmp -j DROP
	echo "10.97.9.9 ping=180 numpings=3" >list
	in_a probesrc -w 0.5 list >out 3>&- &
	probing=$!
	until_true 30 grep -q 'ping	.*	6	3	3	' out
	kill $probing
	wait $probing
	col ping state run <out | awk '$2 < 6 { print $1 }' | sort -u >got
	echo lost | same - got
	# A burst every 200 ms.  Waiting for answers first would make the sixth
	# more than 2 s late.
	col ping run index time <out | awk '$2 == 1 && $1 > 1 {
		if (!first)
			first = $3 - $1 * .2
		late = $3 - $1 * .2 - first
		if (late < -1 || late > 1)
			print $1, late
	}' >bad
	same /dev/null bad
}

@test "a round trip of more than a second is no loss" {
	routers
	slow 1.04 1
	echo "10.97.8.8 ping=500 numpings=3" >list
	from_a probesrc -1 -w 30 list >out
	col ping state <out | sort | uniq -c | tr -s ' ' >got
	echo " 3 ok" | same - got
	col ping rtt <out | awk '$1 < 1.04 || $1 > 20' >bad
	same /dev/null bad
}

@test "a late answer is never matched to another ping" {
	routers
	slow 0.7 2
	echo "10.97.8.8 ping=100 numpings=1" >list
	in_a probesrc -w 0.5 list >out 3>&- &
	probing=$!
	has_all() {
		for state in lost late dup; do
			grep -q "	$state	" out || return
		done
	}
	until_true 30 has_all
	kill $probing
	wait $probing
	col ping state rtt <out | awk '$1 !~ /lost|error/ && $2 < .7' >bad
	same /dev/null bad
}

@test "a forged answer, which lacks the cookie, is ignored" {
	routers
	slow 0.01 1 forged
	echo "10.97.8.8 numpings=3" >list
	from_a probesrc -1 -w 0.5 list >out
	col ping state <out | sort | uniq -c | tr -s ' ' >got
	echo " 3 lost" | same - got
	[ "$(counted probesrc foreign <out)" = 3 ]
}

@test "with a payload too small for a cookie the address is checked" {
	routers
	slow 0.01 1 elsewhere
	for host in 10.97.8.8 10.97.9.9; do
		echo "$host numpings=3 payload=9"
	done >list
	from_a probesrc -1 -w 0.5 list >out
	col ping addr state <out | sort | uniq -c | tr -s ' ' >got
	printf ' 3 10.97.8.8 lost\n 3 10.97.9.9 ok\n' | same - got
	[ "$(counted probesrc foreign <out)" = 3 ]
}

@test "an overflow of our receive queue is an error, never a loss" {
	routers
	slow 1 20000
	echo "10.97.8.8 ping=500 numpings=4 interval=100" >list
	in_a probesrc -1 list >out 3>&- &
	probing=$!
	# All four are sent; 80,000 answers arrive while it is stopped.
	seen() { [ "$(grep -c "$1" slow.seen)" -ge 4 ]; }
	until_true 30 seen asked
	kill -STOP $probing
	until_true 60 seen answered
	kill -CONT $probing
	wait $probing
	col ping index state info <out | grep -v dup | sort -u >got
	[ "$(cut -d' ' -f1 got | tr -d '\n')" = 1234 ]
	run -1 grep lost got
	grep -q 'error receive queue overflow' got
}

@test "an ICMP error is unreach with its sender and name, no route is an error" {
	routers
	ip -n "$R" route replace prohibit 10.97.9.0/24
	ip -n "$A" route add unreachable 10.97.7.0/24
	printf '10.97.9.9 numpings=2\n10.97.7.7 numpings=1\n' >list
	from_a probesrc -1 list >out
	col ping addr from state info <out | sort -u >got
	cat >want <<-'END'
	10.97.7.7 - error Host
	10.97.9.9 10.97.1.2 unreach admin
	END
	sed -i 's/No route to host/Host/; s/Host is unreachable/Host/' got
	same want got
}

# capture DEVICE FILTER: capture in $A to seen.pcap until the test ends.
capture() {
	need tcpdump
	# Small slots, so that the buffer has many.
	ip netns exec "$A" tcpdump -i "$1" -n -U -s 200 -B 16384 --immediate-mode \
	    -w seen.pcap "$2" 2>tcpdump.err 3>&- &
	until_true 30 grep -q listening tcpdump.err
}

# captured N [FILTER]: has it at least N packets that match?
captured() {
	[ "$(tcpdump -n -r seen.pcap "${2:-}" 2>/dev/null | wc -l)" -ge "$1" ]
}

@test "pings have the payload asked for, and the same flow as traces" {
	routers
	capture a1 'icmp[0] == 8'
	echo "10.97.9.9 payload=1337 numpings=4 trace=1000" >list
	from_a probesrc -1 list >out
	echo "10.97.9.9 payload=1337 numpings=1 flow=5" >list
	from_a probesrc -1 list >out
	until_true 30 captured 8
	# The length, and the checksum at byte 22 of the packet.
	tcpdump -n -x -r seen.pcap 2>/dev/null >dump
	grep -c 'length 1345' dump >got
	echo 8 | same - got
	awk '/0x0010:/ { print $5 }' dump | sort | uniq -c | tr -s ' ' >got
	cat >want <<-'END'
	 1 fff9
	 7 fffe
	END
	same want got
}

@test "src, dev, dscp, ttl and df are those of the packets" {
	routers
	ip -n "$A" addr add 10.97.1.77/24 dev a1
	ip -n "$A" addr add fd97:1::77/64 dev a1 nodad
	capture a1 'icmp[0] == 8 or ip6[40] == 128 or tcp[13] == 2'
	cat >list <<-'END'
	* numpings=1 dscp=46 ttl=7 df=1 dev=a1 scan=1000 ports=83
	10.97.9.9 src=10.97.1.77
	fd97:9::9 src=fd97:1::77
	END
	from_a probesrc -1 list >out
	until_true 30 captured 3
	tcpdump -n -v -r seen.pcap 2>/dev/null >dump
	[ "$(grep -c 'tos 0xb8, ttl 7,\|class 0xb8.*hlim 7,' dump)" -eq 3 ]
	[ "$(grep -c '10.97.1.77.* > 10.97.9.9\|fd97:1::77.* > fd97:9::9' dump)" -eq 3 ]
	[ "$(grep -c 'flags \[DF\]' dump)" -eq 2 ]
	[ "$(col ping state <out | sort -u)" = ok ]
	# Too large for a link, and not fragmented.
	ip -n "$S" link set s3 mtu 1300
	echo "10.97.9.9 numpings=2 payload=1400 df=1" >list
	from_a probesrc -1 list >out
	col ping from state info <out | sort -u >got
	echo "10.97.2.2 unreach needfrag" | same - got
	echo "10.97.9.9 dev=nosuch" >list
	run -1 from_a probesrc -1 list
	[ "$output" = "probesrc: list:1: dev=nosuch: No such device" ]
}

@test "at most -r packets are sent a second" {
	need_ping
	printf '127.0.0.%d numpings=1\n' $(seq 150) >list
	probesrc -1 -r 100 list >out
	col ping time <out | sort -n | awk '
	{ at[NR] = $1 }
	END { exit !(NR == 150 && at[NR] - at[1] >= 1.4) }'
}

@test "packets are sent to listed hosts only" {
	routers
	capture any ''
	cat >list <<-'END'
	10.97.9.9 ping=100 trace=300 scan=300
	fd97:9::9 ping=100 trace=300 proto=udp scan=300
	END
	in_a probesrc list >out 3>&- &
	probing=$!
	until_true 30 grep -q 'port	.*	3	1	3	' out
	kill $probing
	wait $probing
	listed='dst host (10.97.9.9 or fd97:9::9)'
	until_true 30 captured "$(counted probesrc sent <out)" "$listed"
	# Replies go to A itself; the kernel resolves neighbours by ARP and
	# ICMPv6, and reports its multicast groups.
	tcpdump -n -r seen.pcap "not ($listed) and
	    not dst host (10.97.1.1 or fd97:1::1) and
	    not arp and not (icmp6 and ip6[40] >= 130) and
	    not (ip6 multicast and ip6[6] == 0)" \
	    >strangers 2>/dev/null
	same /dev/null strangers
}

@test "a reload restarts changed lines only" {
	need_ping
	for i in $(seq 10000); do
		echo "127.1.$((i / 200)).$((i % 200 + 1)) ping=60000 numpings=1"
	done >list
	probesrc list >out 3>&- &
	probing=$!
	until_true 30 grep -q ^ping out
	before=$(col conf host <out | wc -l)
	[ "$before" -eq 10000 ]
	sed -i '500s/numpings=1/numpings=2/' list
	kill -HUP $probing
	until_true 30 grep -q 'conf	.*numpings=2' out
	kill -INT $probing
	wait $probing
	col conf host line run <out | tail -n +10001 >got
	echo "127.1.2.101 500 2" | same - got
	col host host line state <out | grep -v stopped >got
	echo "127.1.2.101 500 gone" | same - got
	col host state <out | grep -c stopped >got
	echo 10000 | same - got
	col ping run <out | sort -u >got
	echo 1 | same - got
}

@test "a moved line keeps its runs, a wrong list changes nothing" {
	need_ping
	echo "127.0.0.1 ping=50 numpings=1" >list
	probesrc list >out 2>messages 3>&- &
	probing=$!
	until_true 30 grep -q 'ping	.*	3	1	1	' out
	{ echo "127.0.0.2 ping=0"; cat list; } >new
	mv new list
	kill -HUP $probing
	until_true 30 grep -q 'conf	.*	127.0.0.1	2	2	' out
	until_true 30 grep -q 'ping	.*	127.0.0.1	2	' out
	echo "127.0.0.1 pong=1" >list
	kill -HUP $probing
	until_true 30 grep -q 'old list' messages
	rm list
	kill -HUP $probing
	until_true 30 grep -q 'No such file' messages
	kill -INT $probing
	wait $probing
	cat >want <<-'END'
	probesrc: list:1: pong=1: unknown option; keeping the old list
	probesrc: list: No such file or directory; keeping the old list
	END
	same want messages
	# Each run occurs once, whatever line it was on.
	col ping host run <out | sort | uniq -d >got
	same /dev/null got
	col ping line <out | sort -u | tr '\n' ' ' >got
	printf '1 2 ' | same - got
	run -1 grep gone out
}

@test "with a list from standard input SIGHUP changes nothing but warns" {
	need_ping
	probesrc >out 2>messages <<<"127.0.0.1 ping=50 numpings=1" 3>&- &
	probing=$!
	until_true 30 grep -q ^ping out
	kill -HUP $probing
	until_true 30 grep -q 'keeping the old list' messages
	n=$(wc -l <out)
	more() { [ "$(wc -l <out)" -gt "$n" ]; }
	until_true 30 more
	kill $probing
	wait $probing
}

@test "on SIGTERM the bursts that have begun are completed" {
	need_ping
	echo "127.0.0.1 ping=10 numpings=50 interval=20" >list
	probesrc list >out 3>&- &
	probing=$!
	until_true 30 grep -q ^ping out
	kill $probing
	wait $probing
	col ping index <out | sort -n >got
	seq 50 | same - got
	col ping state info <out | sort -u >got
	cat >want <<-'END'
	error stopped
	ok -
	END
	same want got
	tail -1 out | grep -q '^count	'
}

@test "two SIGTERMs at once are one: timeout(1) sends two" {
	need_ping
	printf '127.1.0.%d ping=100 numpings=1\n' $(seq 50) >list
	probesrc list >out 3>&- &
	probing=$!
	until_true 30 grep -q ^ping out
	kill -TERM $probing && kill -TERM $probing
	wait $probing
	[ -n "$(counted probesrc sent <out)" ]
	[ "$(col host state <out | uniq -c | tr -s ' ')" = " 50 stopped" ]
}

@test "a reader that stalls does not stop the probing" {
	need_ping
	printf '127.1.0.%d ping=10 numpings=1\n' $(seq 200) >list
	exec 4> >(exec sleep 600 3>&-)
	stalled=$!
	probesrc -r 100000 list >&4 2>messages 3>&- 4>&- &
	probing=$!
	exec 4>&-
	catches_usr1() {
		local set
		set=$(awk '$1 == "SigCgt:" { print $2 }' /proc/$probing/status)
		[ $((0x$set & 1 << 9)) -ne 0 ]
	}
	until_true 30 catches_usr1
	# The pipe holds 1 MiB, less than 10,000 records.
	sent_more() {
		kill -USR1 $probing
		[ "$(sed -n 's/^probesrc: sent \([0-9]*\),.*/\1/p' messages |
		    tail -1)" -gt 20000 ]
	}
	until_true 60 sent_more 2>/dev/null
	# After a signal the reader is not waited for for long.
	kill $probing
	status=0
	timeout 60 tail --pid=$probing -f /dev/null
	wait $probing || status=$?
	kill $stalled
	[ $status -eq 1 ]
	grep -q 'reads it has stalled' messages
}

@test "the records of one host have one id, which other lines do not change" {
	need_ping
	echo "127.0.0.2 ping=50 numpings=1 group=dc1 labels=role=db,rack=7" >list
	probesrc list >out 3>&- &
	probing=$!
	until_true 30 grep -q ^ping out
	sed -i '1i # Moved.\n127.0.0.3 ping=50 numpings=1' list
	kill -HUP $probing
	until_true 30 grep -q 'ping	.*127.0.0.3' out
	until_true 30 grep -q 'ping	.*	3	.*	dc1	role=db,rack=7$' out
	kill $probing
	wait $probing
	for kind in conf ping host; do
		col $kind host id group labels <out
	done | sort -u >got
	cat >want <<-'END'
	127.0.0.2 1 dc1 role=db,rack=7
	127.0.0.3 2 - -
	END
	same want got
}

@test "every record says when its outcome was certain: windows are complete" {
	routers
	slow 0.3 2
	ip netns exec "$B" iptables -A INPUT -p icmp -j DROP
	printf '%s ping=50 numpings=1\n' 10.97.9.9 10.97.8.8 >list
	in_a probesrc -w 0.2 list >out 3>&- &
	probing=$!
	# Lost after 0.2 s, late and dup after 0.3 s, in windows of 0.1 s.
	until_true 30 eval '[ "$(grep -c "	dup	" out)" -gt 20 ]'
	kill $probing
	wait $probing
	col ping state <out | sort -u >got
	grep -v error got >most
	printf '%s\n' dup late lost | same - most
	summarize -o stat -k ping -g host,state -w 0.1 out | records stat |
	    cut -f2,6,7 | sort | uniq -d >twice
	same /dev/null twice
}

@test "SIGUSR1 prints the counts so far" {
	need_ping
	probesrc >out 2>messages <<<"127.0.0.1" 3>&- &
	probing=$!
	until_true 30 grep -q ^ping out
	kill -USR1 $probing
	until_true 30 grep -q 'probesrc: sent [1-9]' messages
	kill $probing
	wait $probing
}

@test "a closed pipe ends it with a message, a full disk is an error" {
	need_ping
	echo "127.0.0.1 ping=10" >list
	{ status=0; timeout 60 probesrc list 2>messages || echo $? >status; } |
	    head -3 >/dev/null
	echo 1 | same - status
	echo "probesrc: standard output: the program that reads it has ended" |
	    same - messages
	[ -c /dev/full ] || skip "no /dev/full"
	status=0
	timeout 60 probesrc list >/dev/full 2>messages || status=$?
	[ $status -eq 1 ]
	grep -q "No space left" messages
}

@test "the helper process ends when it is killed" {
	need_ping
	need pgrep
	probesrc >out <<<"127.0.0.1" 3>&- &
	probing=$!
	until_true 30 grep -q ^ping out
	helpers=$(pgrep -P $probing)
	[ -n "$helpers" ]
	kill -KILL $probing
	wait $probing || true
	gone() {
		local p
		for p in $helpers; do
			[ ! -d "/proc/$p" ] || return 1
		done
	}
	until_true 30 gone
}
