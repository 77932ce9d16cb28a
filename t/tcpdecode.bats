#!/usr/bin/env bats
# tcpdecode: packets to records, beside tshark and tcpdump.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# decoded WHAT CAPTURE [OPTION ...]: our records in the form of t/tshark.awk.
decoded() {
	local what=$1 capture=$2
	shift 2
	tcpdecode "$@" "$capture" 2>/dev/null |
	    awk -v what="$what" -f "$BATS_TEST_DIRNAME/ours.awk"
}

# reference WHAT CAPTURE [OPTION ...]: tshark's fields in the same form.
reference() {
	local what=$1
	shift
	tshark_fields "$@" |
	    awk -v what="$what" -f "$BATS_TEST_DIRNAME/tshark.awk"
}

# as_tshark WHAT CAPTURE: our records are the fields of tshark.
as_tshark() {
	decoded "$1" "$2" >got
	reference "$1" "$2" >want
	same want got
}

@test "every capture decodes to the fields that tshark gives" {
	need gzip tshark
	captures wan crafted packets real
	for capture in "${captures[@]}"; do
		case ${capture##*/} in
		15-* | 18-* | 28-* | 30-* | 40-* | 46-*)
			continue ;;	# each has a test of its own below
		cut-frames* | fragments* | malformed* | tunnels-options*)
			continue ;;	# so have these
		esac
		echo "${capture##*/}"
		as_tshark pkt "$capture"
		as_tshark icmp "$capture"
	done
}

@test "a payload's length is the IP header's where the frame was cut short" {
	# In these files the length on the wire is the captured length.
	# tshark believes it; tcpdump and tcpdecode believe the IP header.
	need gzip tshark tcpdump
	for capture in "$PACKETS"/cut-frames.pcap "$REAL"/15-* "$REAL"/18-*; do
		[ -f "$capture" ] || continue
		decoded pkt "$capture" | cut -f1-9,11- >got
		reference pkt "$capture" | cut -f1-9,11- >want
		[ -s want ]
		same want got
		decoded pkt "$capture" | cut -f10 >got
		tcpdump -nnr "$capture" tcp 2>/dev/null |
		    sed 's/.* length \([0-9]*\).*/\1/; t
			s/.*/0/' >want	# with broken options: no length
		same want got
	done
	# They are counted.
	[ "$(tcpdecode "$PACKETS"/cut-frames.pcap |
	    counted tcpdecode beyond_frame)" -eq 2 ]
	[ "$(tcpdecode "$SAMPLE" | counted tcpdecode beyond_frame)" -eq 0 ]
}

@test "a fragmented segment is one record, as tshark puts it together" {
	need tshark
	for capture in "$PACKETS"/fragments*.pcap "$REAL"/28-* "$REAL"/30-*; do
		[ -f "$capture" ] || continue
		decoded pkt "$capture" >got
		reference pkt "$capture" -o ip.defragment:TRUE \
		    -o ipv6.defragment:TRUE >want
		[ -s want ]
		same want got
	done
	tcpdecode "$PACKETS/fragments.pcap" >records.tsv
	[ "$(counted tcpdecode fragments <records.tsv)" -eq 4 ]
	[ "$(counted tcpdecode reassembled <records.tsv)" -eq 2 ]
	[ "$(counted tcpdecode first_fragments <records.tsv)" -eq 0 ]
}

# The records of a capture, without the columns that differ in fragments.
whole_records() {
	tcpdecode -d all -o ttl,tos,iplen,framelen,encap "$1" 2>/dev/null |
	    awk -F'\t' -v OFS='\t' '
		/^#pkt/ { for (i = 1; i <= NF; i++) if ($i == "ipid") id = i }
		$1 == "pkt" { $id = "" }
		$1 == "pkt" || $1 == "icmp" { print }
		$1 == "count" && $4 ~ /^(tcp|icmp|truncated|malformed|opt)/ {
			print $4, $5
		}'
}

@test "captures in fragments of any size, order and number are the same" {
	need python3
	captures packets
	for capture in "${captures[@]}" "$CASES"/link-* "$WAN/http.pcap"; do
		case $capture in *wrap.pcap) continue ;; esac
		whole_records "$capture" >want
		for how in 8 '8 1' '64 2' '1480 3'; do
			# Words are split on purpose.
			python3 "$top/t/fragment.py" "$capture" parts.pcap \
			    $how 2>why || { grep -Eq 'savefile|cut' why; break; }
			whole_records parts.pcap >got
			echo "$capture $how"
			same want got
		done
	done
}

@test "a capture of first fragments alone gives a record of each" {
	need tshark tcpdump
	tcpdump -r "$PACKETS/fragments.pcap" -w first.pcap tcp port 80 2>/dev/null
	# They wait a little for others that may follow.
	decoded pkt first.pcap | sort >got
	cut -f1-9,11- got >fields
	reference pkt first.pcap -o ip.defragment:FALSE | sort |
	    cut -f1-9,11- >want
	[ -s want ]
	same want fields
	cut -f10 got | grep -v '^0$' >lengths
	tcpdump -nnr first.pcap 2>/dev/null |
	    sed -n 's/.*Flags.* length \([1-9][0-9]*\).*/\1/p' | same - lengths
	[ "$(tcpdecode first.pcap | counted tcpdecode first_fragments)" -eq 2 ]
	# If another fragment follows soon, it is not such a capture.
	cat first.pcap "$PACKETS/fragments6.pcap" >both.pcap
	tcpdecode both.pcap >records.tsv
	[ "$(counted tcpdecode first_fragments <records.tsv)" -eq 0 ]
	[ "$(counted tcpdecode incomplete_datagrams <records.tsv)" -eq 2 ]
	[ "$(counted tcpdecode reassembled <records.tsv)" -eq 1 ]
}

# parts: a capture of IPv4 fragments from the lines ID OFFSET LENGTH MORE TIME.
parts() {
	{
		echo 'link 101'
		while read -r id offset n more t; do
			printf 'packet %s\n4500%04x%04x%04x' "$t" $((20 + n)) \
			    "$id" $((more << 13 | offset / 8))
			printf '4006 0000 c0000201 c6336402\n'
			printf '%s\n' 9c400050000003e9000013895018040000000000 |
			    head -c $((2 * n))
			printf '00%.0s' $(seq 1 $((n > 20 ? n - 20 : 1))) |
			    head -c $((n > 20 ? 2 * (n - 20) : 0))
			echo
		done
	} >parts.hex
	"$top/t/hex2pcap.sh" parts.hex
}

@test "fragments wait for 30 seconds, and no more than -n datagrams" {
	parts >late.pcap <<-'END'
	1 0 24 1 1.0
	1 24 8 0 30.0
	2 0 24 1 40.0
	3 24 8 0 69.0
	2 24 8 0 71.0
	END
	tcpdecode late.pcap >records.tsv
	[ "$(records pkt <records.tsv | cut -f2,11)" = "30.000000000	12" ]
	[ "$(counted tcpdecode reassembled <records.tsv)" -eq 1 ]
	[ "$(counted tcpdecode incomplete_datagrams <records.tsv)" -eq 3 ]
	for n in 1 2 3 4 1; do echo "$n 0 24 1 1.0"; done >many
	for n in 3 4; do echo "$n 24 8 0 1.0"; done >>many
	parts <many >many.pcap
	tcpdecode -n 3 many.pcap >records.tsv
	[ "$(counted tcpdecode reassembled <records.tsv)" -eq 2 ]
	tcpdecode --datagrams 1 many.pcap >records.tsv
	[ "$(counted tcpdecode reassembled <records.tsv)" -eq 0 ]
	[ "$(counted tcpdecode incomplete_datagrams <records.tsv)" -eq 7 ]
}

@test "a flood of fragments takes the memory of -n datagrams" {
	need python3
	python3 - >flood.pcap <<-'END'
	import struct, sys
	out = sys.stdout.buffer
	out.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
	for i in range(100000):
	    # Tiny ones, large ones at the end, overlaps, beyond 65535.
	    at, n = [(0, 8), (8000, 1400), (8 * (i % 7), 24), (8190, 200)][i % 4]
	    p = struct.pack(">BBHHHBBH", 0x45, 0, 20 + n, i // 3 & 0xffff,
	                    0x2000 | at, 64, 6, 0) + bytes([10, i >> 16, i // 3
	                    >> 8 & 255, 1, 10, 0, 0, 2]) + bytes(n)
	    out.write(struct.pack("<IIII", 1, 0, len(p), len(p)) + p)
	END
	tcpdecode flood.pcap >records.tsv
	[ "$(counted tcpdecode packets <records.tsv)" -eq 100000 ]
	[ "$(counted tcpdecode refused_datagrams <records.tsv)" -gt 0 ]
	[ "$(records pkt <records.tsv | wc -l)" -eq 0 ]
	[ -x /usr/bin/time ] || return 0
	for n in 16 1024; do
		/usr/bin/time -f %M -o "kib$n" tcpdecode -n $n flood.pcap >got
	done
	echo "$(cat kib16) $(cat kib1024)"
	[ -z "${BUILD##*asan*}" ] || [ "$(cat kib16)" -le 12288 ]
	[ -z "${BUILD##*asan*}" ] || [ "$(cat kib1024)" -le 90000 ]
}

@test "pcapng with several link types gives every segment" {
	need tshark mergecap
	mergecap -F pcapng -w mixed.pcapng "$SAMPLE" \
	    "$PACKETS"/{one-request,ppp,cooked2,nano-big}.pcap
	as_tshark pkt mixed.pcapng
	[ "$(wc -l <got)" -gt 200 ]
}

@test "pcapng with impossible timestamps gives every segment" {
	# Times after the year 2554 do not fit; the reference has 18446744073204.
	need_real
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
	for capture in "$PACKETS"/malformed.pcap "$REAL"/46-*; do
		[ -f "$capture" ] || continue
		tcpdecode "$capture" >records.tsv
		[ "$(records pkt <records.tsv | wc -l)" -eq 0 ]
		[ "$(counted tcpdecode malformed <records.tsv)" -eq 10 ]
	done
}

@test "every packet has a record or a reason" {
	need tshark
	captures wan crafted packets real
	for capture in "${captures[@]}"; do
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
	need editcap
	capture=$PACKETS/handshakes.pcap
	decoded pkt "$capture" >want
	[ -s want ]
	for format in nsecpcap pcapng; do
		editcap -F $format "$capture" copy
		decoded pkt copy | same want -
	done
	have_real || return 0
	decoded pkt "$REAL/42-campus-100-usec.pcap" >want
	for capture in "$REAL"/43-campus-* "$REAL"/44-campus-*; do
		decoded pkt "$capture" | same want -
	done
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

@test "captures joined by cat are read one after another, of any format" {
	need editcap
	ours=$PACKETS/one-request.pcap
	for format in pcap nsecpcap pcapng snoop; do
		editcap -F $format "$ours" $format
	done
	tcpdecode "$ours" | records pkt | cut -f3- >once
	cat pcap snoop pcapng nsecpcap "$PACKETS/nano-big.pcap" pcapng \
	    pcap >joined
	tcpdecode joined | records pkt | cut -f3- >got
	tcpdecode "$PACKETS/nano-big.pcap" | records pkt | cut -f3- >big
	cat once once once once big once once >want
	same want got
	[ "$(tcpdecode "$CASES/two-captures-cat.pcap" | grep -c ^pkt)" -eq 16 ]
}

@test "pcap 2.2 has the length on the wire before that of the capture" {
	need tshark
	capture=$CASES/pcap-version-2.2.pcap
	as_tshark pkt "$capture"
	[ "$(wc -l <got)" -eq 9 ]
}

@test "compressed files are read through their programs" {
	need gzip xz zstd bzip2 lz4
	tcpdecode "$SAMPLE" >want
	gzip -c "$SAMPLE" >a.gz
	xz -c "$SAMPLE" >a.xz
	zstd -qc "$SAMPLE" >a.zst
	bzip2 -c "$SAMPLE" >a.bz2
	lz4 -qc "$SAMPLE" >a.lz4
	for f in a.gz a.xz a.zst a.bz2 a.lz4; do
		tcpdecode $f >got
		same want got
	done
}

@test "-o ttl,ipid, which are written anyway, gives whole records" {
	tcpdecode -o ttl,ipid "$SAMPLE" >asked
	tcpdecode "$SAMPLE" | same - asked
}

@test "-o adds columns that equal tshark's" {
	need tshark
	capture=$PACKETS/vlan.pcap
	tcpdecode -o ttl,tos,ipid,iplen,vlan,encap "$capture" |
	    records pkt | cut -f15-20 >got
	tshark -n -r "$capture" -Y tcp -T fields -e ip.ttl -e ip.dsfield \
	    -e ip.id -e ip.len -e vlan.id 2>/dev/null >fields
	# The numbers in hexadecimal are made decimal by the shell.
	while read -r ttl tos id len vlan; do
		printf '%d\t%d\t%d\t%d\t%s\t%s\n' "$ttl" "$tos" "$id" "$len" \
		    "${vlan:--}" "$([ -n "$vlan" ] && echo vlan || echo -)"
	done <fields >want
	[ -s want ]
	same want got
}

@test "encap names what a packet was encapsulated in" {
	wrapped() {
		tcpdecode -o vlan,encap "$1" | records pkt |
		    cut -f15,16 | sort -u | tr '\t\n' '  '
	}
	cd "$PACKETS"
	[ "$(wrapped vlan.pcap)" = "100 vlan " ]
	[ "$(wrapped mpls.pcap)" = "- mpls " ]
	[ "$(wrapped pppoe.pcap)" = "- pppoe " ]
	[ "$(wrapped qinq-pppoe.pcap)" = "939,744 vlan,vlan,pppoe " ]
	[ "$(wrapped gre.pcap)" = "- gre " ]
	[ "$(wrapped vxlan.pcap)" = "- vxlan " ]
	[ "$(wrapped erspan.pcap)" = "- gre,erspan " ]
	have_real || return 0
	cd "$REAL"
	[ "$(wrapped 31-*)" = "- pppoe " ]
	[ "$(wrapped 33-*)" = "939,744 vlan,vlan,pppoe " ]
	[ "$(wrapped 38-*)" = "- vxlan " ]
	[ "$(wrapped 39-*)" = "- gre,erspan " ]
}

@test "captures of five links and tunnels give their eight segments" {
	for f in "$CASES"/link-*.pcap; do
		echo "$f"
		[ "$(tcpdecode "$f" | grep -c ^pkt)" -eq 8 ]
		as_tshark pkt "$f" || [[ $f == *vxlan8472* ]]
	done
}

@test "each tunnel is named in encap, and its id in tags" {
	tunnels() {
		tcpdecode -o encap "$PACKETS/$1.pcap" | records pkt |
		    awk -F'\t' '{ print $15, $18 }'
	}
	cat >want <<-'END'
	- -
	ipip -
	gtpu gtpu=42
	gtpu gtpu=43
	geneve geneve=42
	geneve geneve=42
	vxlan-gpe vxlan-gpe=42
	vxlan-gpe vxlan-gpe=42
	l2tp l2tp=42
	l2tp l2tp=42
	gre gre=42
	gre -
	mpls mpls=42
	mpls mpls=42
	ayiya -
	capwap -
	capwap -
	etherip -
	END
	# IPv4 in IPv4 is first, then IPv6 in IPv6.
	cat want want | sed '1,2s/ -$/ /' >twice
	tunnels tunnels | same twice -
	cat >want <<-'END'
	vxlan vxlan=42
	vxlan vxlan=42
	l2tp l2tp=42
	l2tp l2tp=42
	gre gre=42
	capwap -
	END
	cat want want >twice
	tunnels tunnels-options | same twice -
	printf '%s\n' 'sgt ' 'fabricpath ' 'pbb pbb=1001' 'vntag -' 'etag -' >want
	tunnels tags | head -5 | same want -
	tunnels tags-tunnels | sort -u >got
	sort -u >want <<-'END'
	- 
	vlan vlan=100
	vlan,vlan vlan=100,vlan=200
	pppoe pppoe=42
	pppoe,mpls pppoe=42,mpls=42
	mpls mpls=42
	gre -
	gre gre=42
	gre,mpls mpls=42
	gre,erspan erspan=66
	gre,wccp -
	nsh -
	gre,nsh -
	vxlan-gpe,nsh vxlan-gpe=42
	vxlan vxlan=42
	mpls,vxlan,vxlan,vlan mpls=16,vxlan=42,vxlan=43,vlan=100
	END
	same want got
	[ "$(tunnels pppoe-alone | sort -u)" = "pppoe pppoe=42" ]
	[ "$(tunnels erspan | sort -u)" = "gre,erspan erspan=1" ]
}

@test "a tunnel whose id differs by direction carries one connection" {
	need python3
	for capture in one-request nano-big wrap; do
		capture=$PACKETS/$capture.pcap
		for kind in gtpu l2tp l2tpv3 mpls; do
			python3 "$top/t/tunnel.py" $kind "$capture" in.pcap
			echo "$capture $kind"
			for stage in flowtrack rttmatch hsclass httpreq; do
				"$stage" "$capture" | grep -v '^count' >want
				"$stage" in.pcap | grep -v '^count' >got
				same want got
				[ "$(wc -l <want)" -gt 1 ] || [ $stage = httpreq ]
			done
			printf '%s\n' $kind={1001,2002} |
			    sed s/l2tpv3/l2tp/ >want
			kind=${kind%v3}
			tcpdecode in.pcap | records pkt | grep -o "$kind=.*" |
			    sort -u | same want -
		done
	done
}

@test "tunnels on any port are those of tshark, given the ports" {
	need tshark
	capture=$PACKETS/tunnels-options.pcap
	decoded pkt "$capture" >got
	reference pkt "$capture" -d udp.port==8472,vxlan \
	    -d udp.port==14789,vxlan -d udp.port==4754,gre \
	    -d l2tp.pw_type==5,eth -o capwap.swap_fc:FALSE >want
	# tshark does not know what an L2TPv3 session carries.
	awk '!/^#/ { print } ' got | sed '3,4d; 9,10d' >rest
	[ -s want ]
	same want rest
}

@test "links and tunnels cut at every byte have a record or a reason" {
	need mergecap editcap
	for f in fddi wifi radiotap avs prism nflog ipoib arcnet arcnet-linux \
	    enc ppp-dir pppoe-alone tags tags-tunnels tunnels tunnels-options \
	    ppi hdlc ppp-hdlc ppp-options loop null-families raw cooked6 \
	    cooked2-6 token-ring; do
		set -- "$@" "$PACKETS/$f.pcap"
	done
	mergecap -a -F pcapng -w all.pcapng "$@"
	before=0
	for n in $(seq 1 250); do
		editcap -s "$n" all.pcapng cut.pcapng
		tcpdecode cut.pcapng >records.tsv
		segments=$(counted tcpdecode tcp <records.tsv)
		[ "$segments" -ge "$before" ]
		before=$segments
		[ "$(awk '$1 == "count" && $4 ~ /^(tcp|icmp|not_tcp|not_ip|truncated)$/ {
		    n += $5 } END { print n }' records.tsv)" -eq \
		    "$(counted tcpdecode packets <records.tsv)" ]
	done
	tcpdecode all.pcapng | records pkt | wc -l >want
	echo "$segments" | same want -
}

@test "-t stops at the first IP header" {
	tcpdecode -t "$PACKETS/tunnels.pcap" >records.tsv
	[ "$(counted tcpdecode tcp <records.tsv)" -eq 2 ]	# in AH
	[ "$(counted tcpdecode not_tcp <records.tsv)" -eq 34 ]
	tcpdecode --no-tunnels "$PACKETS/mpls.pcap" | records pkt >got
	tcpdecode "$PACKETS/mpls.pcap" | records pkt >want
	same want got
}

# nested N: a segment in N tags.
nested() {
	printf 'link 1\npacket 1.0\n\t00005e005302 00005e005301\n'
	printf '\t8100 0064\n%.0s' $(seq "$1")
	printf '\t0800 45000028 00010000 40060000 c0000201 c6336402\n'
	printf '\t9c400050 000003e9 00001389 50180400 00000000\n'
}

@test "tunnels are followed to a depth of 16" {
	for n in 15 16; do
		nested $n >deep.hex
		"$top/t/hex2pcap.sh" deep.hex | tcpdecode -o encap >records.tsv
		[ "$(records pkt <records.tsv | cut -f15 | tr , '\n' |
		    grep -c vlan)" -eq $n ]
	done
	for n in 17 4000; do
		nested $n >deep.hex
		"$top/t/hex2pcap.sh" deep.hex | tcpdecode >records.tsv
		[ "$(counted tcpdecode not_ip <records.tsv)" -eq 1 ]
	done
}

@test "link types and EtherTypes that are not decoded are counted by name" {
	tcpdecode "$PACKETS/unknown-layers.pcap" >records.tsv
	[ "$(counted tcpdecode ethertype_arp <records.tsv)" -eq 2 ]
	[ "$(counted tcpdecode ethertype_0x88b5 <records.tsv)" -eq 1 ]
	# A link type of no name, then USB.
	for link in 147 220; do
		printf "link $link\npacket 1.0\n\t00\n" >one.hex
		"$top/t/hex2pcap.sh" one.hex | tcpdecode >>records.tsv
	done
	# A record of ERF that is not decoded.
	[ "$(tcpdecode "$PACKETS/erf.pcap" | counted tcpdecode link_erf)" -eq 1 ]
	[ "$(counted tcpdecode link_147 <records.tsv)" -eq 1 ]
	[ "$(counted tcpdecode link_usb <records.tsv)" -eq 1 ]
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
	need tshark
	# Whole frames; the checksums of a host that offloads them are wrong.
	for capture in "$WAN/http.pcap" "$PACKETS/one-request.pcap" \
	    "$REAL/04-http-mixed-real.pcap"; do
		[ -f "$capture" ] || continue
		wrong=$(tshark -n -o tcp.check_checksum:TRUE \
		    -o ip.check_checksum:TRUE -r "$capture" \
		    -Y 'tcp && (tcp.checksum.status == "Bad" ||
		    ip.checksum.status == "Bad")' 2>/dev/null | wc -l)
		all=$(tcpdecode "$capture" | records pkt | wc -l)
		tcpdecode -k 2 "$capture" >records.tsv
		echo "$capture: $wrong of $all"
		[ "$(counted tcpdecode bad_checksum <records.tsv)" -eq \
		    "$wrong" ]
		[ "$(records pkt <records.tsv | wc -l)" -eq $((all - wrong)) ]
	done
	# A capture that was cut: no segment with a payload can be verified.
	tcpdecode -k 2 "$SAMPLE" >records.tsv
	[ "$(counted tcpdecode unverified <records.tsv)" -gt 0 ]
	[ "$(counted tcpdecode bad_checksum <records.tsv)" -eq 0 ]
}

@test "a capture cut short gives its whole packets, an error and status 1" {
	run -1 --separate-stderr tcpdecode "$PACKETS/damaged.pcap"
	[ "$(records pkt <<<"$output" | wc -l)" -eq 2 ]
	[[ "$stderr" =~ ^tcpdecode:.*damaged.pcap:.*204 ]]
	if have_real; then
		run -1 --separate-stderr tcpdecode "$REAL"/45-*
		[ "$(records pkt <<<"$output" | wc -l)" -eq 6 ]
		[[ "$stderr" =~ ^tcpdecode:.*45-file-cut-short.pcap:.*5035 ]]
	fi
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
	-o time|-o: invalid column 'time': must be ttl, tos, ipid, iplen, framelen, vlan, encap or tags
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
