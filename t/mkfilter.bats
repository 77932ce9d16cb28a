#!/usr/bin/env bats
# mkfilter: an expression selects the packets of its job.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	uncable
}

JOBS="http handshake rtt conn all"

# Packets as records, without what depends on the rest of the file: the column
# tags begins with the first packet that has some.
decode() {
	tcpdecode -o encap "$@" 2>/dev/null | grep -e '^pkt' -e '^icmp' |
	    cut -f1-17
}

# expected JOB PORTS WRAPS: those records on standard input that the job needs,
# selected by awk.  PORTS: 80:80,8000:8100; WRAPS: a regular expression for what
# may precede IP.
expected() {
	awk -F'\t' -v job="$1" -v ports="$2" -v wraps="$3" '
	BEGIN {
		n = split(ports, range, ",")
		for (i = 1; i <= n; i++) {
			split(range[i], r, ":")
			first[i] = r[1]
			last[i] = r[2]
		}
	}
	function listed(p,  i) {
		for (i = 1; i <= n; i++)
			if (p != "-" && p + 0 >= first[i] && p + 0 <= last[i])
				return 1
		return n == 0
	}
	$1 == "pkt" && $15 !~ "^(-|" wraps ")$" { next }
	$1 == "pkt" && job == "http" {
		if (listed($6) || (listed($4) && $7 ~ /[FR]/))
			print
		next
	}
	$1 == "pkt" && (listed($4) || listed($6)) {
		if (job == "rtt" || job == "all" ||
		    (job == "handshake" && $7 ~ /[SR]/) ||
		    (job == "conn" && $7 ~ /[SFR]/))
			print
	}
	$1 == "icmp" && (listed($7) || listed($9)) {
		if (job == "all" ||
		    (job == "handshake" && $4 ~ /^(unreach|timex|param)$/))
			print
	}'
}

# filterable CAPTURE: does libpcap filter this link type?  It does not NFLOG,
# IPoIB and PPP with a direction; needs no option for PPPoE that is itself the
# link; finds only some packets of ARCNET, ERF and Wi-Fi, of PPP with options,
# with tags in cooked, with source routes in token ring, and in tunnels; and of
# fragments the first, which have records of their own then.
filterable() {
	case ${1##*/} in
	40-*)	return 0 ;;
	28-* | 30-* | arcnet* | cooked6* | cooked2-6* | erf* | fragments* | \
	    ppi* | ppp-hdlc* | ppp-options* | pppoe-alone* | radiotap* | \
	    tags-tunnels* | token-ring* | tunnels* | wifi*)
		return 1 ;;
	esac
	tcpdump -d -r "$1" tcp >/dev/null 2>&1
}

# selected EXPRESSION: the packets of "$capture" that tcpdump selects; pcapsrc if
# the capture has two link types, which tcpdump refuses.
selected() {
	case ${capture##*/} in
	40-*)	pcapsrc -r "$capture" "$1" ;;
	*)	tcpdump --nano -r "$capture" -w - "$1" ;;
	esac 2>/dev/null
}

# Records, without the times of a capture that has some which no pcap file can
# hold.
comparable() {
	case ${capture##*/} in
	40-*)	cut -f1,3- ;;
	*)	cat ;;
	esac
}

# selects OPTIONS PORTS WRAPS: of the capture "$capture", whose records are in
# "all", every job's expression selects the expected packets, and none without a
# record unless they are cut off or have a wrong length.
selects() {
	local job file
	for job in $JOBS; do
		file="./$1 $job"
		# shellcheck disable=SC2086
		[ -s "$file" ] || mkfilter $1 $job >"$file" 2>/dev/null
		selected "$(cat "$file")" >selected.pcap || true
		expected "$job" "$2" "$3" <all | comparable >want
		decode selected.pcap | comparable >got || true
		tcpdecode selected.pcap 2>/dev/null >records || true
		same want got
		awk -F'\t' '$1 == "count" && $5 > 0 &&
		    $4 ~ /^(not_|unknown|fragments)/ { print; bad = 1 }
		    END { exit bad }' records
	done
}

TAGGED='vlan|vlan,vlan'
EVERY='(vlan,)?(vlan,)?(vlan|mpls|pppoe)'

@test "each job selects the packets that awk selects, in every capture" {
	need tcpdump
	captures wan crafted packets real
	for capture in "${captures[@]}"; do
		filterable "$capture" || continue
		echo "$capture"
		decode "$capture" >all || true
		selects "-p 0-65535" 0:65535 '-'
		selects "-v -p http,443,8000-33000" 80:80,443:443,8000:33000 \
		    "$TAGGED"
		selects "-vmE -p 0-65535" 0:65535 "$EVERY"
	done
}

@test "without -p, the port is 80 for http and any for the other jobs" {
	for job in $JOBS; do
		ports=0-65535
		[ $job != http ] || ports=80
		pcapsrc -r "$WAN"/http.pcap "$(mkfilter $job)" >got
		pcapsrc -r "$WAN"/http.pcap \
		    "$(mkfilter -p $ports $job)" >want
		[ "$(decode got | wc -l)" -gt 10 ]
		cmp want got
	done
}

# frames [later]: one frame for each combination of what may precede IP and what
# may follow it, at the second 1000 * (number of the first) + (number of the
# second); later: what follows are fragments other than the first.
frames() {
	need python3
	python3 - "$@" <<'END' >frames.pcap
import struct, sys

def out(b): sys.stdout.buffer.write(b)
def tcp(flags, sport=1000, dport=80):
    return struct.pack('>HHIIBBHHH', sport, dport, 7, 0, 0x50, flags, 999, 0, 0)
def ip4(proto, data, frag=0, options=b''):
    return struct.pack('>BBHHHBBH', 0x45 + len(options) // 4, 0,
        20 + len(options) + len(data), 1, frag, 64, proto, 0) + \
        bytes([10, 0, 0, 1, 10, 0, 0, 2]) + options + data
def ip6(proto, data):
    a = bytes([0xfd] + 14 * [0])
    return struct.pack('>IHBB', 6 << 28, len(data), proto, 64) + \
        a + b'\1' + a + b'\2' + data
def ext(nxt, data, words=0):
    return bytes([nxt, words]) + bytes(6 + 8 * words) + data
def frag(nxt, data, offset=0):
    return struct.pack('>BBHI', nxt, 0, offset << 3 | 1, 9) + data
def error(type, quote): return bytes([type]) + bytes(7) + quote

SYN, ECN, ACK, FIN, RST = 2, 0xc2, 0x10, 0x11, 4
opt, quoted = bytes(8), ip4(6, tcp(SYN)[:8])
dst, hop, routing, fragment = 60, 0, 43, 44
after = [
    ip4(6, tcp(SYN)), ip4(6, tcp(ECN), options=opt), ip4(6, tcp(ACK)),
    ip4(6, tcp(FIN, 80, 1000)), ip4(6, tcp(RST, 80, 1000), options=opt),
    ip4(6, tcp(ACK, 80, 1000)), ip4(6, tcp(SYN), frag=0x2000),
    ip6(6, tcp(SYN)), ip6(6, tcp(ECN)), ip6(6, tcp(FIN, 80, 1000)),
    ip6(6, tcp(ACK, 80, 1000)), ip6(6, tcp(ACK)),
    ip6(hop, ext(6, tcp(ECN))), ip6(dst, ext(6, tcp(ECN), 3)),
    ip6(routing, ext(6, tcp(RST, 80, 1000), 2)),
    ip6(hop, ext(dst, ext(6, tcp(ECN), 1))),
    ip6(hop, ext(dst, ext(6, tcp(FIN, 80, 1000)), 2)),
    ip6(fragment, frag(6, tcp(SYN))),
    ip6(hop, ext(fragment, frag(6, tcp(ACK)))),
    ip6(fragment, frag(dst, ext(6, tcp(SYN), 1))),
    ip4(1, error(3, quoted)), ip4(1, error(11, quoted), options=opt),
    ip4(1, error(12, ip4(6, tcp(SYN), options=opt))),
    ip4(1, error(4, quoted)), ip4(1, error(5, quoted)),
    ip4(1, error(3, ip4(6, tcp(SYN, 81, 82)))),
    ip6(58, error(1, ip6(6, tcp(ACK)))), ip6(58, error(2, ip6(6, tcp(SYN)))),
    ip6(58, error(3, ip6(dst, ext(6, tcp(SYN), 1)))),
    ip6(58, error(4, ip6(6, tcp(SYN, 81, 82)))),
    ip6(hop, ext(58, error(1, ip6(6, tcp(SYN))), 1)),
    # No job needs any of these.
    ip4(17, tcp(SYN)), ip6(17, tcp(SYN)), ip4(132, tcp(SYN)),
    ip6(hop, ext(17, tcp(SYN))), ip4(1, bytes([8]) + bytes(7) + quoted),
    ip6(58, error(1, ip4(6, bytes(20) + tcp(SYN), 0x600))),
    ip4(1, error(3, ip4(17, tcp(SYN)))), ip6(58, error(129, ip6(6, tcp(SYN)))),
    ip6(58, error(1, ip6(17, tcp(SYN)))), ip4(1, error(3, ip4(6, tcp(2), 9))),
]
# In a capture of their own: with them, first fragments would have no records.
if sys.argv[1:] == ['later']:
    after = [
        ip4(6, tcp(SYN), frag=1), ip4(6, tcp(SYN), frag=0x1000),
        ip6(fragment, frag(6, tcp(SYN), 1)),
    ]

def tag(type, id): return struct.pack('>HH', type, id)
def label(last, n=5): return struct.pack('>I', n << 12 | last << 8 | 64)
v, s, old = tag(0x8100, 0x800), tag(0x88a8, 7), tag(0x9100, 4095)
pppoe, short = b'\x88\x64\x11\0\0\1\0\0', b'short'
wraps = [b'', v, s, s + v, v + v, old + v]
wraps += [t + pppoe for t in (b'', v, s + v)]
wraps += [t + pppoe + short for t in (b'', v, s + v)]
wraps += [t + m for t in (b'', v, s + v) for m in
    (b'\x88\x47' + label(1), b'\x88\x47' + label(0) + label(1, 0xfffff),
     b'\x88\x48' + label(0) + label(0) + label(1))]

def before(w, v6):
    protocol = b'\x57' if v6 else b'\x21'
    if w.endswith(short): return w[:-len(short)] + protocol
    if w.endswith(pppoe): return w + b'\0' + protocol
    if b'\x88\x47' in w or b'\x88\x48' in w: return w
    return w + (b'\x86\xdd' if v6 else b'\x08\0')

out(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
for i, w in enumerate(wraps):
    for k, b in enumerate(after):
        f = b'\x02\0\0\0\0\1\x02\0\0\0\0\2' + before(w, b[0] >> 4 == 6) + b
        out(struct.pack('<IIII', 1000 * i + k, 0, len(f), len(f)) + f)
END
}

# What precedes IP in these frames is known by their time, which icmp records
# have as well.
wrapped_in() {
	awk -F'\t' -v last="$1" '$2 / 1000 < last + 1' all
}

@test "tags, labels, extension headers and quotes, in all combinations" {
	frames
	capture=$PWD/frames.pcap
	decode "$capture" >all
	# 31 of the 41 packets after each of the 21 beginnings have a record.
	[ "$(wc -l <all)" -eq $((31 * 21)) ]
	cp all whole
	for set in ': 0' '-v: 5' '-vE: 11' '-vmE: 20'; do
		cp whole all
		wrapped_in "${set#*: }" >some
		cp some all
		echo "$set"
		selects "${set%:*} -p 80" 80:80 '.*'
		selects "${set%:*} -p 79,81-443" 79:79,81:443 '.*'
	done
}

@test "no job selects fragments other than the first" {
	frames later
	capture=$PWD/frames.pcap
	[ "$(tcpdecode "$capture" | counted tcpdecode fragments)" -eq $((3 * 21)) ]
	decode "$capture" >all || true
	[ ! -s all ]
	for options in '' -v -vE -vmE; do
		selects "$options -p 0-65535" 0:65535 '.*'
	done
}

@test "-m matches MPLS, -E PPPoE, without tags" {
	frames
	decode frames.pcap >whole
	capture=$PWD/frames.pcap
	awk -F'\t' '$2 < 1000 || ($2 >= 12000 && $2 < 15000)' whole >all
	selects "-m -p 0-65535" 0:65535 '.*'
	awk -F'\t' '$2 < 1000 || ($2 >= 6000 && $2 < 7000) ||
	    ($2 >= 9000 && $2 < 10000)' whole >all
	selects "-E -p 0-65535" 0:65535 '.*'
}

@test "-4 and -6 match one family" {
	frames
	for family in 4 6; do
		pcapsrc -r frames.pcap "$(mkfilter -$family -v all)" |
		    decode | cut -f2,3,5 | sort >got
		decode frames.pcap | awk -F'\t' -v six=$((family == 6)) '
		    $2 < 6000 && ($3 ~ /:/) == six' | cut -f2,3,5 | sort >want
		[ "$(wc -l <want)" -gt 30 ]
		same want got
	done
}

# hosts_are WANT OPTION...: the SRC>DST of the packets selected match WANT.
hosts_are() {
	local want=$1
	shift
	pcapsrc -r "$WAN/handshake.pcap" "$(mkfilter "$@")" | decode |
	    awk -F'\t' '$1 == "pkt" { print $3 ">" $5 }
		$1 == "icmp" { print $6 ">" $8 }' | sort | uniq -c >got
	decode "$WAN/handshake.pcap" | awk -F'\t' '
		$1 == "pkt" { print $3 ">" $5 }
		$1 == "icmp" { print $6 ">" $8 }' | grep -E "$want" | sort |
	    uniq -c >expected
	[ -s expected ]
	same expected got
}

@test "-a and -x match hosts and networks, in ICMP errors the quoted ones" {
	two='(10\.77\.2\.1)'
	hosts_are "$two" -a 10.77.2.1 all
	hosts_are "$two" -a 10.77.2.0/29 all
	hosts_are 'fd77:2::1' -a fd77:2::/33 all
	hosts_are 'fd77:2::1' -a fd77:2::1 all
	hosts_are "$two|fd77:2::1" -a 10.77.2.1 -a fd77:2::/64 all
	hosts_are 'fd77:2::1' -x 10.77.2.0/24 all
	hosts_are "$two" -x fd00::/8 all
	hosts_are . -a 10.77.2.99/8 -a ::/0 all
}

@test "a name matches all of its addresses" {
	need getent
	getent ahosts localhost | awk '{ print $1 }' | sort -u >addresses
	options=$(sed 's/^/-a /' addresses | tr '\n' ' ')
	# shellcheck disable=SC2086
	mkfilter $options rtt | grep -o 0x7f000001 | sort -u >want
	mkfilter -a localhost rtt | grep -o 0x7f000001 | sort -u >got
	[ -s want ]
	same want got
}

@test "-f reads services from a CSV file, and -p adds ports" {
	cat >list.csv <<-'END'
		10.77.2.1,"80,82"
		fd77:2::/64, 81

		%,84
	END
	decode "$WAN/handshake.pcap" | awk -F'\t' '
	function at(host, port) {
		return (host == "10.77.2.1" && (port == 80 || port == 82)) ||
		    (host ~ /^fd77:2:/ && port == 81) || port == 84 ||
		    port == 83
	}
	$1 == "pkt" && (at($3, $4) || at($5, $6)) { print }
	$1 == "icmp" && (at($6, $7) || at($8, $9)) { print }' >want
	pcapsrc -r "$WAN/handshake.pcap" \
	    "$(mkfilter -f list.csv -p 83 all)" | decode >got
	[ "$(cut -f1 want | sort -u | wc -l)" -eq 2 ]
	same want got
}

@test "classic is the expression of http_connection_monitor" {
	run -0 mkfilter classic -p 80,3000
	[ "$output" = "((tcp dst port 80) or (tcp src port 80 and (tcp[tcpflags] & tcp-fin != 0))) or ((tcp dst port 3000) or (tcp src port 3000 and (tcp[tcpflags] & tcp-fin != 0)))" ]
	[ "$(mkfilter -p http classic)" = "$(mkfilter classic)" ]
	[ "$(mkfilter -p 8000-8100 classic)" = "((tcp dst portrange 8000-8100) or (tcp src portrange 8000-8100 and (tcp[tcpflags] & tcp-fin != 0)))" ]
}

@test "SYNs that the usual expressions miss are matched" {
	# Those of ECN, of IPv6, and in tagged frames.
	need tcpdump
	count() {
		tcpdump --nano -r "$1" -w - "$2" 2>/dev/null | decode | wc -l
	}
	capture=$CRAFTED/hs.pcap
	[ "$(count "$capture" "tcp[tcpflags] == tcp-syn")" -lt \
	    "$(decode "$capture" | awk -F'\t' '$7 ~ /^S[^A]*$/' | wc -l)" ]
	frames
	[ "$(count frames.pcap 'tcp[tcpflags] & tcp-syn != 0')" -eq 3 ]
	[ "$(count frames.pcap "$(mkfilter handshake -p 80)")" -eq \
	    "$(decode frames.pcap | awk -F'\t' '$2 < 1000' |
	    expected handshake 80:80 '.*' | wc -l)" ]
}

@test "the expressions are valid for every link type" {
	need tcpdump
	for job in $JOBS; do
		for link in EN10MB RAW NULL LOOP LINUX_SLL LINUX_SLL2 PPP \
		    PPP_SERIAL C_HDLC IPV4 IPV6 IEEE802; do
			tcpdump -y $link -d "$(mkfilter -vmE $job)" >/dev/null
		done
	done
}

@test "-n prints the number of instructions, with a warning if Linux refuses it" {
	need tcpdump
	for options in http "-v handshake" "-vm -p 80,8000-8100 conn"; do
		# shellcheck disable=SC2086
		tcpdump -y EN10MB -ddd "$(mkfilter $options)" | head -1 >want
		# shellcheck disable=SC2086
		mkfilter -n $options >got
		same want got
	done
	run -0 --separate-stderr mkfilter -n -vmE -p 80-90,443 all
	[ "$output" -gt 4096 ]
	[ "$stderr" = "mkfilter: $output instructions: Linux accepts 4096, and copies every packet to the capturing program to be filtered there" ]
	run -0 --separate-stderr mkfilter -n -v -p 80,443 all
	[ "$output" -le 4096 ]
	[ -z "$stderr" ]
	# 100 services at 100 addresses fit.
	for n in $(seq 100); do
		echo "10.0.$n.1,$((8000 + 2 * n))"
	done >list.csv
	[ "$(mkfilter -n -f list.csv http)" -le 4096 ]
	run -2 mkfilter -p "$(seq -s , 1 2 3000)" all
	[[ "$output" == "mkfilter: too many ports and hosts: "*" comparisons, and libpcap can compile 6000"* ]]
}

@test "-T prints a tcpdump command line, quoted for the shell" {
	need tcpdump
	run -0 mkfilter -T http
	[ "$output" = "tcpdump -i any -s 0 -w http.pcap '$(mkfilter http)'" ]
	run -0 mkfilter -T -i eth0 -s 96 -w "it's.pcap" conn
	[ "$output" = "tcpdump -i eth0 -s 96 -w 'it'\\''s.pcap' '$(mkfilter conn)'" ]
	run -0 mkfilter -T rtt
	[[ "$output" == "tcpdump -i any -s 128 -w rtt.pcap "* ]]
	# Run on a file instead of a device, it writes these packets.
	eval "$(mkfilter -T -i "$SAMPLE" -w "it's.pcap" conn |
	    sed 's/^tcpdump -i /tcpdump --nano -r /')" 2>/dev/null
	decode "it's.pcap" >got
	pcapsrc -r "$SAMPLE" "$(mkfilter conn)" | decode >want
	[ -s want ]
	same want got
}

@test "-F prints nothing, since mkfilter writes no records" {
	run -0 mkfilter -F
	[ -z "$output" ]
	run -0 mkfilter --columns
	[ -z "$output" ]
}

@test "long names of options are those of the letters" {
	cat >list.csv <<<10.0.0.1,80
	for pair in "-4 --ipv4" "-6 --ipv6" "-a:10.0.0.1 --host:10.0.0.1" \
	    "-E --pppoe" "-e --explain" "-f:list.csv --services:list.csv" \
	    "-m --mpls" "-n --length" "-p:80 --ports:80" \
	    "-v --vlan" "-x:10.0.0.1 --exclude:10.0.0.1" \
	    "-T:-i:a:-s:9:-w:b --tcpdump:--interface:a:--snapshot-length:9:--write:b"
	do
		# shellcheck disable=SC2086
		mkfilter $(tr : ' ' <<<"${pair% *}") all >want
		# shellcheck disable=SC2086
		mkfilter $(tr : ' ' <<<"${pair#* }") all >got
		same want got
	done
}

@test "-e prints what the expression matches and misses, after it" {
	for job in $JOBS classic; do
		mkfilter -e $job >got
		[ "$(head -1 got)" = "$(mkfilter $job)" ]
		tail -n +2 got >lines
		grep -q '^matches: ' lines
		grep -q '^misses: ' lines
		run -1 grep -vE '^(matches|misses|note): ' lines
	done
	mkfilter -e http | grep -q '^misses: .*VLAN tags (-v)'
	run -1 grep -q 'VLAN tags (-v)' <(mkfilter -e -v http)
	mkfilter -e -n http | head -1 | grep -qx '[0-9]*'
}

# wrong MESSAGE ARGUMENT...: wrong usage is reported with this message.
wrong() {
	local message=$1
	shift
	run -2 mkfilter "$@"
	[ "${lines[0]}" = "mkfilter: $message" ] || { echo "$output"; false; }
}

@test "wrong usage is reported with what is wrong and why" {
	need getent
	service="not a port, a range or a TCP service"
	host="must be an address, address/bits or the name of a host"
	jobs="http, handshake, rtt, conn, all or classic"
	wrong "-p: invalid port 'htpt': $service" -p 80,htpt http
	wrong "-p: invalid port '70000': ports are numbers from 0 to 65535" \
	    -p 70000 http
	wrong "-p: invalid port '90-80': a range must begin with its lower port" \
	    -p 90-80 http
	wrong "-p: invalid port '': a port is missing" -p 80,,81 http
	wrong "-a: invalid host '10.0.0.0/33': $host" -a 10.0.0.0/33 all
	wrong "-a: invalid host '10.1': $host" -a 10.1 all
	wrong "-x: invalid host 'fd00::1::2': $host" -x fd00::1::2 all
	run -2 mkfilter -a nobody.invalid all
	[[ "$output" == "mkfilter: -a: invalid host 'nobody.invalid': "* ]]
	printf '10.0.0.1,80\n10.0.0.2,htpt\n' >bad.csv
	wrong "bad.csv:2: 'htpt': $service" -f bad.csv http
	echo 10.0.0.1 >short.csv
	wrong "short.csv:1: must have two fields: address,ports" -f short.csv http
	: >empty.csv
	wrong "empty.csv: no line of address,ports" -f empty.csv http
	wrong "no job: must be $jobs"
	wrong "invalid job 'htpt': must be $jobs" htpt
	wrong "more than one job: 'http', 'all'" http all
	wrong "no packet can match: -4, -6, -a and -f together leave no address" \
	    -6 -a 10.0.0.1 all
	wrong "-n and -T cannot be combined" -nT all
	wrong "-i, -s and -w require -T" -i eth0 all
	wrong "job classic: the only option that selects packets is -p" \
	    -v classic
	[ "${lines[1]}" = "try 'mkfilter --help'" ]
	run -1 mkfilter -f missing.csv http
	[[ "$output" == "mkfilter: missing.csv: No such file or directory" ]]
}

# Write each example of mkfilter(1) to a file, and its list to services.csv.
examples() {
	awk '
		/^\.Sh/ { in_examples = /EXAMPLES/ }
		/^\.\\" live/ { live = 1 }
		/^\.Ed/ { if (on) close(name); on = 0 }
		on && FNR == first { name = /^\$ / ? "example." ++n : "services.csv" }
		on { sub(/^\$ /, ""); print > name }
		/^\.Bd -literal/ {
			on = in_examples && !live
			live = 0
			first = FNR + 1
		}' "$BUILD/man/man1/mkfilter.1"
}

@test "every example of the page that captures from no device runs" {
	examples
	cp "$SAMPLE" wan.pcap
	[ -s services.csv ]
	[ -s example.3 ]
	for example in example.*; do
		cat "$example"
		sh -e "$example" >out
		[ "$(grep -c . out)" -gt 3 ]
	done
}

# Send frames with no, one and two tags from A to B.
send_tagged() {
	ip netns exec "$A" python3 -c '
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("va", 0))
for tags in b"", b"\x81\0\0\7", b"\x88\xa8\0\7", b"\x88\xa8\0\7\x81\0\0\x08":
    s.send(b"\xff" * 6 + b"\2\0\0\0\0\1" + tags + b"\x08\0" +
        struct.pack(">BBHIBBHII", 0x45, 0, 40, 0, 64, 6, 0, 1, 2) +
        struct.pack(">HHIIBBHI", 1000 + len(tags), 80, 1, 0, 0x50, 2, 9, 0))'
}

@test "a live capture, in which the kernel has removed the outer tag" {
	need_netns
	need python3
	cable
	for option in '' -v; do
		# shellcheck disable=SC2086
		ip netns exec "$B" "$BUILD/bin/pcapsrc" -i vb \
		    "$(mkfilter $option handshake)" >live.pcap 3>&- &
		until_true 60 test -s live.pcap
		send_tagged
		wanted=$((${#option} > 0 ? 4 : 3))
		until_true 60 eval \
		    "[ \"\$(decode live.pcap | wc -l)\" -ge $wanted ]"
		kill "$!"
		wait "$!" || true
		decode live.pcap | cut -f4 | sort | uniq -c | tr -s ' ' >got
		printf ' 1 1000\n 2 1004\n' >want
		[ -z "$option" ] || echo ' 1 1008' >>want
		same want got
	done
}
