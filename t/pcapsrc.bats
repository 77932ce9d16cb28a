#!/usr/bin/env bats
# shellcheck disable=SC2002,SC2046,SC2086,SC2154
# pcapsrc: what a user sees, compared with tcpdump, tshark, mergecap, editcap.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	HTTP=$WAN/http.pcap
	SMALL=$PACKETS/one-request.pcap
}

teardown() {
	for pid in $STARTED; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	uncable
}

# Packets (that match a filter) as text: stamp, link, addresses, flags, bytes.
show() {
	tcpdump -ttnnexr "$@" --time-stamp-precision=nano 2>/dev/null
}

# Not damaged, of one link type, and of a format and version that all read alike.
readable() {
	case ${1##*/} in
	*mixed-links* | *cut-short* | damaged.pcap | two-captures-cat.pcap | \
	    erf.pcap | pcap-version-2.2.pcap | pcap-ending-in-newline.pcap)
		return 1 ;;
	esac
}

size_is() {
	[ "$(stat -c %s "$1")" -eq "$2" ]
}

# A pcap of all packets of $1, $2 times.
repeat() {
	head -c 24 "$1"
	tail -c +25 "$1" >repeat.body
	for _ in $(seq "$2"); do
		cat repeat.body
	done
}

# $1 numbered datagrams to port 9999 over the cable.
datagrams() {
	need python3
	ip netns exec "$B" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(int(sys.argv[1])):
    s.sendto(b"%08d" % i, ("10.98.0.1", 9999))' "$1"
}

# pcapsrc in the namespace a, to live.pcap; ready when its header is there.
capture() {
	ip netns exec "$A" pcapsrc "$@" >live.pcap 2>live.err &
	STARTED="$STARTED $!"
	CAPTURE=$!
	until_true 30 test -s live.pcap
}

stop() {
	kill -INT "$CAPTURE"
	STATUS=0
	wait "$CAPTURE" || STATUS=$?
}

@test "-D lists devices" {
	run pcapsrc -D
	[ "$status" -eq 0 ]
	echo "$output" | grep -qP '^lo\tup\t'
}

@test "wrong usage is an error, with status 2 and a hint" {
	while read -r args; do
		run --separate-stderr pcapsrc $args
		echo "pcapsrc $args: $status: $stderr"
		[ "$status" -eq 2 ]
		[[ $stderr == "pcapsrc: "*"try 'pcapsrc --help'" ]] ||
		    [[ $stderr == "pcapsrc: filter: "* ]]
		[ -z "$output" ]
	done <<-END
		-y
		-r
		-r $SMALL -c 0
		-r $SMALL -c 1x
		-r $SMALL -c -1
		-r $SMALL -s 262145
		-r $SMALL -t 0
		-r $SMALL -t nan
		-r $SMALL -w x
		-r $SMALL -w 3601
		-r $SMALL -B 0 -i lo
		-r $SMALL -e 0
		-r $SMALL -f tcp udp
		-r $SMALL no such filter
		-r - -r -
		-i lo -e
		-r $SMALL -g -e 2
	END
}

@test "a terminal as output is refused with a hint" {
	need script
	run script -qec "pcapsrc -r $SMALL" /dev/null
	[ "$status" -eq 2 ]
	[[ $output == *"pipe packets into tcpdecode"* ]]
}

@test "one pcap file passes through byte by byte, to a pipe and to a file" {
	captures wan crafted cases packets real
	for f in "${captures[@]}"; do
		readable "$f" || continue
		pcapsrc -r "$f" | cmp - "$f"
		pcapsrc -r - <"$f" >out
		cmp out "$f"
		cat "$f" | pcapsrc -r - | cmp - "$f"
	done
}

@test "every capture reads as tcpdump reads it" {
	need tcpdump
	captures wan crafted cases packets real
	for f in "${captures[@]}"; do
		readable "$f" || continue
		echo "$f"
		show "$f" >expected
		pcapsrc -r "$f" >out
		show out | cmp - expected
		pcapsrc -r "$f" -c 1000000 >out
		show out | cmp - expected
	done
}

@test "a filter matches what tcpdump's matches, on every link type" {
	need tcpdump
	captures wan crafted packets real
	for f in "${captures[@]}"; do
		readable "$f" || continue
		echo "$f"
		# For some links libpcap compiles no filter.
		if ! tcpdump -r "$f" -w - ip and tcp >tcpdump.pcap 2>why; then
			run -1 pcapsrc -r "$f" ip and tcp
			continue
		fi
		pcapsrc -r "$f" ip and tcp >out
		diff <(show "$f" ip and tcp) <(show out)
		pcapsrc -r "$f" -f 'ip and tcp' | cmp - out
	done
}

@test "a filter matches IPv6 on a loopback of BSD and macOS" {
	need tcpdump
	capture=$CASES/null-ipv6-macos.pcap
	[ "$(pcapsrc -r "$capture" tcp | tcpdecode | grep -c ^pkt)" -eq 8 ]
	[ "$(pcapsrc -r "$capture" ip | tcpdecode | grep -c ^pkt)" -eq 0 ]
	# Written in the other byte order.
	printf 'link 0 big\npacket 1.0\n\t0000 001e 6000\n' >big.hex
	"$top/t/hex2pcap.sh" big.hex >big.pcap
	[ "$(pcapsrc -r big.pcap ip6 | wc -c)" -eq 46 ]
	[ "$(pcapsrc -r big.pcap ip | wc -c)" -eq 24 ]
	# 24, 28 and 30 stand for IPv6.
	for f in null-families loop; do
		pcapsrc -r "$PACKETS/$f.pcap" ip6 | tcpdecode | records pkt >got
		tcpdump -nr "$PACKETS/$f.pcap" -w - ip6 2>/dev/null | tcpdecode |
		    records pkt >want
		same want got
		[ -s want ]
	done
	[ "$(pcapsrc -r "$PACKETS/null-families.pcap" ip6 | tcpdecode |
	    records pkt | wc -l)" -eq 3 ]
}

@test "blocks of pcapng with secrets are skipped" {
	need editcap
	echo 'CLIENT_RANDOM 00 00' >keys
	editcap -F pcapng --inject-secrets tls,keys "$HTTP" secret.pcapng
	[ "$(tcpdecode secret.pcapng | records pkt | wc -l)" -gt 0 ]
	same <(tcpdecode "$HTTP") <(tcpdecode secret.pcapng)
	same <(tcpdecode "$HTTP") <(pcapsrc -r secret.pcapng | tcpdecode)
}

@test "services in a filter are looked up before the sandbox" {
	need tcpdump
	pcapsrc -r "$HTTP" port http and host 127.0.0.1 or port 80 >a
	pcapsrc -r "$HTTP" port 80 >b
	cmp a b
	[ "$(show a | wc -l)" -gt 100 ]
}

@test "-s cuts and -c stops as editcap does" {
	need editcap tcpdump
	editcap -F pcapng "$WAN"/handshake.pcap ng.pcapng
	for f in "$HTTP" ng.pcapng "$PACKETS"/nano-big.pcap \
	    "$PACKETS"/cooked2.pcap; do
		editcap -F nsecpcap -s 60 -r "$f" expected 1-10
		pcapsrc -r "$f" -s 60 -c 10 >out
		diff <(show expected) <(show out)
	done
}

@test "several inputs come out as mergecap merges them" {
	need editcap mergecap tcpdump
	editcap -F pcapng "$PACKETS"/wrap.pcap ng.pcapng
	set -- "$PACKETS"/handshakes.pcap "$PACKETS"/one-request.pcap \
	    "$PACKETS"/keepalives.pcap ng.pcapng "$PACKETS"/vlan.pcap \
	    "$PACKETS"/pppoe.pcap "$CRAFTED"/loss.pcap
	mergecap -F nsecpcap -w expected "$@"
	pcapsrc $(printf -- '-r %s ' "$@") >out
	show out | cmp - <(show expected)
	# From pipes, too, which deliver piece by piece.
	pcapsrc -r <(cat "$1") -r <(sleep 0.3; cat "$2") -r "$3" -r "$4" \
	    -r "$5" -r "$6" -r - <"$7" | cmp - out
}

# shuffled CAPTURE SECONDS: its packets, each written up to SECONDS late.
shuffled() {
	python3 - "$1" "$2" <<-'END'
		import random, struct, sys
		data = open(sys.argv[1], 'rb').read()
		nano = struct.unpack_from('<I', data)[0] == 0xa1b23c4d
		random.seed(1)
		packets, at = [], 24
		while at < len(data):
		    s, f, n = struct.unpack_from('<III', data, at)
		    time = s + f / (1e9 if nano else 1e6)
		    late = random.uniform(0, float(sys.argv[2]))
		    packets.append((time + late, at, data[at:at + 16 + n]))
		    at += 16 + n
		sys.stdout.buffer.write(data[:24])
		for time, at, packet in sorted(packets):
		    sys.stdout.buffer.write(packet)
	END
}

# The value of a count in the file of -S.
count_of() {
	awk -F'\t' -v name="$1" '$4 == name { n = $5 } END { print n }' counts
}

@test "-w sorts within its seconds, as reordercap sorts" {
	need python3 reordercap tcpdump
	for secs in 0.000005 0.02 0.9; do
		shuffled "$WAN"/bulk-reorder.pcap $secs >late.pcap
		pcapsrc -r late.pcap -w 1 -S counts >out 2>err
		same /dev/null err
		[ "$(count_of unsorted)" -eq 0 ]
		reordercap late.pcap expected >/dev/null
		# Packets with the same time may be in another order.
		same <(show expected | cut -d' ' -f1) <(show out | cut -d' ' -f1)
		same <(show expected | sort) <(show out | sort)
		pcapsrc -r - --window 1 <late.pcap | cmp - out
	done
}

@test "packets that step back further than -w are written, counted and reported" {
	# The packets of the first second, after those of all others.
	pcapsrc -r "$HTTP" -t 1 >first
	pcapsrc -r "$HTTP" -c 1000000 >all
	{ head -c 24 all; tail -c +$(($(stat -c %s first) + 1)) all
	    tail -c +25 first; } >back
	pcapsrc -r back -w 0.5 -S counts >out 2>err
	[ "$(count_of unsorted)" -eq 1 ]
	echo "pcapsrc: packets out of order: 1, whose time steps back by more than 0.5 seconds" |
	    same - err
	cmp out back
}

@test "files that are merged are sorted within a second, unless -w is 0" {
	need python3 tcpdump
	shuffled "$HTTP" 0.3 >late.pcap
	pcapsrc -r "$HTTP" -r "$SMALL" >expected
	pcapsrc -r late.pcap -r "$SMALL" -S counts >out 2>err
	same /dev/null err
	[ "$(count_of unsorted)" -eq 0 ]
	same <(show expected | sort) <(show out | sort)
	same <(show expected | cut -d' ' -f1) <(show out | cut -d' ' -f1)
	pcapsrc -r late.pcap -r "$SMALL" -w 0 -S counts >out 2>err
	[ "$(count_of unsorted)" -gt 10 ]
}

@test "-w keeps at most 65536 packets, and -c counts those that are written" {
	need python3
	pcapsrc -r "$HTTP" -S counts >/dev/null
	n=$(count_of written) times=$((70000 / $(count_of written) + 1))
	repeat "$HTTP" $times >many
	pcapsrc -r many -w 3600 -S counts >out
	[ "$(count_of written)" -eq $((n * times)) ]
	[ "$(count_of unsorted)" -gt 0 ]
	shuffled "$HTTP" 0.3 >late.pcap
	pcapsrc -r late.pcap -w 1 -c 10 | cmp - <(pcapsrc -r "$HTTP" -c 10)
}

@test "a live packet waits no longer than -w" {
	need python3
	head -c 24 "$SMALL" >live
	python3 -c '
import struct, sys, time
sys.stdout.buffer.write(struct.pack("<IIII", int(time.time()), 0, 4, 4) +
    bytes([0x45, 0, 0, 0]))' >>live
	mkfifo fifo
	pcapsrc -r - -w 0.3 <fifo >out &
	STARTED="$STARTED $!"
	exec 7>fifo
	cat live >&7
	until_true 30 size_is out 44	# the stream has not ended
	exec 7>&-
}

@test "forty inputs are merged" {
	need capinfos
	one=$(capinfos -TrcM "$HTTP" | cut -f2)
	pcapsrc $(printf -- "-r $HTTP %.0s" $(seq 40)) >out
	[ "$(capinfos -TrcM out | cut -f2)" -eq $((40 * one)) ]
}

@test "a million packets come through a pipe" {
	need capinfos
	one=$(capinfos -TrcM "$HTTP" | cut -f2)
	n=$((1000000 / one + 1))
	repeat "$HTTP" $n | pcapsrc -r - |
	    pcapsrc -r - -s 40 | pcapsrc -r - -s 30 >out
	[ "$(capinfos -TrcM out | cut -f2)" -eq $((n * one)) ]
}

@test "compressed files and streams are read through gzip, zstd and xz" {
	need gzip zstd xz
	gzip -c "$HTTP" >gz
	zstd -qc "$HTTP" >zst
	xz -c "$HTTP" >lzma
	for f in gz zst lzma; do
		pcapsrc -r $f | cmp - "$HTTP"
		pcapsrc -r - <$f | cmp - "$HTTP"
		cat $f | pcapsrc -r - | cmp - "$HTTP"
	done
}

@test "another compression is named, with the program that reads it" {
	# What begins as such a file does.
	while read -r name magic; do
		printf "$magic" >compressed
		run -1 --separate-stderr pcapsrc -r compressed
		[[ $stderr == "pcapsrc: compressed: compressed with $name, which"* ]]
		run -1 --separate-stderr pcapsrc -r - <compressed
		[[ $stderr == "pcapsrc: stdin: compressed with $name, which"* ]]
	done <<-'END'
	lzip LZIP\001\014
	compress \037\235\220\001\002\003
	END
}

@test "a file as operand is no filter: the message says how to read it" {
	cp "$SAMPLE" x.pcap
	run -2 --separate-stderr pcapsrc x.pcap
	[[ $stderr == "pcapsrc: filter: "*"syntax error"*"; to read the file x.pcap use -r x.pcap" ]]
	run -2 --separate-stderr pcapsrc -i nosuchdev0 tcp and y.pcap
	[[ $stderr == "pcapsrc: filter: "*"syntax error"* && $stderr != *-r* ]]
}

@test "without privilege the message says how to get it" {
	need setpriv
	run -1 setpriv --bounding-set -all --inh-caps -all --reuid 65534 \
	    --clear-groups "$(command -v pcapsrc)" -i lo
	[ "$output" = "pcapsrc: lo: Operation not permitted (capture needs root or CAP_NET_RAW: try sudo, or setcap cap_net_raw,cap_net_admin+ep pcapsrc)" ]
}

@test "every long option is the letter" {
	pcapsrc -r "$SAMPLE" -s 60 -c 9 -t 3 -S a tcp >x
	pcapsrc --read="$SAMPLE" --snapshot-length 60 --count=9 --time 3 \
	    --counts b --filter tcp | cmp - x
	same a b
	pcapsrc -D >x
	pcapsrc --list-interfaces | same x -
}

@test "a missing decompressor is named" {
	need gzip
	gzip -c "$SMALL" >gz
	program=$(command -v pcapsrc)
	run -1 --separate-stderr env PATH=/nowhere "$program" -r gz
	[ "$stderr" = "pcapsrc: gz: cannot run gzip to read it: No such file or directory" ]
}

@test "a damaged compressed file: all complete packets, then an error" {
	need gzip tcpdump
	gzip -c "$HTTP" >whole
	head -c 40000 whole >gz
	pcapsrc -r gz >out 2>err && false
	grep -q 'gz: byte [0-9]*: cut short' err
	grep -q 'decompressor failed' err
	[ "$(show out | wc -l)" -gt 100 ]
	cmp -n "$(stat -c %s out)" out "$HTTP"
}

@test "a pcap cut at every length: all complete packets, then an error" {
	need tshark
	# The lengths at which it may end.
	tshark -r "$SMALL" -T fields -e frame.cap_len 2>/dev/null |
	    awk 'BEGIN { print at = 24 } { print at += 16 + $1 }' >ends
	whole=0
	for len in $(seq 0 "$(stat -c %s "$SMALL")"); do
		head -c "$len" "$SMALL" >part
		status=0
		pcapsrc -r part >out 2>err || status=$?
		expected=1
		if grep -qx "$len" ends; then
			expected=0 whole=$len
		fi
		echo "$len: status $status, not $expected: $(cat err)"
		[ "$status" -eq "$expected" ]
		if [ "$len" -ge 24 ]; then
			cmp out <(head -c "$whole" "$SMALL")
			# The way that copies packets: the same ones.
			pcapsrc -r part -s 1000 >copy 2>/dev/null || true
			pcapsrc -r out -s 1000 | cmp - copy
		fi
	done
}

@test "a pcapng cut at any length: all complete packets, then an error" {
	need python3 tcpdump
	need editcap
	f=ng.pcapng
	editcap -F pcapng "$PACKETS"/handshakes.pcap $f
	# Where its blocks end, and the packets up to there.
	python3 - "$f" >ends <<-'END'
		import struct, sys
		data, at, packets = open(sys.argv[1], 'rb').read(), 0, 0
		while at < len(data):
		    kind, size = struct.unpack_from('<II', data, at)
		    at, packets = at + size, packets + (kind == 6)
		    print(at, packets)
	END
	for len in $(seq 1 11 1500) $(cut -d' ' -f1 ends | head -20); do
		head -c "$len" "$f" >part
		status=0
		pcapsrc -r part >out 2>err || status=$?
		echo "$len: $status: $(cat err)"
		[ "$status" -eq "$(grep -q "^$len " ends; echo $?)" ]
		[ "$(tcpdump -nr out 2>/dev/null | wc -l)" -eq \
		    "$(awk -v len="$len" '$1 <= len { n = $2 }
			END { print n + 0 }' ends)" ]
	done
}

@test "nonsense, an empty file and a directory are errors" {
	head -c 100 /dev/zero >zeros
	: >nothing
	head -c 20 "$SMALL" >header
	while IFS='|' read -r file reason; do
		run -1 --separate-stderr pcapsrc -r "$file"
		diff <(echo "pcapsrc: $file: $reason") <(echo "$stderr")
	done <<-END
		zeros|byte 0: not a capture file
		nothing|empty
		header|cut short within its header
		/|Is a directory
		missing|No such file or directory
	END
}

@test "a full disk is an error, a closed pipe is quiet" {
	for how in "-c 1000" ""; do
		run -1 bash -c "pcapsrc -r $HTTP $how >/dev/full"
		[ "$output" = "pcapsrc: standard output: No space left on device" ]
		run bash -c "pcapsrc -r $HTTP $how | head -c 100 >/dev/null"
		[ -z "$output" ]
	done
}

@test "inputs of several links become Linux cooked v2, nothing else changed" {
	need tshark mergecap
	set -- "$SAMPLE" "$PACKETS"/vlan.pcap "$PACKETS"/ppp.pcap \
	    "$PACKETS"/cooked2.pcap "$PACKETS"/cooked.pcap \
	    "$PACKETS"/null.pcap "$SMALL"
	fields="-T fields -e frame.time_epoch -e ip.src -e ip.dst -e ip.len
	    -e ipv6.src -e tcp.srcport -e tcp.seq_raw -e tcp.flags -e vlan.id"
	pcapsrc $(printf -- '-r %s ' "$@") >out
	capinfos -E out | grep -q 'Linux cooked-mode capture v2'
	mergecap -F pcapng -w expected "$@"
	diff <(tshark -r expected $fields 2>/dev/null) \
	    <(tshark -r out $fields 2>/dev/null)
}

@test "every link becomes Linux cooked v2 beside another, with its segments" {
	for f in arcnet arcnet-linux avs cooked6 cooked2-6 enc fddi hdlc ipoib \
	    loop nflog null-families ppi ppp-dir ppp-hdlc ppp-options \
	    pppoe-alone prism radiotap raw token-ring; do
		f=$PACKETS/$f.pcap
		pcapsrc -r "$f" -r "$PACKETS/vlan.pcap" 2>why |
		    tcpdecode -d all -o encap | records pkt | sort >got
		tcpdecode -d all -o encap "$f" "$PACKETS/vlan.pcap" |
		    records pkt | sort >want
		echo "$f"
		# The column of tags begins with the first packet that has some.
		same <(sed 's/\t$//' want | cut -f1-17) \
		    <(sed 's/\t$//' got | cut -f1-17)
		[ -s want ]
	done
}

@test "a pcapng file with several links becomes cooked, from a pipe too" {
	need tshark gzip mergecap
	f=mixed.pcapng
	mergecap -F pcapng -w $f "$SAMPLE" "$SMALL" "$PACKETS"/ppp.pcap \
	    "$PACKETS"/null.pcap "$PACKETS"/cooked.pcap
	fields="-T fields -e ip.src -e ip.dst -e tcp.srcport -e tcp.seq_raw"
	tshark -r "$f" $fields >expected 2>/dev/null
	gzip -c "$f" >gz
	pcapsrc -r "$f" >a
	cat "$f" | pcapsrc -r - >b
	pcapsrc -r gz >c
	cmp a b
	cmp a c
	diff <(tshark -r a $fields 2>/dev/null) expected
}

@test "packets whose link cannot be cooked are omitted, counted and reported" {
	need capinfos
	printf 'link 220\npacket 1.0\n\t00\n' >usb.hex
	"$top/t/hex2pcap.sh" usb.hex >usb.pcap
	run -1 bash -c "pcapsrc -r usb.pcap -r $SMALL >out"
	[[ $output == "pcapsrc: "[0-9]*" packets omitted: their link layer "* ]]
	[ "$(capinfos -TrcM out | cut -f2)" -eq "$(capinfos -TrcM "$SMALL" | cut -f2)" ]
}

@test "-t stops by the clock of the capture" {
	need tshark
	tshark -r "$HTTP" -Y 'frame.time_relative <= 2.5' -T fields \
	    -e frame.time_epoch >expected 2>/dev/null
	pcapsrc -r "$HTTP" -t 2.5 | tshark -r - -T fields \
	    -e frame.time_epoch 2>/dev/null | diff - expected
}

# elapsed ARGUMENT...: how long pcapsrc takes, in milliseconds.
elapsed() {
	local begin
	begin=$(date +%s%N)
	pcapsrc "$@" >out
	echo $((($(date +%s%N) - begin) / 1000000))
}

# faster N ARGUMENT...: it is done before N milliseconds have passed.
faster() { [ "$(elapsed "${@:2}")" -lt "$1" ]; }

@test "-e replays in real time, or as many times faster" {
	need python3
	# 4 packets, 0.3 seconds.
	head -c 24 "$SAMPLE" >slow.pcap
	for ms in 000 100 200 300; do
		python3 -c "import struct, sys; sys.stdout.buffer.write(
		    struct.pack('<IIII', 9, $ms * 1000000, 4, 4) + b'abcd')"
	done >>slow.pcap
	for slow in "-e -r slow.pcap" "-r slow.pcap -e" "-e -r slow.pcap" \
	    "--replay -r slow.pcap" "-e 0.5 -r slow.pcap"; do
		[ "$(elapsed $slow)" -ge 300 ]
		[ "$(stat -c %s out)" -eq 104 ]
	done
	# A loaded machine may be late, but not every time.
	for speed in -e10 "-e 10" --replay=10; do
		[ "$(elapsed -r slow.pcap $speed)" -ge 30 ]
		until_true 60 faster 300 -r slow.pcap $speed
	done
	# A word that is not a number is a filter.
	pcapsrc -r "$SAMPLE" -e 1000 -c 5 tcp >numbered
	pcapsrc -r "$SAMPLE" -c 5 -e tcp | cmp - numbered
}

@test "-S writes a count stream, every second of the capture and at the end" {
	need capinfos
	pcapsrc -r "$HTTP" -S counts >/dev/null
	n=$(capinfos -TrcM "$HTTP" | cut -f2)
	[ "$(head -1 counts)" = "$(printf '#count\ttime\tprog\tname\tvalue')" ]
	[ "$(tail -1 counts | cut -f3-)" = "$(printf 'pcapsrc\twritten\t%s' "$n")" ]
	grep -q "received:$HTTP	$n\$" counts
	awk -F'\t' 'NF != 5 { exit 1 }' counts
	cat "$HTTP" | pcapsrc -r - -S again >/dev/null
	diff <(sed "s,$HTTP,stdin," counts) again
}

@test "SIGINT ends a replay with whole packets and status 0" {
	need tcpdump
	pcapsrc -e 0.01 -r "$SMALL" >out &
	STARTED=$!
	until_true 30 test -s out
	kill -INT $STARTED
	wait $STARTED
	tcpdump -r out >/dev/null
}

@test "SIGINT ends the wait for an idle pipe" {
	mkfifo pipe
	pcapsrc -r pipe >out &
	STARTED=$!
	exec 4>pipe
	# A pcapng section: no interface yet, so it still looks for one.
	printf '\n\r\r\n\034\0\0\0\115\074\053\032\001\0\0\0' >&4
	printf '\377\377\377\377\377\377\377\377\034\0\0\0' >&4
	until_true 30 grep -q 'NoNewPrivs:	1' /proc/$STARTED/status
	kill -INT $STARTED
	wait $STARTED
	exec 4>&-
	[ "$(stat -c %s out)" -eq 24 ]
}

@test "SIGUSR1 writes the counts to standard error" {
	mkfifo pipe
	pcapsrc -r pipe -s 100 >out 2>err &
	STARTED=$!
	exec 4>pipe
	cat "$SMALL" >&4
	until_true 30 test -s out
	kill -USR1 $STARTED
	until_true 30 grep -q 'packets written' err
	grep -q '^pcapsrc: pipe: [0-9]* packets read' err
	exec 4>&-
	wait $STARTED
}

# follow FILE...: pcapsrc -g of these files, its packets to grown.pcap.
follow() {
	local f options=()
	for f; do
		options+=(-r "$f")
	done
	pcapsrc -g "${options[@]}" >grown.pcap 2>grown.err 3>&- &
	CAPTURE=$!
	STARTED="$STARTED $CAPTURE"
}

# grown N: are N segments in grown.pcap?
grown() {
	[ "$(tcpdecode grown.pcap 2>/dev/null | records pkt | wc -l)" -eq "$1" ]
}

@test "-g follows a file that grows, from an empty one on" {
	need editcap
	editcap -F pcapng "$HTTP" http.pcapng
	for whole in "$HTTP" http.pcapng; do
		: >growing
		follow growing
		size=$(stat -c %s "$whole")
		# In pieces that end within headers and packets.
		for at in 0 3 30 1000 5001 $((size / 2)) $((size - 1)); do
			tail -c +$(($(stat -c %s growing) + 1)) "$whole" |
			    head -c $((at - $(stat -c %s growing))) >>growing
			tcpdecode growing 2>/dev/null | records pkt >now || true
			until_true 30 grown "$(wc -l <now)"
		done
		tail -c 1 "$whole" >>growing
		until_true 30 grown "$(tcpdecode "$whole" | records pkt | wc -l)"
		stop
		[ "$STATUS" -eq 0 ]
		[ ! -s grown.err ]
		same <(tcpdecode "$whole") <(tcpdecode grown.pcap)
	done
}

@test "-g follows a file that is renamed, not one truncated or removed" {
	tail -c +25 "$SMALL" >more
	n=$(tcpdecode "$SMALL" | records pkt | wc -l)
	for how in 'mv growing renamed' 'rm growing' 'truncate -s 0 growing' \
	    "mv other growing"; do
		rm -f renamed growing
		cp "$SMALL" growing
		cp "$SMALL" other
		exec 5>>growing
		follow growing
		until_true 30 grown "$n"
		cat more >&5
		until_true 30 grown $((2 * n))
		$how
		case $how in
		*renamed)
			cat more >&5
			until_true 30 grown $((3 * n))
			stop
			[ "$STATUS" -eq 0 ]
			;;
		*)
			STATUS=0
			wait "$CAPTURE" || STATUS=$?
			[ "$STATUS" -eq 1 ]
			grep -Eq '(removed|truncated) while it was' grown.err
			;;
		esac
		exec 5>&-
	done
}

@test "-g does not let one file wait for another to grow" {
	head -c 24 "$SMALL" >idle
	cp "$HTTP" growing
	follow idle growing
	until_true 30 grown "$(tcpdecode growing | records pkt | wc -l)"
	tail -c +25 "$SMALL" >>idle
	until_true 30 grown "$(tcpdecode growing idle | records pkt | wc -l)"
	stop
	[ "$STATUS" -eq 0 ]
}

@test "packets from a pipe come out while it stays open" {
	mkfifo pipe
	pcapsrc -r pipe >out &
	STARTED=$!
	exec 4>pipe
	cat "$SMALL" >&4
	until_true 30 cmp -s out "$SMALL"
	exec 4>&-
	wait $STARTED
}

@test "root is dropped, and calls are restricted, before a packet is read" {
	need_root
	cp "$HTTP" secret
	chmod 600 secret
	mkfifo pipe
	pcapsrc -r pipe -r secret >out &
	STARTED=$!
	exec 4>pipe
	head -c 24 "$HTTP" >&4
	until_true 30 grep -q 'NoNewPrivs:	1' /proc/$STARTED/status
	until_true 30 grep -q 'Uid:	65534	65534	65534	65534' /proc/$STARTED/status
	grep -q 'CapEff:	0000000000000000' /proc/$STARTED/status
	grep -q 'Gid:	65534	65534	65534	65534' /proc/$STARTED/status
	exec 4>&-
	wait $STARTED
	[ -s out ]
}

@test "decompressors do not run as root" {
	need_root
	need gzip pgrep
	mkfifo pipe
	printf '\037\213\010\000\000\000' >start
	pcapsrc -r pipe >out 2>err &
	STARTED=$!
	exec 4>pipe
	cat start >&4
	until_true 30 pgrep -P $STARTED -x gzip
	for child in $(pgrep -P $STARTED); do
		grep -q 'Uid:	65534	65534	65534	65534' /proc/$child/status
	done
	exec 4>&-
	wait $STARTED || true
}

@test "-Z and -C choose user and root directory, as root only" {
	need_root
	need setpriv
	mkdir -p jail
	chmod 755 jail .
	cp "$SMALL" small.pcap
	mkfifo pipe
	# The jail lacks what a leak sanitizer needs.
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \
	    pcapsrc -Z daemon -C "$PWD/jail" -r pipe >out &
	STARTED=$!
	exec 4>pipe
	head -c 24 small.pcap >&4
	until_true 30 grep -q "Uid:	$(id -u daemon)	" /proc/$STARTED/status
	[ "$(readlink /proc/$STARTED/root)" = "$PWD/jail" ]
	exec 4>&-
	wait $STARTED
	run -1 pcapsrc -Z nosuchuser -r small.pcap
	[ "$output" = "pcapsrc: nosuchuser: no such user" ]
	program=$(command -v pcapsrc)
	run -1 setpriv --reuid 65534 --clear-groups "$program" -Z root -r - <small.pcap
	[[ $output == *"only root can become another user" ]]
	run -1 setpriv --reuid 65534 --clear-groups "$program" -C / -r - <small.pcap
	[[ $output == *"only root can change root" ]]
	setpriv --reuid 65534 --clear-groups "$program" -r small.pcap |
	    cmp - "$SMALL"
}

@test "a device that does not exist is an error" {
	need_root
	run -1 pcapsrc -i nosuchdev0
	[[ $output == "pcapsrc: nosuchdev0: "* ]]
}

@test "live: all packets are written, and SIGINT and SIGTERM exit with 0" {
	need tcpdump
	cable
	for sig in INT TERM; do
		capture -i va udp port 9999
		datagrams 1000
		kill -$sig "$CAPTURE"
		wait "$CAPTURE"
		tcpdump -Anr live.pcap 2>/dev/null | grep -o '[0-9]\{8\}$' >got
		diff <(seq -f %08g 0 999) got
	done
}

grew() { [ "$(stat -c %s "$1")" -gt "$2" ]; }

ticks_of() { cut -d' ' -f14,15 "/proc/$1/stat"; }

idle_for_a_second() {
	local ticks
	ticks=$(ticks_of "$1")
	sleep 1
	[ "$(ticks_of "$1")" = "$ticks" ]
}

@test "live: a packet comes out without the next, and waiting costs nothing" {
	cable
	capture -i va udp port 9999
	before=$(stat -c %s live.pcap)
	datagrams 1
	until_true 30 grew live.pcap "$before"
	until_true 60 idle_for_a_second "$CAPTURE"
	stop
	[ "$STATUS" -eq 0 ]
}

@test "live: two devices and a file are merged in order of time" {
	need tshark
	cable
	capture -i va -i any -r "$SMALL" udp port 9999 or tcp
	datagrams 500
	stop
	[ "$STATUS" -eq 0 ]
	tshark -r live.pcap -T fields -e frame.time_epoch 2>/dev/null >stamps
	sort -c -g stamps
	small=$(tshark -r "$SMALL" 2>/dev/null | wc -l)
	[ "$(wc -l <stamps)" -eq $((1000 + small)) ]
}

@test "live: an idle pipe does not delay a device" {
	cable
	mkfifo pipe
	ip netns exec "$A" pcapsrc -i va -r pipe udp port 9999 >live.pcap &
	STARTED=$!
	exec 4>pipe
	head -c 24 "$SMALL" >&4
	until_true 30 test -s live.pcap
	datagrams 1000
	until_true 30 size_is live.pcap $((24 + 1000 * 66))
	exec 4>&-
	kill -INT $STARTED
	wait $STARTED
}

@test "live: -t stops an idle device, -c after a number of packets" {
	cable
	begin=$(date +%s%N)
	ip netns exec "$A" pcapsrc -i lo -t 0.5 >out
	ms=$((($(date +%s%N) - begin) / 1000000))
	echo "$ms ms"
	[ "$ms" -ge 500 ]
	capture -i va -c 10 udp port 9999
	datagrams 100
	wait "$CAPTURE"
	size_is live.pcap $((24 + 10 * 66))
}

@test "live: a device that disappears: all it captured, then an error" {
	need tcpdump
	cable
	capture -i va udp port 9999
	datagrams 1000
	ip -n "$A" link del va
	STATUS=0
	wait "$CAPTURE" || STATUS=$?
	[ "$STATUS" -eq 1 ]
	[ "$(cat live.err)" = "pcapsrc: va: The interface disappeared" ]
	[ "$(tcpdump -r live.pcap 2>/dev/null | wc -l)" -eq 1000 ]
}

@test "live: one device that disappears does not stop the other" {
	need tcpdump
	cable
	ip -n "$A" link add gone type veth peer name peer
	ip -n "$A" link set gone up
	capture -i va -i gone udp port 9999
	ip -n "$A" link del gone
	until_true 30 grep -q disappeared live.err
	datagrams 100
	stop
	[ "$STATUS" -eq 1 ]
	[ "$(tcpdump -r live.pcap 2>/dev/null | wc -l)" -eq 100 ]
}

# The last two counts of packets received by a device are equal and not 0.
settled() {
	awk -F'\t' '$4 == "received:va" { before = now; now = $5 }
	    END { exit !(now > 0 && now == before) }' counts
}

@test "live: -S counts by device while it is idle, drops are reported at the end" {
	cable
	capture -i va -B 64 -S counts udp port 9999
	kill -STOP "$CAPTURE"
	datagrams 50000
	kill -CONT "$CAPTURE"
	until_true 30 settled
	stop
	[ "$STATUS" -eq 0 ]
	grep -q '^pcapsrc: va: [1-9][0-9]* packets dropped by the kernel$' live.err
	dropped=$(grep '	dropped:va' counts | tail -1 | cut -f5)
	written=$(grep 'written' counts | tail -1 | cut -f5)
	# The cable itself may lose some of 50000 on a busy machine.
	received=$(grep '	received:va' counts | tail -1 | cut -f5)
	[ "$received" -gt 10000 ]
	[ $((dropped + written)) -eq "$received" ]
}

# conversations FIRST N: from A, N connections to the server, from ports FIRST on.
conversations() {
	ip netns exec "$A" python3 -c '
import socket, sys
for port in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
    c = socket.create_connection(("10.98.0.2", 80), 10, ("10.98.0.1", port))
    for _ in range(3):
        c.sendall(b"GET")
        n = 0
        while n < 3000:
            n += len(c.recv(65536))
    c.close()' "$1" "$2"
}

@test "the members of a group capture each connection once, and whole" {
	cable
	server
	parts=()
	for part in 1 2; do
		ip netns exec "$A" pcapsrc -v -i va --fanout 2/7 tcp \
		    >part$part 2>said$part &
		parts+=($!)
		until_true 10 grep -q 'link-type' said$part
	done
	ip netns exec "$A" pcapsrc -v -i va tcp >whole 2>said &
	parts+=($!)
	until_true 10 grep -q 'link-type' said
	run -1 --separate-stderr ip netns exec "$A" pcapsrc -i va --fanout 2/7
	[[ "$stderr" = "pcapsrc: va: group 7 is complete" ]] ||
	    [[ "$(uname -r)" < 5.10 ]]
	conversations 20000 40
	until_true 10 eval \
	    '[ $(flowtrack <whole 2>&- | records conn | grep -c SF) -ge 39 ]'
	kill -INT "${parts[@]}"
	wait "${parts[@]}"
	# Each socket has stamps of its own: all but times is the same.  A
	# connection that ended before all three captured is left out.
	whole_ones() { awk -F'\t' '/^#/ || ($4 >= 20000 && $4 < 20040)'; }
	for part in 1 2; do
		flowtrack part$part | whole_ones >conns$part
		[ "$(records conn <conns$part | wc -l)" -gt 0 ]
	done
	flowtrack whole | whole_ones >conns
	records conn <conns | cut -f 3-6,8-13 | sort >want
	cat conns1 conns2 | records conn | cut -f 3-6,8-13 | sort | same want -
	summarize -k conn -g dst,state -v bytes_dst conns >want
	summarize -k conn -g dst,state -v bytes_dst conns1 conns2 >got
	grep -v count got | same <(grep -v count want) -
}

@test "an invalid group is refused" {
	for group in 1/7 257/7 2 2/ /7 2/65536 2/x; do
		run -2 --separate-stderr pcapsrc -i lo --fanout "$group"
		[[ "$stderr" = "pcapsrc: --fanout: invalid group '$group': "* ]]
	done
	run -2 --separate-stderr pcapsrc -r "$SAMPLE" --fanout 2/7
	[[ "$stderr" = *"files have no group"* ]]
}
