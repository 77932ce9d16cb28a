#!/usr/bin/env bats
# flowtrack: connections and losses, compared with links whose losses are known,
# with tshark and with tcptrace.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# column KIND NAME ...: these columns of the records of a kind, with TABs.
column() {
	local kind=$1
	shift
	awk -F'\t' -v kind="$kind" -v names="$*" '
	$1 == "#" kind {
		n = split(names, want, " ")
		for (i = 2; i <= NF; i++)
			at[$i] = i
	}
	$1 == kind {
		for (i = 1; i <= n; i++)
			printf "%s%s", $at[want[i]], i < n ? "\t" : "\n"
	}'
}

# Packets between a client C (10.0.0.1:1000) and a server S (10.0.0.2:80) from
# lines of time, sender, flags, seq, ack and optionally len, window, tsval, tsecr
# and options.
packets() {
	printf '#pkt\ttime\tsrc\tsport\tdst\tdport\tflags\tseq\tack\twin\tlen'
	printf '\ttsval\ttsecr\topts\n'
	awk -v OFS='\t' '
	BEGIN {
		ends["C"] = "10.0.0.1\t1000\t10.0.0.2\t80"
		ends["S"] = "10.0.0.2\t80\t10.0.0.1\t1000"
	}
	NF {
		len = NF > 5 ? $6 : 0
		win = NF > 6 ? $7 : 1000
		tsval = NF > 7 ? $8 : "-"
		tsecr = NF > 8 ? $9 : "-"
		opts = NF > 9 ? $10 : "-"
		print "pkt", sprintf("%.9f", 100 + $1), ends[$2], $3, $4, $5,
		    win, len, tsval, tsecr, opts
	}'
}

# The same without the window, which is 1000.
timed() {
	awk '{ $6 = $6 " 1000"; print }' | packets
}

# A connection with a request and a response.
exchange() {
	packets <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	0.06 C PA 11 51 100
	0.10 S PA 51 111 500
	0.11 C A  111 551
	0.20 C FA 111 551
	0.24 S FA 551 112
	0.25 C A  112 552
	END
}

# judged CAPTURE: what t/judge-loss.awk counts for it.
judged() {
	local truth=${1%.pcap}.truth.tsv
	[ -f "$truth" ] || truth=/dev/null
	{ cat "$truth"; [ -s "$truth" ] || echo '#'; } >truth
	tcpdecode "$1" | flowtrack -e >losses
	awk -f "$BATS_TEST_DIRNAME/judge-loss.awk" truth losses
}

@test "what a link lost, duplicated and delayed has a record, and little else" {
	for capture in "$WAN"/bulk-*.pcap; do
		judged "$capture" >got
		echo "${capture##*/}: what, true, found, reported, correct"
		cat got
		# 95 % of the losses are found.  A delayed segment that no
		# other follows cannot be.
		awk '$1 != "late" && $3 < 0.95 * $2 || $3 < 0.9 * $2 ||
		    $5 < 0.95 * $4 { bad = 1 } END { exit bad }' got
	done
}

@test "a clean link has no losses, and neither has one with jitter alone" {
	for name in bulk-clean bulk-jitter; do
		tcpdecode "$WAN/$name.pcap" | flowtrack -e | column loss what \
		    src sport side >got
		grep -v spurious got | same /dev/null -
	done
}

@test "losses are reported on the side of the capture point where they were" {
	for name in bulk-loss-near bulk-loss-far; do
		# The halves of the path and the directions, as upstream or
		# downstream of the capture point.
		awk -F'\t' '$2 == "lost" && $12 > 0 {
			print $11, ($3 == "A-CP") == ($4 == "A>B") ?
			    "upstream" : "downstream"
		}' "$WAN/$name.truth.tsv" | sort -u >truth
		tcpdecode "$WAN/$name.pcap" | flowtrack -e |
		    column loss what seq | awk '
			$1 ~ /upstream|rto|fast|tail/ { print $2,
			    $1 == "upstream" ? $1 : "downstream" }' |
		    sort -u >reported
		comm -12 truth reported >both
		wc -l truth reported both
		[ "$(wc -l <both)" -ge $(($(wc -l <truth) * 19 / 20)) ]
	done
}

@test "nine faults, one in each connection, are reported by their names" {
	tcpdecode "$CRAFTED/loss.pcap" >records.tsv
	flowtrack -e records.tsv >out
	column loss sport side what seq len <out | sort >got
	tr ' ' '\t' >want <<-'END'
	2001 src rto 3000 1000
	2002 src fast 4000 1000
	2003 src upstream 4000 1000
	2004 src reorder 4000 1000
	2005 src netdup 3000 1000
	2006 src spurious 3000 1000
	2007 src keepalive 2999 0
	2007 src keepalive 2999 1
	2008 src zwprobe 4000 1
	END
	same want got
	# The ninth: a delayed ACK.
	column conn sport delacks_src delacks_dst rtt_max_dst <out |
	    awk '$2 + $3 > 0' >got
	printf '2009\t0\t1\t0.240000000\n' | same - got
	# Retransmissions give no round trips.
	column conn sport rtt_max_dst <out | awk '$1 != 2009 && $2 > 0.041' |
	    same /dev/null -
	# IP identifications do not change that.
	tcpdecode -o ipid "$CRAFTED/loss.pcap" | flowtrack -e |
	    column loss sport side what seq len | sort >got
	same want got
}

# reference CAPTURE: what tshark found, a line for each direction with flow,
# packets and payload, and the number of conversations.
reference() {
	tshark_fields "$1" | awk -F'\t' '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["tcp.stream"] == "" || $at["icmp.type"] != "" ||
	    $at["icmpv6.type"] != "" { next }
	{
		src = last($at["ip.src"] $at["ipv6.src"])
		dst = last($at["ip.dst"] $at["ipv6.dst"])
		flow = src " " last($at["tcp.srcport"]) " " dst " " \
		    last($at["tcp.dstport"])
		pkts[flow]++
		bytes[flow] += last($at["tcp.len"])
		if (!seen[last($at["tcp.stream"])]++)
			conns++
	}
	function last(s,   a, n) {
		n = split(s, a, ",")
		return n > 0 ? a[n] : ""
	}
	END {
		for (f in pkts) print f, pkts[f], bytes[f]
		print "connections", conns + 0
	}' | sort
}

# ours CAPTURE: the same from flowtrack.
ours() {
	tcpdecode "$1" 2>/dev/null | flowtrack -I 1e9 |
	    column conn src sport dst dport pkts_src bytes_src pkts_dst \
	    bytes_dst | awk -F'\t' '
	{
		there = $1 " " $2 " " $3 " " $4
		back = $3 " " $4 " " $1 " " $2
		pkts[there] += $5
		bytes[there] += $6
		pkts[back] += $7
		bytes[back] += $8
	}
	END {
		for (f in pkts) if (pkts[f]) print f, pkts[f], bytes[f]
		print "connections", NR
	}' | sort
}

@test "packets, bytes and connections are tshark's" {
	need gzip tshark
	captures wan crafted packets real
	for capture in "${captures[@]}"; do
		echo "${capture##*/}"
		reference "$capture" >want
		ours "$capture" >got
		case ${capture##*/} in
		15-* | 18-* | cut-frames.pcap)
			# The file has the captured lengths of the frames as
			# their lengths; the IP header has the true ones.
			for f in want got; do
				awk '{ $6 = ""; print }' $f >part
				mv part $f
			done ;;
		20-*)
			# Both sides of a router: each packet of one side is
			# there twice, with another TTL.
			continue ;;
		40-*)
			# Two captures from different years in one file: the
			# connections of the first have been idle since.
			for f in want got; do
				grep -v connections $f >part
				mv part $f
			done ;;
		46-* | malformed.pcap)
			# Malformed TCP headers, which tshark counts as well.
			continue ;;
		tags.pcap | tunnels*)
			# One segment, captured in several tunnels: copies, and
			# not all of them are known to tshark.
			continue ;;
		esac
		same want got
	done
}

# tcptrace_of CAPTURE: its long output, as stored beside a real capture, or
# of the installed tcptrace, which does not read nanoseconds.
tcptrace_of() {
	if [ "${1%/*}" = "$REAL" ]; then
		gzip -dc "$REAL/ref/${1##*/}.tcptrace.txt.gz"
	else
		editcap -F pcap "$1" micro.pcap
		tcptrace -l -r -n micro.pcap 2>/dev/null
	fi
}

# tcptraced CAPTURE: what tcptrace found, a line for each connection with ports,
# packets, payload and unique bytes of both sides.
tcptraced() {
	tcptrace_of "$1" | awk '
	/^TCP connection [0-9]+:/ { flush() }
	/^\thost / { n = split($3, a, ":"); port = port " " a[n] }
	/^ *total packets: .*total packets:/ { p = $3 " " $6 }
	/^ *actual data bytes:/ { b = $4 " " $8 }
	/^ *unique bytes sent:/ { u = $4 " " $8 }
	function flush() {
		if (p != "")
			print substr(port, 2), p, b, u
		port = p = ""
	}
	END { flush() }' | sort
}

@test "packets, bytes and unique bytes by connection are tcptrace's" {
	need gzip tcptrace editcap
	captures wan crafted real
	captures+=("$PACKETS"/{one-request,null,wrap,keepalives}.pcap)
	for capture in "${captures[@]}"; do
		name=${capture##*/}
		case $name in
		02-*)	# It makes a connection of two packets after a reset.
			continue ;;
		20-* | 28-* | 30-* | 40-* | 46-*) continue ;;	# as above
		29-*) continue ;;	# it counts IPv6 options as payload
		31-* | 33-* | 34-* | 38-* | 39-*) continue ;;	# unknown to it
		37-*) continue ;;	# it cannot read MPLS
		45-*) continue ;;	# it counts the malformed packet
		esac
		[ "${capture%/*}" != "$REAL" ] ||
		    [ -f "$REAL/ref/$name.tcptrace.txt.gz" ] || continue
		echo "$name"
		tcptraced "$capture" >want
		tcpdecode "$capture" 2>/dev/null | flowtrack -I 1e9 |
		    column conn sport dport pkts_src pkts_dst bytes_src \
		    bytes_dst unique_src unique_dst >conns
		# Its a sent the first packet, our src opened the connection.
		awk -F'\t' '
		FNR == NR { want[$0]++; next }
		{
			a = $1 " " $2 " " $3 " " $4 " " $5 " " $6 " " $7 " " $8
			b = $2 " " $1 " " $4 " " $3 " " $6 " " $5 " " $8 " " $7
			if (want[a]-- > 0 || want[b]-- > 0) next
			print "ours: " $0
		}' want conns >differ
		# It omits the byte of a keep-alive or a probe from unique.
		case $name in
		loss.pcap | keepalives.pcap)
			sed -i '/^ours: \(2007\|2008\|40000\)	/d' differ ;;
		25-*)
			[ "$(wc -l <differ)" -le 1 ]
			continue ;;
		esac
		same /dev/null differ
	done
}

# states CAPTURE: the states and histories in it, with counts.
states() {
	tcpdecode "$1" | flowtrack | column conn state history |
	    sort | uniq -c | awk '{ print $1, $2, $3 }'
}

@test "states and histories are those of Zeek" {
	tcpdecode "$PACKETS/handshakes.pcap" | flowtrack |
	    column conn sport state history | grep -v '^10\(14\|19\)' |
	    sort >got
	# Attempts by the port of the client, as in t/data/packets.
	tr ' ' '\t' >want <<-'END'
	1001 REJ Sr
	1002 REJ Sr
	1003 REJ Sr
	1004 SF ShAFf
	1005 S0 S
	1006 S0 S
	1007 REJ Sr
	1008 S0 S
	1009 S0 S
	1010 S0 S
	1011 S0 S
	1012 SF ShAFf
	1013 SF ShAFf
	1015 SF ShADadFf
	1015 SF ShADadFf
	1015 SF ShADadFf
	1016 SF ShAFf
	1017 SF ShAFf
	1018 SF ShAFf
	1020 SH SF
	1021 RSTO ShR
	1022 S1 Sh
	1023 S0 S
	1024 SF ShAFf
	END
	same want got
}

@test "states and histories of real captures are those of Zeek" {
	need_real
	check() {
		local name=$1
		shift
		printf '%s\n' "$@" | sort >want
		states "$REAL/$name"-* | sort >got
		echo "$name"
		same want got
	}
	check 01 '1 SF ShADdFaf'
	check 09 '8 S0 S' '6 REJ Sr' '3 RSTO ShAR'
	check 10 '3 REJ Sr' '2 S1 ShAdDa'
	check 12 '2 S0 S'
	check 13 '1 REJ Sr'
	check 14 '1 S0 S'
	check 27 '1 SH SF' '2 SF ShAFf'
	check 33 '1 RSTO ShADadfR'
	# A simultaneous open; the same ports 18 times; no SYN.
	check 17 '1 RSTO SsaDR'
	[ "$(states "$REAL"/18-* |
	    awk '$2 == "SF" { n += $1 } END { print n }')" -eq 18 ]
	states "$REAL"/24-* | grep -q '^1 OTH '
	[ "$(states "$REAL"/11-* | awk '$2 == "S0" { print $1 }')" -eq 69 ]
}

@test "the client is found by SYN, SYN/ACK, port or first packet" {
	{ echo '0 S SA 50 11'; echo '1 C A 11 51'; } | packets | flowtrack |
	    column conn src state history roles >got
	printf '10.0.0.1\tS1\t^hA\tsynack\n' | same - got
	echo '0 S PA 50 11 9' | packets | flowtrack |
	    column conn src state history roles >got
	printf '10.0.0.1\tOTH\t^d\tport\n' | same - got
	echo '0 S PA 50 11 9' | packets | sed 's/	80	/	8765	/' |
	    flowtrack | column conn src roles >got
	printf '10.0.0.2\tfirst\n' | same - got
}

@test "a connection is reported after its end, with totals of both sides" {
	exchange >in
	flowtrack in >out
	column conn time took state history pkts_src bytes_src pkts_dst \
	    bytes_dst roles reason <out >got
	printf '%s\t' 100.000000000 0.250000000 SF ShADdFf 6 100 3 500 syn >want
	echo closed >>want
	same want got
	column conn handshake_src handshake_dst first_src first_dst rtts_src \
	    rtts_dst rtt_min_dst rtt_mean_dst <out >got
	printf '%s\t' 0.010000000 0.040000000 0.060000000 0.100000000 3 3 \
	    0.040000000 >want
	echo 0.040000000 >>want
	same want got
	[ "$(counted flowtrack connections <out)" -eq 1 ]
	[ "$(counted flowtrack packets <out)" -eq 9 ]
}

@test "reasons of a record are closed, reset, reused, idle, full and end" {
	reasons() { flowtrack "$@" | column conn reason | paste -sd' ' -; }
	[ "$(exchange | reasons)" = closed ]
	[ "$(exchange | head -7 | reasons)" = end ]
	[ "$({ exchange | head -4; echo '1 S R 51 0' | packets | tail -1; } |
	    reasons)" = reset ]
	[ "$(printf '%s\n' '0 C S 10 0' '9 C S 77 0' | packets |
	    reasons)" = 'reused end' ]
	[ "$(printf '%s\n' '0 C S 10 0' '400 C S 10 0' | packets |
	    reasons)" = 'idle end' ]
	[ "$(printf '%s\n' '0 C S 10 0' '400 C S 10 0' | packets |
	    reasons -I 500)" = end ]
	{ echo '0 C S 10 0' | packets; echo '1 C S 10 0' | packets |
	    records pkt | sed 's/	1000	10/	1001	10/'; } >two
	[ "$(reasons -n 1 two)" = 'full end' ]
	[ "$(flowtrack -n 1 two | counted flowtrack forgotten)" -eq 1 ]
}

@test "-u reports open connections, idle or not, with totals that only grow" {
	tcpdecode "$WAN/bulk-loss-far.pcap" | flowtrack -u 0.5 -e >out
	flowtrack -e < <(tcpdecode "$WAN/bulk-loss-far.pcap") |
	    column conn src sport took pkts_src bytes_src resent_src \
	    resent_dst | sort >want
	# The last record of each is the same as without -u, and no total is
	# less than in the record before.
	awk -F'\t' '/^#conn/ || $1 == "conn" && $NF != "update"' out |
	    column conn src sport took pkts_src bytes_src resent_src \
	    resent_dst | sort >got
	same want got
	column conn src sport took pkts_src bytes_src bytes_dst resent_dst \
	    reason <out | awk -F'\t' '
	{
		k = $1 " " $2
		for (i = 4; i <= 7; i++)
			if ($i < was[k, i]) { print "less: " $0; bad = 1 }
			else was[k, i] = $i
		updates[k] += $8 == "update"
		took[k] = $3
	}
	END {
		for (k in took) if (updates[k] != int(took[k] / 0.5)) {
			print k, took[k], updates[k]
			bad = 1
		}
		exit bad || !length(took)
	}'
	# An idle connection, reported by the clock alone.
	{ exchange | head -5; echo '9.9 C A 111 51' | packets | tail -1; } |
	    flowtrack -u 2 | column conn took bytes_src reason >got
	printf '%s\t100\tupdate\n' 2.000000000 4.000000000 6.000000000 \
	    8.000000000 >want
	printf '9.900000000\t100\tend\n' >>want
	same want got
}

@test "a connection's columns count the loss records" {
	for name in bulk-loss-far bulk-loss-near bulk-dup bulk-reorder; do
		tcpdecode "$WAN/$name.pcap" | flowtrack -e >out
		column loss src sport side what <out | sort | uniq -c |
		    awk '{ print $2, $3, $4, $5, $1 }' >want
		column conn src sport rto_src rto_dst fast_src fast_dst \
		    tail_src tail_dst upstream_src upstream_dst netdup_src \
		    netdup_dst reorder_src reorder_dst spurious_src \
		    spurious_dst unknown_src unknown_dst gaps_src gaps_dst \
		    keepalives_src keepalives_dst zwprobes_src zwprobes_dst \
		    <out | awk '
		BEGIN {
			split("rto fast tail upstream netdup reorder " \
			    "spurious unknown gap keepalive zwprobe", what, " ")
		}
		{
			for (i = 3; i <= NF; i++) if ($i > 0)
				print $1, $2, i % 2 ? "src" : "dst", \
				    what[int((i - 1) / 2)], $i
		}' | sort >got
		[ -s want ]
		sort want | same - got
	done
}

@test "ipbytes are known if iplen is" {
	tcpdecode -o iplen "$SAMPLE" >records.tsv
	column pkt iplen <records.tsv | awk '{ n += $1 } END { print n }' >want
	flowtrack records.tsv | column conn ipbytes_src ipbytes_dst |
	    awk '{ n += $1 + $2 } END { print n }' >got
	same want got
	tcpdecode "$SAMPLE" | flowtrack | column conn ipbytes_src ipbytes_dst |
	    sort -u >got
	printf -- '-\t-\n' | same - got
}

@test "windows are scaled, and the time of zero windows is summed" {
	# windows WINDOWS PROBES <CAPTURE
	windows() {
		tcpdecode | flowtrack | column conn zwins_src zwins_dst \
		    zwin_time_src zwin_time_dst zwprobes_src zwprobes_dst |
		    awk -v wins="$1" -v tries="$2" '
			{ zwins += $1 + $2; time += $3 + $4; probes += $5 + $6 }
			END { print zwins, time, probes; exit !(time > 0 &&
			    zwins == wins && probes == tries) }'
	}
	windows 4 3 <"$PACKETS/keepalives.pcap"
	! have_real || windows 122 6 <"$(echo "$REAL"/23-*)"
	{ exchange | sed '2s/-$/mss=1460,ws=3/; 3s/-$/mss=1400,ws=1/'; } |
	    flowtrack | column conn win_max_src win_max_dst mss_src ws_dst \
	    opts >got
	printf '8000\t2000\t1460\t1\tws\n' | same - got
}

@test "keep-alives are counted" {
	kept() { flowtrack | column conn keepalives_src; }
	tcpdecode "$PACKETS/keepalives.pcap" | kept | grep -qx 8
	! have_real || tcpdecode "$REAL"/24-* | kept | grep -qx 211
}

@test "round trips are the clean ones of rttmatch" {
	for capture in "$WAN/bulk-loss-far.pcap" "$WAN/nots.pcap" \
	    "$WAN/http.pcap" "$REAL"/04-*; do
		[ -f "$capture" ] || continue
		tcpdecode "$capture" >records.tsv
		rttmatch -c records.tsv | column rtt src sport dst dport \
		    rtt_seq | awk -F'\t' '$5 != "-" {
			k = $1 " " $2 " " $3 " " $4
			if (!n[k]++ || $5 < min[k]) min[k] = $5
		} END { for (k in n) print k, n[k], min[k] }' | sort >want
		flowtrack records.tsv | column conn src sport dst dport \
		    rtts_src rtt_min_src rtts_dst rtt_min_dst | awk -F'\t' '
		$5 > 0 { print $1, $2, $3, $4, $5, $6 }
		$7 > 0 { print $3, $4, $1, $2, $7, $8 }' | sort >got
		same want got
	done
}

@test "-p passes along what was read, and counts come last" {
	tcpdecode "$SAMPLE" >records.tsv
	flowtrack -e -p records.tsv >out
	grep -v -e '^#conn' -e '^conn' -e '^#loss' -e '^loss' \
	    -e '	flowtrack	' out >got
	same records.tsv got
	awk -F'\t' '$1 == "count" { seen = 1 } $1 !~ /count/ && seen' out |
	    same /dev/null -
}

@test "the output does not depend on the random seed" {
	tcpdecode "$SAMPLE" >records.tsv
	flowtrack -e -u 1 records.tsv >one
	flowtrack -e -u 1 records.tsv >two
	same one two
}

@test "losses of both directions come by time, then sequence number" {
	packets >in <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	0.10 C A  11 51 100
	0.20 S A  51 11 100
	0.21 C A  111 51 100
	0.22 S A  151 11 100
	0.50 S A  51 11 100
	0.60 C A  11 51 100
	0.90 S A  151 11 100
	0.90 C A  111 51 100
	END
	printf '%s\n' 100.500000000,dst,51 100.600000000,src,11 \
	    100.900000000,src,111 100.900000000,dst,151 | tr , '\t' >want
	# Which end is first in the table differs from run to run.
	for _ in $(seq 16); do
		flowtrack -e in | column loss time side seq >got
		same want got
	done
}

@test "-D explains losses and records, and changes no record" {
	packets >in <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	0.10 C A  11 51 100
	0.40 C A  11 51 100
	0.44 S A  51 111
	8    C R  111 0
	9    C S  900 0
	END
	flowtrack -e in >want
	run -0 --separate-stderr flowtrack -e -D all in
	same want - <<<"$output"
	tr '\n' ' ' >want <<-'END'
	flowtrack: conn: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80:
	begins with a SYN (roles syn)|
	flowtrack: conn: 109.000000000 10.0.0.1:1000 > 10.0.0.2:80:
	another connection: SYN 900 is none of this one|
	flowtrack: loss: 100.400000000 10.0.0.1:1000 > 10.0.0.2:80:
	rto seq 11:111: timeout:0.300, no duplicate ACKs, late enough for a time-out
	(gap 300.000 ms, RTT 50.000 ms, jitter 0.000 ms)|
	flowtrack: conn: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80:
	record with reason reset: RST from the client, another connection begins|
	flowtrack: conn: 109.000000000 10.0.0.1:1000 > 10.0.0.2:80:
	begins with a SYN (roles syn)|
	flowtrack: conn: 109.000000000 10.0.0.1:1000 > 10.0.0.2:80:
	record with reason end: end of input|
	END
	sed 's/| /\n/g' want >lines
	same lines - <<<"$stderr"
	# One topic, by its option or for a whole pipeline.
	flowtrack -D loss in 2>&1 >/dev/null | same <(grep ': loss: ' lines) -
	CONNPIPE_DEBUG=sample,loss flowtrack in 2>&1 >/dev/null |
	    same <(grep ': loss: ' lines) -
	run -2 flowtrack -D lost in
	[[ "$output" == *"must be of all, conn, loss, accept"* ]]
}

@test "-D explains what ended, and reordering that is only jitter" {
	exchange | sed 's/10\.0\.0\./fd00::/g' >in
	run -0 --separate-stderr flowtrack -D conn in
	[ "${stderr_lines[1]}" = "flowtrack: conn: 100.000000000\
 [fd00::1]:1000 > [fd00::2]:80: record with reason closed: both FINs\
 acknowledged, end of input" ]
	# Every other round trip has 40 ms of jitter.
	for i in $(seq 0 39); do
		awk -v i="$i" 'BEGIN {
			t = i + 1; seq = 11 + 300 * i
			print t, "C A", seq + 100, 51, 100
			print t + 0.005, "C A", seq, 51, 100
			print t + 0.045, "S A", 51, seq + 200
			print t + 0.1, "C A", seq + 200, 51, 100
			print t + 0.14 + i % 2 * 0.008, "S A", 51, seq + 300
		}'
	done >odd
	{ printf '0 C S 10 0\n0.04 S SA 50 11\n0.05 C A 11 51\n'; cat odd; } |
	    packets >in
	flowtrack -e in | column loss what | same /dev/null -
	flowtrack -D loss in 2>&1 >/dev/null |
	    grep -c ': no event, out of order within the jitter seq ' >got
	[ "$(cat got)" -eq 40 ]
}

@test "a column that is missing and one that is malformed are named" {
	exchange | cut -f1-11,13- >missing
	run -1 --separate-stderr flowtrack missing
	[[ "$stderr" == "flowtrack: missing:1: no column 'tsval' in 'pkt' records" ]]
	exchange | sed '3s/	11	/	x	/' >bad
	run -1 --separate-stderr flowtrack bad
	[[ "$stderr" == "flowtrack: bad:3: ack: not a number" ]]
	[ "$(counted flowtrack packets <<<"$output")" -eq 8 ]
}

@test "wrong options are refused with status 2" {
	for wrong in '-n 0' '-u 0' '-I x' -z -u; do
		# shellcheck disable=SC2086 # several words
		run -2 flowtrack $wrong /dev/null
	done
}

@test "updates and ends of idle connections are on time in a live stream" {
	mkfifo fifo
	flowtrack -u 1 -I 3 <fifo >out &
	running=$!
	exec 7>fifo
	echo '0 C S 10 0' | packets |
	    sed "s/	100\.0*	/	$(date +%s.%N)	/" >&7
	until_true 10 grep -q '	update$' out
	until_true 10 grep -q '	idle$' out
	kill -0 $running	# before the end of the stream
	exec 7>&-
	wait $running
}

@test "SIGTERM to a whole pipeline leaves a record of each connection" {
	tcpdecode "$SAMPLE" >records.tsv
	flowtrack <records.tsv | column conn src sport | sort >want
	mkfifo in
	set -m	# so that the pipeline has its own process group
	{ pcapsrc -r in | tcpdecode | flowtrack -p >out; } 3>&- &
	group=$!
	exec 7>in
	cat "$SAMPLE" >&7
	until_true 10 eval '[ "$(records pkt <out | wc -l)" -ge \
	    "$(records pkt <records.tsv | wc -l)" ]'
	kill -TERM -- -$group
	exec 7>&-
	wait $group || true	# the shell, which ends at the signal
	set +m
	until_true 10 grep -q '	flowtrack	bad_lines	' out
	column conn src sport <out | sort >got
	same want got
}

# --- $CASES: one rule of TCP, or of captures, a test ------------------------

# conns CASE NAME ...: these columns of the connections of a case, after those
# of its losses in the file losses: what, side, seq, len and why.
conns() {
	tcpdecode "$CASES/$1.pcap" >records.tsv
	shift
	flowtrack -e records.tsv >out
	column loss what side seq len why <out >losses
	column conn "$@" <out
}

# is: the input, lines of words, is in the file got.
is() {
	tr ' ' '\t' | same - got
}

no_losses() {
	same /dev/null losses
}

# late SIDE MS: pkt records, as if what the side src (port 1024 and more) or dst
# sent had been written that many milliseconds late.
late() {
	awk -F'\t' -v side="$1" -v ms="$2" -v OFS='\t' '
	$1 == "#pkt" { print 0, 0, $0 }
	$1 == "pkt" {
		late = ($4 >= 1024) == (side == "src") ? ms : 0
		printf "%.6f\t%d\t%s\n", $2 + late / 1000, NR, $0
	}' | sort -s -t "$(printf '\t')" -k 1,1n -k 2,2n | cut -f3-
}

@test "a FIN sent again is a retransmission without a byte (RFC 9293, 3.4)" {
	conns fin-resent state unique_src resent_src resent_bytes_src >got
	is <<<"SF 4000 2 0"
	printf 'rto src 5001 0 timeout:0.%s\n' 240 720 | tr ' ' '\t' |
	    same - losses
}

@test "FINs: with data, lost upstream, and copied (RFC 9293, 3.10.7.4)" {
	handshake='0 C S 10 0
		0.04 S SA 50 11
		0.05 C A 11 51'
	# Data and FIN in one segment, sent again: its bytes alone count.
	packets >in <<-END
	$handshake
	0.10 C FPA 11 51 100
	0.50 C FPA 11 51 100
	0.54 S FA 51 112
	0.55 C A 112 52
	END
	flowtrack -e in | tee out | column loss what seq len why >got
	is <<<"rto 11 100 timeout:0.400"
	column conn unique_src resent_src resent_bytes_src <out >got
	is <<<"100 1 100"
	# The ACK after a FIN shows that the FIN is missing.
	packets >in <<-END
	$handshake
	0.10 S FA 51 11
	0.11 C A 12 52
	0.40 C FA 11 52
	0.44 S A 52 12
	END
	flowtrack -e in | column loss what side seq len why >got
	is <<<"upstream src 11 0 delay:0.290"
	# A copy of a FIN comes sooner than any timer.
	packets >in <<-END
	$handshake
	0.10 C FA 11 51
	0.102 C FA 11 51
	0.14 S FA 51 12
	0.15 C A 12 52
	END
	flowtrack -e in | tee out | column loss what len why >got
	is <<<"netdup 0 early"
	column conn state resent_src <out >got
	is <<<"SF 0"
}

@test "what a router reports as too big is sent again for that (RFC 1191, 6.4)" {
	conns pmtu-kernel resent_src toobig_src toobig_bytes_src netdup_src >got
	is <<<"2 2 1300 0"
	is_toobig='toobig src'
	printf '%s toobig\n' "$is_toobig 2249518275 848" \
	    "$is_toobig 2249519123 452" | tr ' ' '\t' | same - losses
}

# toobig SEQ WHAT CODE: an ICMP error about the client's segment of that number.
toobig() {
	printf '#icmp\ttime\tfrom\twhat\tcode\tsrc\tsport\tdst\tdport\tseq\n'
	printf 'icmp\t100.105000000\t10.0.0.9\t%s\t%s\t10.0.0.1\t1000\t' \
	    "$2" "$3"
	printf '10.0.0.2\t80\t%s\n' "$1"
}

@test "an ICMP error about what is not in flight is ignored (RFC 5927, 4.1)" {
	before='0 C S 10 0
		0.04 S SA 50 11
		0.05 C A 11 51
		0.06 C A 11 51 100
		0.10 S A 51 111
		0.101 C A 111 51 1400'
	after='0.106 C A 111 51 1000
		0.107 C A 1111 51 400
		0.15 S A 51 1511'
	for error in "111 unreach 4" "111 toobig 0"; do
		# shellcheck disable=SC2086 # three words
		{ packets <<<"$before"; toobig $error; packets <<<"$after"; } |
		    flowtrack -e | column loss what seq len why >got
		printf 'toobig 111 1000 toobig\ntoobig 1111 400 toobig\n' | is
	done
	for error in "11 unreach 4" "1511 unreach 4" "5000 toobig 0" \
	    "111 unreach 1" "111 timex 4"; do
		# shellcheck disable=SC2086 # three words
		{ packets <<<"$before"; toobig $error; packets <<<"$after"; } |
		    flowtrack -e | column loss what >got
		printf 'unknown\nunknown\n' | same - got
	done
	# A router does not report each segment; what is lost again is lost.
	{ packets <<<"$before"; toobig 1000 toobig 0; packets <<-'END'; } |
	0.106 C A 111 51 1000
	0.107 C A 1111 51 400
	0.40 C A 111 51 1000
	0.44 S A 51 1511
	END
	    flowtrack -e | column loss what seq len >got
	printf 'toobig 111 1000\ntoobig 1111 400\nrto 111 1000\n' | is
	# Another five-tuple's, and one whose connection is unknown.
	{ packets <<<"$before"; toobig 111 toobig 0 | sed 's/	1000	/	1001	/
	    '; packets <<<"$after"; } | flowtrack -e | column loss what >got
	printf 'unknown\nunknown\n' | same - got
	# In a VLAN, too.
	{ packets <<<"$before"; toobig 111 toobig 0; packets <<<"$after"; } |
	    awk -F'\t' -v OFS='\t' '$1 == "#pkt" { print $0, "tags"; next }
	    $1 == "pkt" { print $0, "vlan=10"; next } { print }' |
	    flowtrack -e | column loss what >got
	printf 'toobig\ntoobig\n' | same - got
}

@test "a direction written late is no loss: stamps show what came first" {
	conns one-direction-late-in-file unique_src unique_dst resent_src >got
	is <<<"84 129 0"
	no_losses
	[ "$(counted flowtrack late_stamps <out)" -eq 9 ]
	for side in src dst; do
		for ms in 20 150 400 900; do
			late "$side" "$ms" <records.tsv | flowtrack -e |
			    column loss what | same /dev/null -
		done
	done
}

@test "either direction of a clean link, written up to a second late" {
	for capture in bulk-clean http; do
		tcpdecode "$WAN/$capture.pcap" >records.tsv
		for side in src dst; do
			for ms in 20 150 900; do
				late "$side" "$ms" <records.tsv | flowtrack -e |
				    column loss what | same /dev/null -
			done
		done
	done
}

@test "what was lost is still found where a direction was written late" {
	tcpdecode "$WAN/bulk-loss-far.pcap" >records.tsv
	for side in src dst; do
		for ms in 20 150 400; do
			late "$side" "$ms" <records.tsv | flowtrack -e |
			    column loss what | grep -vc reorder >got
			echo "$side $ms: $(cat got) of 29"
			[ "$(cat got)" -ge 20 ] && [ "$(cat got)" -le 29 ]
		done
	done
}

@test "data captured after its ACK is out of order, not lost" {
	conns ack-captured-before-its-data resent_dst ooo_dst unique_dst >got
	is <<<"0 2 10000"
	no_losses
}

@test "an ACK of what was never sent is refused (RFC 5961, 5.2)" {
	conns ack-never-sent state unique_src unique_dst resent_src >got
	is <<<"SF 140 215 0"
	no_losses
}

@test "data beyond the window is refused (RFC 9293, 3.10.7.4)" {
	conns data-out-of-window state unique_src >got
	is <<<"SF 140"
	no_losses
}

@test "a RST outside the window ends nothing (RFC 5961, 3.2)" {
	conns rst-blind-out-of-window state unique_src reason >got
	is <<<"SF 140 closed"
	no_losses
}

@test "a RST of the last incarnation does not end this one (RFC 5961, 3.2)" {
	conns rst-of-old-incarnation state unique_src >got
	printf 'RSTO 28\nSF 56\n' | is
}

@test "a reset connection's ports are used again (RFC 9293, 3.10.7.3)" {
	conns rst-challenge-reuse-kernel state >got
	printf 'RSTO\nSF\n' | same - got
	no_losses
}

@test "a challenge ACK in TIME-WAIT ends nothing (RFC 5961, 4.2)" {
	conns ack-challenge-timewait state unique_src >got
	printf 'SF 2\nS1 2\n' | is
	no_losses
}

@test "a SYN inside a connection begins none (RFC 5961, 4.2)" {
	conns syn-stale-inside state >got
	is <<<SF
	no_losses
}

@test "a SYN after the RST of a challenge goes on (RFC 5961, 4.2)" {
	conns challenge-ack-rst-then-syn-again state pkts_src >got
	is <<<"SF 7"
	no_losses
}

@test "a SYN sent once more after a RST has its packets once" {
	conns syn-rst-syn-windows state history pkts_src pkts_dst >got
	printf 'REJ Sr 2 2\nSF ShADdFf 8 4\n' | is
}

@test "a handshake in four parts is one connection (RFC 9293, 3.5)" {
	conns split-handshake src state unique_src >got
	is <<<"10.0.0.1 S1 28"
}

@test "keep-alives and refused Fast Open data are sent twice" {
	# RFC 9293, 3.8.4; RFC 7413, 4.2.2.
	conns keepalive-unique unique_src keepalives_src >got
	is <<<"1000 11"
	conns tfo-refused-unique unique_src >got
	is <<<27
	conns fast-open-refused unique_src >got
	is <<<500
}

@test "a fast retransmission is no copy (RFC 5681, 3.2)" {
	conns fast-retransmission-called-netdup netdup_src fast_src >got
	is <<<"0 1"
	column loss what why <out | grep -q 'fast	dupack:4'
}

@test "what was captured twice was sent once" {
	for name in any-router-twice-kernel mirror-twice; do
		conns "$name" syns_src syns_dst resent_src resent_dst |
		    sort -u >got
		[ "$name" = mirror-twice ] || is <<<"0 0 0 0"
		no_losses
	done
	conns mirror-twice unique_src unique_dst >got
	is <<<"5000 1000"
}

@test "the same ends in two VLANs are two connections" {
	conns vlan-overlap state >got
	printf 'SF\nSF\n' | same - got
	no_losses
}

@test "histories are Zeek's where the SYN comes after the SYN/ACK" {
	conns synack-before-syn history >got
	is <<<"^hSADdFf"
	conns synack-first history >got
	is <<<"^hAD"
}

@test "a clock that steps makes no connection long" {
	for name in clock-back clock-back-100s ack-stamped-before-synack; do
		conns "$name" state took | sort -u >got
		is <<<"SF 0.140100000"
		no_losses
	done
	tcpdecode "$CASES"/clock-[ab].pcap | flowtrack |
	    column conn state took | sort -u >got
	is <<<"SF 0.140100000"
	conns synack-stamped-before-syn state took >got
	is <<<"SF 0.140101000"
}

@test "an hour without a packet splits no connection" {
	conns quiet-hour state took | sort | uniq -c | awk '{ print $2, $3 }' \
	    >got
	grep -v '^SF ' got | same /dev/null -
}

@test "each loss has its evidence" {
	tcpdecode "$CRAFTED/loss.pcap" | flowtrack -e |
	    column loss sport what why | sort -u >got
	is <<-'END'
	2001 rto timeout:0.300
	2002 fast dupack:3
	2003 upstream delay:0.053
	2004 reorder early
	2005 netdup ipid
	2006 spurious acked
	2007 keepalive keepalive
	2008 zwprobe window
	END
	for capture in "$WAN"/*.pcap "$CRAFTED"/*.pcap; do
		tcpdecode "$capture" | flowtrack -e | column loss why
	done | sed 's/:[0-9.]*$//' | sort -u >got
	sed -n '/^\.Ss Evidence/,/^\.Ss/p' "$top/share/man/man1/flowtrack.1" |
	    sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' | sort >documented
	comm -23 got documented | grep -vx -e - | same /dev/null -
}

@test "a newer timestamp is proof of a retransmission, however soon it comes" {
	timed <<-'END' | flowtrack -e | column loss what seq len why >got
	0     C S  10 0   0 1 0 sackok
	0.08  S SA 50 11  0 1 1 sackok
	0.081 C A  11 51  0 2 1
	0.10  C A  11 51 100 3 1
	0.10  C A 111 51 100 3 1
	0.14  C A  11 51 100 7 1
	0.22  S A  51 211 0 9 7
	END
	is <<<"unknown 11 100 -"
}

@test "an identical segment that nothing asked for is a duplicate" {
	packets <<-'END' | flowtrack -e | column loss what seq why >got
	0     C S  10 0
	0.04  S SA 50 11
	0.041 C A  11 51
	0.10  C A  11 51 100
	0.101 C A 111 51 100
	0.15  C A  11 51 100
	0.16  S A  51 211
	END
	is <<<"netdup 11 copy"
}

@test "a SACK block that the ACK of a FIN repeats is no D-SACK" {
	timed <<-'END' | flowtrack -e >out
	0     C S  10 0   0 1 0 sackok
	0.04  S SA 50 11  0 1 1 sackok
	0.041 C A  11 51  0 2 1
	0.10  C A 111 51 100 3 1
	0.101 C FA 211 51  0 3 1
	0.14  S A  51  11  0 5 2 sack=111:212
	0.15  C A  11 51 100 9 5
	0.19  S A  51 212  0 9 9 sack=111:212
	END
	column loss what seq len <out >got
	is <<<"upstream 11 100"
}

@test "of several retransmissions each is judged by the echo" {
	timed <<-'END' | flowtrack -e | column loss what time why >got
	0     C S  10 0   0 1 0 sackok
	0.04  S SA 50 11  0 1 1 sackok
	0.041 C A  11 51  0 2 1
	0.10  C A  11 51 100 100 1
	0.40  C A  11 51 100 400 1
	1.00  C A  11 51 100 1000 1
	1.04  S A  51 111 0 1040 400
	END
	printf 'rto 100.400000000 timeout:0.300\nspurious 101.000000000 echo\n' | is
}

@test "a retransmission that also fills a hole is judged for all that it has" {
	timed <<-'END' | flowtrack -e | column loss what seq len >got
	0     C S  10 0   0 1 0 sackok
	0.04  S SA 50 11  0 1 1 sackok
	0.041 C A  11 51  0 2 1
	0.10  C A  11 51 100 3 1
	0.101 C A 211 51 100 3 1
	0.14  S A  51  11 0 5 2 sack=211:311
	0.15  C A  11 51 200 9 5
	0.19  S A  51 311 0 9 9
	END
	printf 'fast 11 100\nupstream 111 100\n' | is
}

@test "what was lost is unknown if one side only was captured" {
	packets <<-'END' | flowtrack -e | column loss what why >got
	0     C S  10 0
	0.041 C A  11 51
	0.10  C A  11 51 100
	0.40  C A  11 51 100
	END
	is <<<"unknown timeout"
}

@test "a D-SACK is about the retransmission that has its edges" {
	timed <<-'END' | flowtrack -e | column loss what time seq >got
	0     C S  10 0   0 1 0 sackok
	0.04  S SA 50 11  0 1 1 sackok
	0.041 C A  11 51  0 2 1
	0.10  C A  11 51 100 100 1
	0.20  C A 111 51 100 200 1
	0.26  C A 111 51 100 260 1
	0.50  C A  11 51 200 500 1
	0.60  S A  51 211 0 590 200 sack=111:211
	0.64  S A  51 211 0 630 500 sack=11:211
	END
	printf 'spurious 100.260000000 111\nspurious 100.500000000 11\n' | is
}

@test "cases cost the logarithm of their number: 500 holes or 8,000" {
	sacks() {
		awk -v holes="$1" '
		BEGIN {
			for (i = 0; i < holes; i++)
				printf "%.6f C A %d 1 100 3 1\n", i / 1e6,
				    1100 + 200 * i
			for (i = 0; i < 20000; i++) {
				at = 1100 + 200 * (i * 7919 % holes)
				printf "%.6f S A 1 1000 0 3 1 sack=%d:%d\n",
				    1 + i / 1e6, at, at + 100
			}
		}' | timed
	}
	sacks 500 >few
	sacks 8000 >many
	timeout 20 flowtrack -e <few >out
	timeout 20 flowtrack -e <many >out
	[ "$(counted flowtrack undecided <out)" -eq 0 ]
}
