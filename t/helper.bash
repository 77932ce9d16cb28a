# Loaded by every test file: the programs on PATH, and what a test may need.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
BUILD=${BUILD:-$top/build}
PATH=$BUILD/bin:$PATH
SAMPLE=$top/share/samples/wan.pcap
# Our own captures, unpacked from t/data by make tests.
WAN=$BUILD/t/data/wan
CRAFTED=$BUILD/t/data/crafted
CASES=$BUILD/t/data/cases
PACKETS=$BUILD/t/data/packets
# Captures of others, if PCAPS is set: $PCAPS/real, and what other programs report
# about them in $PCAPS/real/ref.
REAL=${PCAPS:-/nonexistent}/real
export BUILD PATH SAMPLE WAN CRAFTED CASES PACKETS REAL
export LC_ALL=C TZ=UTC ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99}

# Skip a test, with the reason, if a command is missing.
need() {
	local c
	for c; do
		command -v "$c" >/dev/null || skip "$c is not installed"
	done
}

have_real() { [ -d "$REAL" ]; }

need_real() {
	have_real || skip "needs captures of others in \$PCAPS/real"
}

# captures FOLDER...: set the array captures to all captures in these folders of
# t/data; the folder real has those of others, if there are any.
captures() {
	local folder file
	captures=()
	for folder; do
		case $folder in
		real)	folder=$REAL ;;
		*)	folder=$BUILD/t/data/$folder ;;
		esac
		for file in "$folder"/*.pcap*; do
			[ ! -e "$file" ] || captures+=("$file")
		done
	done
}

# Was httpreq built with nghttp2, so that it parses HTTP/2?
has_hpack() { ldd "$BUILD/bin/httpreq" | grep -q libnghttp2; }

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

need_netns() {
	need_root
	need ip
	ip netns add "cp-$$-try" 2>/dev/null || skip "no network namespaces"
	ip netns exec "cp-$$-try" true 2>/dev/null ||
	    { ip netns del "cp-$$-try"; skip "no network namespaces"; }
	ip netns del "cp-$$-try"
}

# Two hosts, namespaces $A and $B, with a cable from va to vb: 10.98.0.1 and
# fd98::1 in A, .2 and ::2 in B.
cable() {
	need_netns
	A=cp-$$-a B=cp-$$-b
	ip netns add "$A"
	namespaces=$A
	ip netns add "$B"
	namespaces="$A $B"
	ip link add va netns "$A" type veth peer name vb netns "$B"
	ip -n "$A" addr add 10.98.0.1/24 dev va
	ip -n "$B" addr add 10.98.0.2/24 dev vb
	ip -n "$A" addr add fd98::1/64 dev va nodad
	ip -n "$B" addr add fd98::2/64 dev vb nodad
	for ns in "$A" "$B"; do
		ip -n "$ns" link set lo up
	done
	ip -n "$A" link set va up
	ip -n "$B" link set vb up
}

# On B, port 80: a server that answers whatever it receives with 3000 bytes.
server() {
	need python3
	ip netns exec "$B" python3 -c '
import socket
s = socket.create_server(("10.98.0.2", 80))
while True:
    c, _ = s.accept()
    while (d := c.recv(65536)):
        c.sendall(b"x" * 3000)
' 3>&- &
	until_true 10 ask 1 2>/dev/null
}

# ask N: from A, send that server N requests on one connection, every 20 ms.
ask() {
	ip netns exec "$A" python3 -c '
import socket, sys, time
c = socket.create_connection(("10.98.0.2", 80))
for i in range(int(sys.argv[1])):
    c.sendall(b"GET")
    c.recv(65536)
    time.sleep(0.02)' "$1"
}

# End what runs on the two hosts, and remove them.
uncable() {
	local ns
	for ns in ${namespaces:-}; do
		ip netns pids "$ns" | xargs -r kill 2>/dev/null || true
		ip netns del "$ns" || true
	done
}

# header KIND COLUMN...: the header of hand-made records.
header() {
	local IFS='	'
	echo "#$*"
}

# capturing NAMESPACE N: at least N packet sockets are open there.
capturing() {
	[ "$(ip netns exec "$1" sed 1d /proc/net/packet | wc -l)" -ge "$2" ]
}

# records KIND: the records of a kind, without headers.
records() { awk -F'\t' -v k="$1" '$1 == k'; }

# fields KIND NAMES [FILE]: these columns of the records of a kind, a line each.
fields() {
	local kind=$1 want=$2
	shift 2
	awk -F'\t' -v kind="$kind" -v want="$want" '
	$1 == "#" kind { for (i = 1; i <= NF; i++) at[$i] = i }
	$1 == kind {
		n = split(want, name, " ")
		for (i = 1; i <= n; i++)
			printf "%s%s", $(at[name[i]]), i < n ? " " : "\n"
	}' "$@"
}

# Front-ends that root starts run programs as nobody, stand-ins in bin/, too.
let_nobody_in() {
	chmod a+x "$BATS_RUN_TMPDIR"
	chmod a+rwx .
}

# edit_output AWK PROGRAM...: stand-ins in bin/ for the programs, which pass
# their output through an awk program.
edit_output() {
	local p script=$1
	shift
	let_nobody_in
	for p; do
		echo "$script" >"bin/$p.awk"
		printf '#!/bin/sh\n"%s" "$@" | awk -f "%s"\n' \
		    "$(command -v "$p")" "$PWD/bin/$p.awk" >"bin/$p"
		chmod +x "bin/$p"
	done
}

# reverse_columns PROGRAM...: records, and their headers, with their columns in
# reverse order.
reverse_columns() {
	edit_output 'BEGIN { FS = OFS = "\t" }
		{
			n = split($0, f)
			for (i = 2; i <= n; i++)
				$i = f[n + 2 - i]
			print
		}' "$@"
}

# same A B: compare two files; print a diff if they differ.
same() { diff -u "$1" "$2"; }

# counted PROG NAME: the value of PROG's count NAME in the stream on standard
# input.
counted() {
	awk -F'\t' -v p="$1" -v n="$2" \
	    '$1 == "count" && $3 == p && $4 == n { print $5 }'
}

# until_true SECONDS COMMAND...: repeat the command until it succeeds; fail after
# that time.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}

# Does process $1 catch signal number $2?
catches() {
	local mask
	mask=$(sed -n 's/^SigCgt:[^0-9a-f]*//p' "/proc/$1/status")
	[ $((0x${mask:-0} >> ($2 - 1) & 1)) -eq 1 ]
}

# until_caught PID NAME: wait until the process has its handler for a signal.
until_caught() {
	[ -r /proc/self/status ] || return 0	# not Linux: no way to know
	until_true 10 catches "$1" "$(kill -l "$2")"
}

# tshark_fields CAPTURE [OPTION...]: tshark's fields, after a header line: those
# stored with a capture of others, or those of the tshark installed.
tshark_fields() {
	local capture=$1 fields='' f
	local kept=$REAL/ref/${capture##*/}.tshark.tsv.gz
	shift
	if [ $# -eq 0 ] && [ "${capture%/*}" = "$REAL" ] && [ -f "$kept" ]; then
		gzip -dc "$kept"
		return
	fi
	for f in frame.time_epoch ip.src ip.dst ipv6.src ipv6.dst tcp.stream \
	    tcp.srcport tcp.dstport tcp.flags tcp.seq_raw tcp.ack_raw \
	    tcp.window_size_value tcp.len tcp.options.timestamp.tsval \
	    tcp.options.timestamp.tsecr tcp.options.mss_val \
	    tcp.options.wscale.shift tcp.options.sack_le \
	    tcp.options.sack_re icmp.type icmp.code icmpv6.type \
	    icmpv6.code; do
		fields="$fields -e $f"
	done
	# Word splitting is meant.
	# shellcheck disable=SC2086
	tshark -n -r "$capture" "$@" -T fields -E header=y -E separator=/t \
	    -E occurrence=a -E aggregator=, $fields 2>/dev/null
}
