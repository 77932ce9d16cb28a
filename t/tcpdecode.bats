#!/usr/bin/env bats
# tcpdecode: packets to records, beside tshark and tcpdump.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	REAL=$PCAPS/real
}

# decoded WHAT CAPTURE [OPTION ...]: our records in the form of t/tshark.awk.
decoded() {
	local what=$1 capture=$2
	shift 2
	tcpdecode "$@" "$capture" 2>/dev/null |
	    awk -v what="$what" -f "$BATS_TEST_DIRNAME/ours.awk"
}

# reference WHAT CAPTURE: tshark's fields, which are stored with the capture.
reference() {
	gzip -dc "$REAL/ref/${2##*/}.tshark.tsv.gz" |
	    awk -v what="$1" -f "$BATS_TEST_DIRNAME/tshark.awk"
}

# as_tshark WHAT CAPTURE: our records are the fields of tshark.
as_tshark() {
	decoded "$1" "$2" >got
	reference "$1" "$2" >want
	same want got
}

# Fields of tshark without reassembly of fragments, in the form of a reference.
unfragmented() {
	tshark -n -o ip.defragment:FALSE -o ipv6.defragment:FALSE -r "$1" \
	    -T fields -E header=y -E separator=/t -E occurrence=a \
	    -E aggregator=, -e frame.time_epoch -e ip.src -e ip.dst \
	    -e ipv6.src -e ipv6.dst -e tcp.srcport -e tcp.dstport \
	    -e tcp.flags -e tcp.seq_raw -e tcp.ack_raw \
	    -e tcp.window_size_value -e tcp.len \
	    -e tcp.options.timestamp.tsval -e tcp.options.timestamp.tsecr \
	    -e tcp.options.mss_val -e tcp.options.wscale.shift \
	    -e tcp.options.sack_le -e tcp.options.sack_re \
	    -e icmp.type -e icmpv6.type 2>/dev/null |
	    awk -v what=pkt -f "$BATS_TEST_DIRNAME/tshark.awk"
}

@test "every real capture decodes to the fields that tshark gives" {
	need_pcaps
	need gzip
	for capture in "$REAL"/*.pcap*; do
		case ${capture##*/} in
		15-* | 18-* | 28-* | 30-* | 40-* | 46-*)
			continue ;;	# each has a test of its own below
		esac
		echo "${capture##*/}"
		as_tshark pkt "$capture"
		as_tshark icmp "$capture"
	done
}

@test "a payload's length is the IP header's where the frame was cut short" {
	# In these two files the length on the wire is the captured length.
	# tshark believes it; tcpdump and tcpdecode believe the IP header.
	need_pcaps
	need gzip tcpdump
	for capture in "$REAL"/15-* "$REAL"/18-*; do
		decoded pkt "$capture" | cut -f1-9,11- >got
		reference pkt "$capture" | cut -f1-9,11- >want
		same want got
		decoded pkt "$capture" | cut -f10 >got
		tcpdump -nnr "$capture" tcp 2>/dev/null |
		    sed 's/.* length \([0-9]*\).*/\1/; t
			s/.*/0/' >want	# with broken options: no length
		same want got
	done
}

@test "first fragments have a record, the others are counted" {
	need_pcaps
	need tshark tcpdump
	for capture in "$REAL"/28-* "$REAL"/30-*; do
		# tshark gives no length for the payload of a fragment.
		decoded pkt "$capture" | cut -f1-9,11- >got
		unfragmented "$capture" | cut -f1-9,11- >want
		same want got
	done
	decoded pkt "$REAL"/28-* | cut -f10 | grep -v '^0$' >got
	tcpdump -nnr "$REAL"/28-* tcp 2>/dev/null |
	    sed -n 's/.*Flags.* length \([1-9][0-9]*\).*/\1/p' >want
	same want got
	tcpdecode "$REAL"/28-* >records.tsv
	fragments=$(tshark -n -r "$REAL"/28-* -Y 'ip.frag_offset > 0' | wc -l)
	[ "$(counted tcpdecode fragments <records.tsv)" -eq "$fragments" ]
}

@test "pcapng with several links and impossible timestamps gives every segment" {
	# Times after the year 2554 do not fit; the reference has 18446744073204.
	need_pcaps
	need gzip
	capture=$(echo "$REAL"/40-*)
	decoded pkt "$capture" | cut -f2- >got
	reference pkt "$capture" | cut -f2- >want
	same want got
	decoded pkt "$capture" | head -59 >got
	reference pkt "$capture" | head -59 >want
	same want got
}

@test "headers that contradict themselves are counted as malformed" {
	need_pcaps
	tcpdecode "$REAL"/46-* >records.tsv
	[ "$(records pkt <records.tsv | wc -l)" -eq 0 ]
	[ "$(counted tcpdecode malformed <records.tsv)" -eq 10 ]
}

@test "every packet has a record or a reason" {
	need_pcaps
	need tshark
	for capture in "$REAL"/*.pcap* "$PCAPS"/wan/*.pcap; do
		echo "${capture##*/}"
		tcpdecode "$capture" 2>/dev/null >records.tsv || true
		total=$(counted tcpdecode packets <records.tsv)
		[ "$total" -eq "$(tshark -n -r "$capture" -T fields \
		    -e frame.number 2>/dev/null | wc -l)" ]
		sum=0
		for name in tcp icmp not_tcp not_ip unknown_link fragments \
		    truncated malformed; do
			sum=$((sum + $(counted tcpdecode $name <records.tsv)))
		done
		[ "$sum" -eq "$total" ]
	done
}

@test "the same packets as pcap, nanosecond pcap and pcapng are the same" {
	need_pcaps
	decoded pkt "$REAL/42-campus-100-usec.pcap" >usec
	decoded pkt "$REAL/43-campus-100-nsec.pcap" >nsec
	decoded pkt "$REAL/44-campus-100-pcapng.pcapng" >pcapng
	[ -s usec ]
	same usec nsec
	same usec pcapng
}

@test "a stream on standard input and named files give the same" {
	tcpdecode "$SAMPLE" >named
	tcpdecode <"$SAMPLE" >stdin
	cat "$SAMPLE" | tcpdecode - >piped
	same named stdin
	same named piped
}

@test "several files are read one after another" {
	tcpdecode "$SAMPLE" "$SAMPLE" | records pkt >twice
	tcpdecode "$SAMPLE" | records pkt >once
	cat once once >want
	same want twice
}

@test "compressed files are read through their programs" {
	need gzip xz zstd
	tcpdecode "$SAMPLE" >want
	gzip -c "$SAMPLE" >a.gz
	xz -c "$SAMPLE" >a.xz
	zstd -qc "$SAMPLE" >a.zst
	for f in a.gz a.xz a.zst; do
		tcpdecode $f >got
		same want got
	done
}

@test "-o adds columns that equal tshark's" {
	need_pcaps
	need tshark
	capture=$REAL/16-syn-retransmit-vlan.pcap
	tcpdecode -o ttl,tos,ipid,iplen,vlan,encap "$capture" |
	    records pkt | cut -f15-20 >got
	tshark -n -r "$capture" -Y tcp -T fields -e ip.ttl -e ip.dsfield \
	    -e ip.id -e ip.len -e vlan.id 2>/dev/null >fields
	# The numbers in hexadecimal are made decimal by the shell.
	while read -r ttl tos id len vlan; do
		printf '%d\t%d\t%d\t%d\t%s\t%s\n' "$ttl" "$tos" "$id" "$len" \
		    "${vlan:--}" "$([ -n "$vlan" ] && echo vlan || echo -)"
	done <fields >want
	same want got
}

@test "encap names what a packet was encapsulated in" {
	need_pcaps
	wrapped() {
		tcpdecode -o vlan,encap "$REAL"/$1-* | records pkt |
		    cut -f15,16 | sort -u | tr '\t\n' '  '
	}
	[ "$(wrapped 31)" = "- pppoe " ]
	[ "$(wrapped 33)" = "939,744 vlan,vlan,pppoe " ]
	[ "$(wrapped 38)" = "- vxlan " ]
	[ "$(wrapped 39)" = "- gre,erspan " ]
}

@test "framelen is the frame without padding" {
	need tshark
	tcpdecode -o iplen,framelen "$SAMPLE" | records pkt | cut -f15,16 >got
	# A raw IP capture: the frame is the packet.
	tshark -n -r "$SAMPLE" -Y tcp -T fields -e frame.len 2>/dev/null |
	    sed 's/.*/&	&/' >want
	same want got
}

@test "-d adds at most that much payload, escaped" {
	tcpdecode -d 14 "$SAMPLE" | records pkt | cut -f15 | sort -u >got
	grep -qx 'GET / HTTP/1.1' got || grep -q '^GET /' got
	awk 'length($0) > 14 * 4 { exit 1 }' got
	tcpdecode -d all "$SAMPLE" | records pkt | cut -f15 >got
	grep -q '\\r\\n' got
	[ "$(LC_ALL=C grep -c "$(printf '[\001-\010\013-\037\177]')" got)" -eq 0 ]
	tcpdecode -d 0 "$SAMPLE" >none
	tcpdecode "$SAMPLE" >want
	same want none
}

@test "-k leaves out wrong checksums and counts what it cannot verify" {
	need_pcaps
	need tshark
	# A capture whose frames are whole; the offloading host's are wrong.
	capture=$REAL/04-http-mixed-real.pcap
	wrong=$(tshark -n -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE \
	    -r "$capture" -Y 'tcp && (tcp.checksum.status == "Bad" ||
	    ip.checksum.status == "Bad")' 2>/dev/null | wc -l)
	all=$(tcpdecode "$capture" | records pkt | wc -l)
	tcpdecode -k 2 "$capture" >records.tsv
	[ "$(counted tcpdecode bad_checksum <records.tsv)" -eq "$wrong" ]
	[ "$(records pkt <records.tsv | wc -l)" -eq $((all - wrong)) ]
	# A capture that was cut: no segment with a payload can be verified.
	tcpdecode -k 2 "$SAMPLE" >records.tsv
	[ "$(counted tcpdecode unverified <records.tsv)" -gt 0 ]
	[ "$(counted tcpdecode bad_checksum <records.tsv)" -eq 0 ]
}

@test "a capture cut short gives its whole packets, an error and status 1" {
	need_pcaps
	run -1 --separate-stderr tcpdecode "$REAL/45-file-cut-short.pcap"
	[ "$(records pkt <<<"$output" | wc -l)" -eq 6 ]
	[[ "$stderr" =~ ^tcpdecode:.*45-file-cut-short.pcap:.*5035 ]]
	head -c 1000 "$SAMPLE" >cut.pcap
	run -1 --separate-stderr tcpdecode cut.pcap
	[[ "$stderr" =~ "cut short" ]]
	[ "$(counted tcpdecode packets <<<"$output")" -gt 3 ]
}

@test "a file that is not a capture is an error; the others are read" {
	echo nonsense >bad
	run -1 --separate-stderr tcpdecode bad "$SAMPLE" missing
	[[ "$stderr" =~ "tcpdecode: bad:" ]]
	[[ "$stderr" =~ "tcpdecode: missing: No such file" ]]
	[ "$(records pkt <<<"$output" | wc -l)" -gt 100 ]
	run -1 tcpdecode /dev/null
	run -1 tcpdecode /
}

@test "wrong options are refused with status 2 and a reason" {
	while IFS='|' read -r wrong reason; do
		# Words are split on purpose.
		run -2 tcpdecode $wrong "$SAMPLE"
		[ "${lines[0]}" = "tcpdecode: $reason" ]
		[ "${lines[1]}" = "try 'tcpdecode --help'" ]
	done <<-'END'
	-d x|-d: invalid number 'x': must be 0 to 4294967295
	-d -1|-d: invalid number '-1': must be 0 to 4294967295
	-k 3|-k: invalid number '3': must be 1 to 2
	-o time|-o: invalid column 'time': must be ttl, tos, ipid, iplen, framelen, vlan or encap
	-o ttl,ttl|-o: invalid column 'ttl': must be named once
	-z|unknown option -z
	--nothing|unknown option --nothing
	END
}

@test "long options do what their letters do" {
	tcpdecode -d 14 -o ttl,encap -k 1 "$SAMPLE" >want
	tcpdecode --data 14 --add ttl,encap --checksums 1 "$SAMPLE" >got
	same want got
	tcpdecode -F >want
	tcpdecode --columns >got
	same want got
}
