#!/usr/bin/env bats
# hsclass: the verdict on every attempt, compared with what clients saw and with
# tshark.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# Packets between a client C (10.0.0.1:1000) and a server S (10.0.0.2:80), or a
# second client D (10.0.0.1:1001) and its server T (10.0.0.2:80), one per line:
# time, sender, flags, seq, ack, and optionally len, tsval, tsecr.
packets() {
	printf '#pkt\ttime\tsrc\tsport\tdst\tdport\tflags\tseq\tack\twin\tlen'
	printf '\ttsval\ttsecr\topts\n'
	awk -v OFS='\t' '
	BEGIN {
		ends["C"] = "10.0.0.1\t1000\t10.0.0.2\t80"
		ends["S"] = "10.0.0.2\t80\t10.0.0.1\t1000"
		ends["D"] = "10.0.0.1\t1001\t10.0.0.2\t80"
		ends["T"] = "10.0.0.2\t80\t10.0.0.1\t1001"
	}
	NF {
		len = NF > 5 ? $6 : 0
		tsval = NF > 6 ? $7 : "-"
		tsecr = NF > 7 ? $8 : "-"
		print "pkt", sprintf("%.9f", 100 + $1), ends[$2], $3, $4, $5,
		    1000, len, tsval, tsecr, "-"
	}'
}

# result why took rtt_server rtt_client syns synacks of each attempt.
verdicts() {
	packets | hsclass "$@" | records hs | cut -f7-13 |
	    sed 's/\(\.[0-9][0-9]*[1-9]\)0*/\1/g; s/\.0*	/	/g' | tr '\t' ' '
}

# judged WANT ...: these are the verdicts on the packets on standard input.
judged() {
	printf '%s\n' "$@" >want
	verdicts >got
	same want got
}

@test "verdicts over a link are those that the client saw" {
	for name in handshake handshake-loss; do
		tcpdecode "$WAN/$name.pcap" | hsclass 'all:ANY@*:*' |
		    records hs | cut -f3-8 | sort >all
		awk -F'\t' -v OFS='\t' '
		BEGIN {
			end[80] = "success\t-"
			end[81] = "reject\trst"
			end[82] = "pending\tno-answer"
			end[83] = "unreach\tadmin"
			end[84] = "unreach\tport"
		}
		NR > 1 { print $2, $3, $4, $5, end[$5] }
		' "$WAN/$name.connect.tsv" | sort >want
		# Among other traffic there is one record for each of these.
		cut -f1-4 want | grep -Fwf - all >got
		same want got
	done
}

@test "round trips of handshakes are those of the link, to 1 ms" {
	for name in handshake handshake-loss; do
		tcpdecode "$WAN/$name.pcap" | hsclass | records hs |
		    awk -F'\t' '$7 == "success" {
			if ($10 != "-") { n++; ok += $10 > .009 && $10 < .011 }
			if ($11 != "-") { n++; ok += $11 > .039 && $11 < .041 }
		} END { print n, ok; exit !(n > 200 && ok / n > 0.98) }'
	done
}

@test "retransmitted SYNs and SYN/ACKs are counted as they passed the capture point" {
	tcpdecode "$WAN/handshake-loss.pcap" >records.tsv
	records pkt <records.tsv | awk -F'\t' -v OFS='\t' '
		$7 == "S" { syns[$3 OFS $4 OFS $5 OFS $6]++ }
		$7 == "SA" { acks[$5 OFS $6 OFS $3 OFS $4]++ }
		END { for (k in syns) print k, syns[k] - 1,
		    acks[k] ? acks[k] - 1 : 0 }' | sort >want
	hsclass <records.tsv | records hs | cut -f3-6,12,13 | sort >got
	same want got
	[ "$(awk '$5 + $6 > 0' want | wc -l)" -gt 20 ]
}

@test "six crafted cases have their verdicts" {
	tcpdecode "$CRAFTED/hs.pcap" | hsclass | records hs |
	    cut -f4,7,8,10-13 | sort >got
	tr ' ' '\t' >want <<-'END'
	1001 success - 0.010000000 0.010000000 0 0
	1002 reject rst - - 0 0
	1003 pending no-answer - - 2 0
	1004 success fastopen 0.010000000 0.010000000 0 0
	1005 success simultaneous - - 0 0
	1006 abort client-rst 0.010000000 - 0 0
	END
	same want got
}

@test "handshakes of every kind have their verdicts" {
	tcpdecode "$PACKETS/handshakes.pcap" | hsclass | records hs |
	    awk -F'\t' '{ print $4, $7, $8, $12, $13 }' | sort -n >got
	# The port of the client tells them apart: see t/data/packets.
	cat >want <<-'END'
	1001 reject rst 0 0
	1002 reject rst 0 0
	1003 reject rst 0 0
	1004 success - 0 0
	1005 unreach net 0 0
	1006 unreach net 1 0
	1007 reject rst 0 0
	1008 unreach host 0 0
	1009 unreach admin 0 0
	1010 unreach port 0 0
	1011 unreach ttl 0 0
	1012 success - 2 0
	1013 success - 0 1
	1014 success simultaneous 0 0
	1015 success - 0 0
	1015 success - 0 0
	1015 success - 0 0
	1016 success - 0 0
	1017 success - 1 0
	1018 success - 0 0
	1019 success fastopen 0 0
	1020 abort fin 0 0
	1021 abort client-rst 0 0
	1022 timeout no-ack 0 1
	1023 timeout no-answer 2 0
	1024 success - 0 0
	END
	same want got
}

# real NAME: the verdicts in a capture of others: count result why.
real() {
	tcpdecode "$REAL"/"$1"-* | hsclass | records hs | cut -f7,8 | sort |
	    uniq -c | awk '{ print $1, $2, $3 }'
}

@test "captures of others whose theme is a handshake have their verdicts" {
	need_real
	check() {
		local name=$1
		shift
		printf '%s\n' "$@" >want
		real "$name" >got
		echo "$name"
		same want got
	}
	check 10 '3 reject rst' '2 success -'
	check 12 '2 unreach net'
	check 13 '1 reject rst'
	check 14 '1 unreach host'
	check 15 '2 success -'
	check 16 '1 success -'
	check 17 '1 success simultaneous'
	check 18 '17 success -'
	check 26 '6 success -'
	check 27 '1 abort fin' '2 success -'
	[ "$(real 09 | awk '/reject/ { print $1 }')" -eq 6 ]
	# 69 SYNs without an answer, for two of them an ICMP error; RSTs; SYN/ACKs
	# without an ACK, which the server ends by a RST.
	check 11 '7 reject rst' '5 reject rst-after-synack' '56 success -' \
	    '67 timeout no-answer' '2 unreach host'
}

@test "there is one attempt for each SYN that differs in ISN for tshark" {
	need tshark
	for capture in "$WAN"/h*.pcap "$PACKETS"/wrap.pcap \
	    "$REAL"/04-* "$REAL"/05-* "$REAL"/11-* "$REAL"/18-* \
	    "$REAL"/26-* "$REAL"/47-*; do
		[ -f "$capture" ] || continue
		want=$(tshark -n -r "$capture" -Y 'tcp.flags.syn == 1 &&
		    tcp.flags.ack == 0 && !icmp && !icmpv6' -T fields \
		    -e ip.src -e ipv6.src -e tcp.srcport -e ip.dst -e ipv6.dst \
		    -e tcp.dstport -e tcp.seq_raw 2>/dev/null | sort -u | wc -l)
		got=$(tcpdecode "$capture" | hsclass | records hs |
		    awk -F'\t' '$8 != "midstream"' | wc -l)
		echo "$capture $got $want"
		[ "$got" -eq "$want" ]
	done
}

@test "a FIN that acknowledges something shows an answer that was not captured" {
	judged 'success one-sided 1 - - 0 0' <<-'END'
	0    C S  10 0
	1    C FA 11 51
	END
	judged 'abort fin 1 - - 0 0' <<-'END'
	0    C S  10 0
	1    C FA 11 0
	END
}

@test "a SYN with a stamp far ahead holds neither its verdict nor others" {
	packets >in <<-'END'
	0     C S  10 0
	86400 D S  10 0
	0.02  T SA 50 11
	0.03  D A  11 51
	0.04  S SA 50 11
	0.05  C A  11 51
	20    C A  11 51
	21    C A  11 51
	END
	# The verdicts come before the last packet.
	hsclass -p in | grep -v '^[#c]' | tail -n 3 |
	    awk -F'\t' -v OFS='\t' '{ print $1, $2, $3, $7, $8 }' >got
	tr ' ' '\t' >want <<-'END'
	hs 100.020000000 10.0.0.1 success -
	hs 100.000000000 10.0.0.1 success -
	pkt 121.000000000 10.0.0.1 A 11
	END
	same want got
}

@test "the round trip of a retransmitted SYN is known only by its timestamp" {
	judged 'success - 1.05 - 0.01 1 0' <<-'END'
	0    C S  10 0
	1    C S  10 0
	1.04 S SA 50 11
	1.05 C A  11 51
	END
	judged 'success - 1.05 0.04 0.01 1 0' <<-'END'
	0    C S  10 0  0 500  0
	1    C S  10 0  0 1500 0
	1.04 S SA 50 11 0 9    1500
	1.05 C A  11 51 0 1550 9
	END
	# The timestamp of the first SYN after the second: a retransmitted SYN/ACK.
	judged 'success - 1.05 - 0.01 1 0' <<-'END'
	0    C S  10 0  0 500  0
	1    C S  10 0  0 1500 0
	1.04 S SA 50 11 0 9    500
	1.05 C A  11 51 0 1550 9
	END
}

@test "a SYN/ACK that may be a retransmitted one gives no round trip" {
	judged 'success - 1.05 - 0.01 0 0' <<-'END'
	0    C S  10 0
	1.04 S SA 50 11
	1.05 C A  11 51
	END
	judged 'success - 1.02 0.04 - 0 1' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	1.01 S SA 50 11
	1.02 C A  11 51
	END
}

@test "data, a FIN or a segment of the server stand for a lost third ACK" {
	judged 'success - 0.06 0.04 - 0 0' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.06 C PA 11 51 100
	END
	judged 'success - 0.07 0.04 - 0 0' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.07 S PA 51 11 20
	END
	# Only one direction is captured.
	judged 'success one-sided 0.05 - - 0 0' <<-'END'
	0    C S 10 0
	0.05 C A 11 51
	END
	judged 'success midstream 0.01 - 0.01 0 0' <<-'END'
	0.04 S SA 50 11
	0.05 C A  11 51
	END
}

@test "a RST counts only if it answers the SYN" {
	judged 'reject rst 0.04 - - 0 0' <<-'END'
	0    C S  10 0
	0.04 S RA 0 11
	END
	judged 'pending no-answer 0.04 - - 0 0' <<-'END'
	0    C S  10 0
	0.04 S RA 0 99
	END
	judged 'pending no-answer 0.04 - - 0 0' <<-'END'
	0    C S  10 0
	0.04 S R  777 0
	END
	judged 'reject rst-after-synack 0.06 0.04 - 0 0' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.06 S R  51 0
	END
	judged 'abort client-rst 0.06 0.04 - 0 0' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.06 C R  11 0
	END
}

@test "an ACK or SYN/ACK of a half-open peer is no success" {
	# A challenge ACK of another connection, and the RST that answers it.
	judged 'pending no-answer 1 - - 1 0' <<-'END'
	0    C S  10 0
	0.04 S A  900 700
	0.05 C R  700 0
	1    C S  10 0
	END
	judged 'pending no-answer 0.04 - - 0 0' <<-'END'
	0    C S  10 0
	0.04 S SA 50 7000
	END
}

@test "a SYN/ACK with another sequence number counts as a retransmitted one" {
	judged 'success - 0.07 0.04 - 0 1' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.06 S SA 90 11
	0.07 C A  11 91
	END
}

@test "a SYN with another sequence number begins a new attempt" {
	judged 'abort new-syn 5 - - 0 0' 'success - 0.05 0.04 0.01 0 0' <<-'END'
	0    C S  10 0
	5    C S  20 0
	5.04 S SA 50 21
	5.05 C A  21 51
	END
	# A late copy of the SYN; then the same ports are used again.
	judged 'success - 0.05 0.04 0.01 0 0' 'reject rst 0.01 - - 0 0' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	0.09 S A  51 11
	0.2  C S  10 0
	9    C S  80 0
	9.01 S RA 0 81
	END
}

@test "a SYN with the same number and a newer timestamp reuses the port" {
	judged 'success - 0.05 0.04 0.01 0 0' 'success - 0.05 0.04 0.01 0 0' <<-'END'
	0    C S  10 0  0 100 0
	0.04 S SA 50 11 0 900 100
	0.05 C A  11 51 0 150 900
	0.09 S A  51 11 0 950 150
	0.2  C S  10 0  0 120 0
	0.3  C FA 11 51 0 300 950
	9    C S  10 0  0 9000 0
	9.04 S SA 80 11 0 9800 9000
	9.05 C A  11 81 0 9050 9800
	END
}

@test "a verdict waits for retransmissions after a loss downstream" {
	# The RST is lost, so the client sends two more SYNs.
	judged 'reject rst 0.01 - - 2 0' <<-'END'
	0    C S  10 0
	0.01 S RA 0 11
	1    C S  10 0
	1.01 S RA 0 11
	3    C S  10 0
	3.01 S RA 0 11
	END
	# The third ACK is lost, so the server sends one more SYN/ACK.
	judged 'success - 0.05 0.04 0.01 0 1' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	1.04 S SA 50 11
	1.05 C A  11 51
	END
}

@test "Fast Open is reported if the server accepted it" {
	judged 'success fastopen 0.05 0.04 0.01 0 0' <<-'END'
	0    C S  10 0 30
	0.04 S SA 50 41
	0.05 C A  41 51
	END
	judged 'success - 0.05 0.04 0.01 0 0' <<-'END'
	0    C S  10 0 30
	0.04 S SA 50 11
	0.05 C A  11 51
	END
}

@test "ECN and AccECN SYNs are SYNs" {
	judged 'success - 0.05 0.04 0.01 0 0' <<-'END'
	0    C SEC  10 0
	0.04 S SAE  50 11
	0.05 C A    11 51
	END
	judged 'success - 0.05 0.04 0.01 0 0' <<-'END'
	0    C SECN 10 0
	0.04 S SACN 50 11
	0.05 C A    11 51
	END
}

@test "an attempt times out that long after its last packet, where took ends" {
	printf '%s\n' 'timeout no-answer 1 - - 1 0' >want
	verdicts -t 10 >got <<-'END'
	0  C S  10 0
	1  C S  10 0
	99 S A  1 1
	END
	same want got
	printf '%s\n' 'timeout no-ack 0.04 0.04 - 0 0' >want
	verdicts >got <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	99   S A  1 1
	END
	same want got
	# Linux sends its last SYN, the seventh, at 63 s, and waits 64 s.
	judged 'success - 126.54 - 0.04 6 0' <<-'END'
	0      C S  10 0
	1      C S  10 0
	3      C S  10 0
	7      C S  10 0
	15     C S  10 0
	31     C S  10 0
	63     C S  10 0
	126.5  S SA 50 11
	126.54 C A  11 51
	END
	# An hour between two SYNs.
	printf '%s\n' 'success - 3600.05 - 0.01 1 0' >want
	verdicts -t 4000 >got <<-'END'
	0       C S  10 0
	3600    C S  10 0
	3600    C S  10 0
	3600.04 S SA 50 11
	3600.05 C A  11 51
	END
	same want got
}

# early: verdicts with -E, with the result that each replaces.
early() {
	printf '%s\n' "$@" >want
	packets | hsclass -E -p | grep -v '^[#c]' | awk -F'\t' '
	$1 == "hs" { print $2, $7, $8, $12, $13, $15 }
	$1 == "pkt" { print $2 }' | sed 's/0*\( \|$\)/\1/' >got
	same want got
}

@test "-E writes a verdict after the packet that decides it, and again if it changes" {
	early 100. 100.04 100.05 '100. success - 0 0 -' 101. 103. \
	    '100. success - 0 1 success' <<-'END'
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	1    S SA 50 11
	3    C A  11 51
	END
	# Windows: three SYNs, of which the last succeeds.
	early 100. 100.04 '100. reject rst 0 0 -' 100.5 100.54 100.55 \
	    '100. success - 1 0 reject' 104. <<-'END'
	0    C S  10 0
	0.04 S RA 0 11
	0.5  C S  10 0
	0.54 S SA 50 11
	0.55 C A  11 51
	4    C A  11 51
	END
	icmp unreach 1 >in
	packets >>in <<-'END'
	0    C S  10 0
	1    C S  10 0
	1.04 S SA 50 11
	1.05 C A  11 51
	END
	sort -t'	' -k1,1r -k2,2 in | grep '^#' >sorted
	grep -v '^#' in | sort -t'	' -k2,2n >>sorted
	hsclass -E sorted >out
	records hs <out | cut -f7,8,15 >got
	printf 'unreach\thost\t-\nsuccess\t-\tunreach\n' | same - got
	[ "$(counted hsclass attempts <out)" -eq 1 ]
	[ "$(counted hsclass success <out)" -eq 1 ]
	[ "$(counted hsclass unreach <out)" -eq 0 ]
}

@test "without -E each attempt has one record, and -E ends with the same verdicts" {
	for capture in "$WAN"/h*.pcap "$PACKETS"/handshakes.pcap; do
		tcpdecode "$capture" | hsclass | records hs | sort >want
		tcpdecode "$capture" | hsclass -E | records hs | awk -F'\t' '
		{ $15 = "-"; last[$2, $3, $4, $5, $6] = $0 }
		END { for (i in last) print last[i] }' OFS='\t' | sort >got
		same want got
	done
}

# icmp WHAT CODE [SEQ]: an error about the SYN of C with sequence number 10.
icmp() {
	printf '#icmp\ttime\tfrom\twhat\tcode\tsrc\tsport\tdst\tdport\tseq\n'
	printf 'icmp\t100.5\t10.9.9.9\t%s\t%s\t10.0.0.1\t1000\t' "$1" "$2"
	printf '10.0.0.2\t80\t%s\n' "${3:-10}"
}

@test "a hard ICMP error ends an attempt and is its reason" {
	{ echo '0 C S 10 0' | packets; icmp unreach 3; } >in
	hsclass <in | records hs | cut -f7-9 >got
	printf 'unreach\tport\t0.500000000\n' | same - got
	for code in 2:proto 9:admin-net 10:admin-host 13:admin; do
		{ echo '0 C S 10 0' | packets; icmp unreach ${code%:*}; } |
		    hsclass | records hs | cut -f7,8 >got
		printf 'unreach\t%s\n' ${code#*:} | same - got
	done
	hsclass -U <in | records hs | cut -f7 >got
	echo pending | same - got
}

@test "a soft ICMP error is the reason only if nothing better follows" {
	{ echo '0 C S 10 0' | packets; icmp unreach 1; } >soft
	hsclass <soft | records hs | cut -f7,8 >got
	printf 'unreach\thost\n' | same - got
	{ cat soft; printf '%s\n' '1 C S 10 0' '1.04 S SA 50 11' \
	    '1.05 C A 11 51' | packets; } | hsclass | records hs | cut -f7 >got
	echo success | same - got
	{ echo '0 C S 10 0' | packets; icmp timex 0; } | hsclass |
	    records hs | cut -f7,8 >got
	printf 'unreach\tttl\n' | same - got
}

@test "'fragmentation needed', 'too big' and foreign quotes decide nothing" {
	for error in 'unreach 4' 'toobig 0' 'quench 0' 'redirect 1' \
	    'unreach 3 777'; do
		# Word splitting is meant.
		{ echo '0 C S 10 0' | packets; icmp $error; } | hsclass |
		    records hs | cut -f7 >got
		echo pending | same - got
	done
}

@test "filters match by direction, address of the other host and port" {
	tcpdecode "$SAMPLE" >records.tsv
	reported() {
		hsclass -l 10.77.1.1 -l fd77:1::1 "$@" <records.tsv |
		    records hs | cut -f5,6,14 | sort | uniq -c |
		    awk '{ print $1, $2, $3, $4 }'
	}
	reported >got
	all=$(awk '{ n += $1 } END { print n }' got)
	[ "$(awk '$4 == "TX" { n += $1 } END { print n }' got)" -eq "$all" ]
	reported web:TX@%:80 refused:TX@10.77.0.0/16:81 six:TX@[fd77:2::]/32:* \
	    all:ANY@*:1-1023 none:RX@%:% >got
	grep -q ' 10.77.2.1 80 web,all$' got
	grep -q ' 10.77.2.1 81 refused,all$' got
	grep -q ' fd77:2::1 80 web,six,all$' got
	run ! grep none got
	# A filter without a name excludes, whatever else matches.
	reported all:TX@%:% :TX@10.77.2.1:80:81 >got
	run ! grep -E ' 10\.77\.2\.1 (80|81) ' got
	grep -q ' fd77:2::1 80 all$' got
	# Prefixes need not be aligned; there may be several ports and addresses.
	reported x:TX@10.77.2.9/24:81:82,fd77::1:99 >got || true
	reported x:TX@10.77.2.9/24:81:82,[fd77:2::9]/64:81 >got
	[ "$(awk '{ print $3 }' got | sort -u)" = 81 ]
}

@test "-f reads filters from a CSV file" {
	cat >filters.csv <<-'END'
	web,TX,%,80 443
	"six",TX,fd77:2::/32,*
	,TX,10.77.2.1,80
	END
	tcpdecode "$SAMPLE" >records.tsv
	hsclass -l 10.77.1.1 -l fd77:1::1 -f filters.csv <records.tsv >got
	hsclass -l 10.77.1.1 -l fd77:1::1 web:TX@%:80:443 'six:TX@[fd77:2::]/32:*' \
	    :TX@10.77.2.1:80 <records.tsv >want
	same want got
	echo 'x,TX,%' >short.csv
	run -2 hsclass -f short.csv
	[[ "$output" == "hsclass: short.csv:1: must have four fields"* ]]
	printf 'a,TX,%%,80\nb,YX,%%,80\n' >bad.csv
	run -2 hsclass -f bad.csv
	[[ "$output" == "hsclass: bad.csv:2: 'YX': must be RX, TX or ANY" ]]
}

@test "a wrong filter is reported with its wrong part, and status 2" {
	complains() {
		run -2 hsclass -e "$1"
		[ "${lines[0]}" = "hsclass: -e: invalid filter '$1': $2" ] ||
		    { echo "$output"; false; }
		[ "${lines[1]}" = "try 'hsclass --help'" ]
	}
	complains web "'web': must have a ':' after the name"
	complains web:UP@%:80 "'UP': must be RX, TX or ANY"
	complains web:TX "'TX': must have an '@' after it"
	complains 'a b:TX@%:80' \
	    "'a b': a name must be letters, digits, '_', '.' and '-'"
	complains web:TX@%:0x50 \
	    "'0x50': must be a port, a range of ports, '%' or '*'"
	complains web:TX@%:70000 \
	    "'70000': must be a port, a range of ports, '%' or '*'"
	complains web:TX@%:9-1 \
	    "'9-1': must be a port, a range of ports, '%' or '*'"
	complains web:TX@10.0.0:80 \
	    "'10.0.0': must be an address, address/bits, '%' or '*'"
	complains web:TX@10.0.0.0/33:80 \
	    "'10.0.0.0/33': must be an address, address/bits, '%' or '*'"
	complains web:TX@10.0.0.1 \
	    "'10.0.0.1': must have ':' and a port after the address"
}

@test "a full table drops the oldest attempt as pending, and counts it" {
	printf '%s\n' '0 C S 10 0' | packets >in
	printf '%s\n' '1 C S 10 0' | packets | records pkt |
	    sed 's/10\.0\.0\.1/10.0.0.7/g' >>in
	hsclass -n 1 <in >out
	records hs <out | cut -f3,7,8 >got
	printf '10.0.0.1\tpending\tforgotten\n10.0.0.7\tpending\tno-answer\n' |
	    same - got
	[ "$(counted hsclass forgotten <out)" -eq 1 ]
}

@test "counts come last, those of upstream programs too" {
	tcpdecode "$SAMPLE" | rttmatch -p | hsclass -p |
	    awk -F'\t' '$1 == "count" { seen = 1 } $1 !~ /count/ && seen' >got
	same /dev/null got
}

@test "operands are files, or filters if they look like one" {
	tcpdecode "$SAMPLE" >records.tsv
	local='-l 10.77.1.1'
	hsclass $local <records.tsv >want
	for files in records.tsv ./records.tsv '-r records.tsv' \
	    '--read records.tsv'; do
		# shellcheck disable=SC2086
		hsclass $local $files >got
		same want got
	done
	hsclass $local -e web:TX@%:80 -e x:TX@%:81 <records.tsv >want
	[ "$(records hs <want | wc -l)" -gt 0 ]
	hsclass $local web:TX@%:80 x:TX@%:81 records.tsv >got
	same want got
	hsclass $local records.tsv --filter web:TX@%:80 x:TX@%:81 >got
	same want got
	# Two files are one stream.
	hsclass $local - records.tsv <records.tsv | counted hsclass packets >got
	records pkt <records.tsv | wc -l | awk '{ print 2 * $1 }' | same - got
	# An operand that looks like a filter is one, right or wrong.
	run -2 hsclass web:UP@%:80
	[ "${lines[0]}" = "hsclass: invalid filter 'web:UP@%:80': 'UP': must be RX, TX or ANY" ]
	run -1 --separate-stderr hsclass web
	[ "$stderr" = "hsclass: web: No such file or directory" ]
	cp records.tsv a:TX@b
	hsclass $local ./a:TX@b >got
	hsclass $local <records.tsv >want
	same want got
}

@test "-p writes everything that is read, and the verdicts" {
	tcpdecode "$SAMPLE" >records.tsv
	hsclass -p <records.tsv | grep -v -e '^#hs' -e '^hs' -e '	hsclass	' >got
	same records.tsv got
	tcpdecode "$SAMPLE" | rttmatch -p | hsclass -p | records rtt | grep -q .
}

@test "wrong options are refused with status 2" {
	for wrong in '-n 0' '-t 0' '-t 1e10' '-l 10' -z '-D attempts'; do
		# Word splitting is meant.
		run -2 hsclass $wrong
		[[ "${lines[1]}" == "try 'hsclass --help'" ]]
	done
	run -2 hsclass -l 10
	[ "${lines[0]}" = "hsclass: -l: invalid prefix '10': must be address or address/bits" ]
	run -1 hsclass -f missing.csv
}

@test "a time-out is reported on time while a live stream is idle" {
	mkfifo fifo
	hsclass -t 2 <fifo >out &
	running=$!
	exec 7>fifo
	echo '0 C S 10 0' | packets |
	    sed "s/	100\.0*	/	$(date +%s.%N)	/" >&7
	until_true 60 grep -q '	timeout	no-answer	0\.000000000	' out
	kill -0 $running	# the stream has not ended
	exec 7>&-
	wait $running
}

@test "the end of an old file reports no time-out early" {
	printf '%s\n' 'pending no-answer 1 - - 1 0' >want
	verdicts -t 2 >got <<-'END'
	0  C S  10 0
	1  C S  10 0
	END
	same want got
}

# explained TOPICS OPTION...: what -D TOPICS prints about the packets on standard
# input.
explained() {
	local topics=$1
	shift
	packets | hsclass -D "$topics" "$@" 2>&1 >/dev/null
}

@test "-D verdict prints the packets that decided each verdict" {
	cat >want <<-'END'
	hsclass: verdict: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80: abort new-syn: SYN at 100.000000000, retransmitted 2 times, last at 103.000000000; at 105.000000000 another attempt begins; reported at 105.000000000: another attempt begins
	hsclass: verdict: 105.000000000 10.0.0.1:1000 > 10.0.0.2:80: success: SYN at 105.000000000, SYN/ACK at 105.040000000; at 105.050000000 the client acknowledges the SYN/ACK; reported at 105.090000000: the server received the ACK
	END
	explained verdict >got <<-'END'
	0    C S  10 0
	1    C S  10 0
	3    C S  10 0
	5    C S  20 0
	5.04 S SA 50 21
	5.05 C A  21 51
	5.09 S A  51 21
	END
	same want got
	cat >want <<-'END'
	hsclass: verdict: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80: reject rst: SYN at 100.000000000; at 100.040000000 the server refuses: its RST acknowledges the SYN; not reported, since no filter matches
	END
	explained verdict -e x:ANY@%:81 >got <<-'END'
	0    C S  10 0
	0.04 S RA 0 11
	END
	same want got
	cat >want <<-'END'
	hsclass: verdict: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80: timeout no-ack: SYN not captured, SYN/ACK at 100.000000000; after 100.000000000 no ACK; reported at 199.000000000: timed out
	END
	explained verdict -t 10 >got <<-'END'
	0    S SA 50 11
	99   S A  1 1
	END
	same want got
}

@test "-D attempt prints what each packet is to its attempt" {
	cat >want <<-'END'
	hsclass: attempt: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80: S seq 10 len 5: an attempt begins
	hsclass: attempt: 100.010000000 10.0.0.2:80 > 10.0.0.1:1000: SA seq 90 ack 7: not of this attempt, ignored
	hsclass: attempt: 100.020000000 10.0.0.1:1000 > 10.0.0.2:80: FA seq 16 ack 0: the client sends a FIN before an answer
	hsclass: attempt: 100.030000000 10.0.0.2:80 > 10.0.0.1:1000: RA seq 0 ack 11: after the verdict, ignored
	END
	explained attempt >got <<-'END'
	0    C S  10 0 5
	0.01 S SA 90 7
	0.02 C FA 16 0
	0.03 S RA 0  11
	END
	same want got
	{ echo '0 C S 10 0' | packets; icmp unreach 1; icmp unreach 3; } >in
	hsclass -D attempt,verdict <in 2>&1 >/dev/null | tail -n +2 >got
	cat >want <<-'END'
	hsclass: attempt: 100.500000000 10.0.0.1:1000 > 10.0.0.2:80: ICMP unreach host about seq 10: the reason, if no answer follows
	hsclass: attempt: 100.500000000 10.0.0.1:1000 > 10.0.0.2:80: ICMP unreach port about seq 10: an ICMP error ends the attempt
	hsclass: verdict: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80: unreach port: SYN at 100.000000000; at 100.500000000 an ICMP error ends the attempt; reported at 100.500000000: the input ended
	END
	same want got
}

@test "explanations change no record, and CONNPIPE_DEBUG asks for them too" {
	tcpdecode "$SAMPLE" >records.tsv
	hsclass records.tsv >want
	hsclass -D all records.tsv >got 2>lines
	same want got
	[ "$(grep -c '^hsclass: verdict: ' lines)" -eq \
	    "$(records hs <want | wc -l)" ]
	CONNPIPE_DEBUG=sample,verdict,loss hsclass records.tsv 2>got >/dev/null
	grep '^hsclass: verdict: ' lines | same - got
}

@test "long names of options are those of the letters" {
	tcpdecode "$SAMPLE" >records.tsv
	echo 'web,TX,%,80' >filters.csv
	for pair in "-e web:TX@%:80=--filter web:TX@%:80" \
	    "-f filters.csv=--filter-file filters.csv" \
	    "-l 10.77.1.1=--local 10.77.1.1" "-n 7=--max-attempts 7" \
	    "-p=--pass" "-t 1=--timeout 1" "-U=--no-icmp" \
	    "-F=--columns" "-h=--help" "-V=--version"; do
		# shellcheck disable=SC2086
		hsclass ${pair%%=*} records.tsv >want
		# shellcheck disable=SC2086
		hsclass ${pair#*=} records.tsv >got
		same want got
	done
}

# in_case NAME ...: result why rtt_server rtt_client syns synacks of each attempt
# in a capture of t/data/cases, and the counts copied_syns and rejected.
in_case() {
	local f files=()
	for f; do
		files+=("$CASES/$f.pcap")
	done
	tcpdecode "${files[@]}" | hsclass >stream
	awk -F'\t' '$1 == "hs" { print $7, $8, $10, $11, $12, $13 }
	    $1 == "count" && $3 == "hsclass" && $4 ~ /^(rejected|copied_syns)$/ {
		print $4, $5 }' stream |
	    sed 's/\(\.[0-9][0-9]*[1-9]\)0*/\1/g'
}

# case NAME LINE ...: that is what in_case prints.
case_is() {
	local name=$1
	shift
	printf '%s\n' "$@" >want
	# Word splitting is meant.
	# shellcheck disable=SC2086
	in_case $name >got
	echo "$name"
	same want got
}

@test "a SYN in a live connection's numbers gets a challenge ACK, the RST for it ends that, the same SYN succeeds (RFC 5961, 4.2)" {
	# 2 connections; the second SYN was sent twice, to the kernel's half-open peer.
	case_is rst-challenge-reuse-kernel \
	    'success - 0.040351529 0.000146578 0 0' \
	    'success - 0.042077512 0.000133498 1 0' 'copied_syns 0' 'rejected 0'
	# The connection before was not captured: challenge ACK and RST answer nothing.
	case_is challenge-ack-rst-then-syn-again \
	    'success - - 0.0001 1 0' 'copied_syns 0' 'rejected 2'
}

@test "a RST outside the window ends nothing (RFC 9293, 3.10.7.4): success" {
	case_is rst-blind-out-of-window \
	    'success - 0.04 0.002 0 0' 'copied_syns 0' 'rejected 0'
}

@test "a RST of the connection before does not reject the next one on its ports (RFC 9293, 3.10.7.3): 2 successes" {
	case_is rst-of-old-incarnation 'success - 0.04 0.002 0 0' \
	    'success - 0.04 0.002 0 0' 'copied_syns 0' 'rejected 0'
}

@test "a client that goes on after RSTs has the verdict of its last SYN (RFC 9293, 3.10.7.3): success" {
	case_is syn-rst-syn-windows \
	    'success - - 0.001 2 0' 'copied_syns 0' 'rejected 0'
}

@test "a stale SYN inside a connection has its own record, and takes no segment of it (RFC 5961, 4.2)" {
	case_is syn-stale-inside 'success - 0.04 0.002 0 0' \
	    'pending no-answer - - 0 0' 'copied_syns 0' 'rejected 0'
}

@test "a SYN/ACK that nobody acknowledged is no success, whatever else is acknowledged (RFC 9293, 3.10.7.4)" {
	case_is ack-of-nothing 'pending no-ack 0.04 - 0 3' 'copied_syns 0' \
	    'rejected 0'
	[ "$(counted hsclass ambiguous <stream)" -eq 2 ]
}

@test "a challenge ACK in TIME-WAIT answers no SYN (RFC 9293, 3.10.7.4): the SYN is retransmitted, success" {
	case_is ack-challenge-timewait 'success - 0.04 0.002 0 0' \
	    'success - - 0.001 1 0' 'copied_syns 0' 'rejected 0'
}

@test "data outside the window is dropped (RFC 9293, 3.10.7.4), the handshake stands" {
	case_is data-out-of-window 'success - 0.04 0.002 0 0' 'copied_syns 0' \
	    'rejected 0'
}

@test "a SYN that was captured twice, or copied by the network, was not retransmitted: syns is 0 (RFC 6298, 2.1)" {
	case_is mirror-twice 'success - 0.04 0.002 0 0' 'copied_syns 1' \
	    'rejected 0'
	case_is syn-copied-15ms 'success - 0.04 0.002 0 0' 'copied_syns 1' \
	    'rejected 0'
	case_is any-router-twice-kernel 'success - 0.000017 0.000012 0 0' \
	    'success - 0.000019 0.000012 0 0' 'success - 0.000019 0.000013 0 0' \
	    'copied_syns 3' 'rejected 0'
}

@test "tcpeek prints no duplicate where a router's two sides were captured" {
	tcpeek -r "$CASES/any-router-twice-kernel.pcap" --local 10.91.2.1 >out 2>&1
	awk '/ success / { n++; dup += $(NF - 1) + $NF }
	    END { print n, dup }' out >got
	echo 3 0 | same - got
}

@test "a SYN captured after its SYN/ACK is the SYN of that attempt (RFC 9293, 3.5): success, syns 0" {
	case_is synack-before-syn 'success - - 0.0002 0 0' 'copied_syns 0' \
	    'rejected 0'
	case_is synack-first 'success midstream - 0.001 0 0' 'copied_syns 0' \
	    'rejected 0'
}

@test "an ACK and a SYN instead of a SYN/ACK are a simultaneous open (RFC 9293, 3.5)" {
	case_is split-handshake 'success simultaneous - - 0 0' 'copied_syns 0' \
	    'rejected 0'
}

@test "a clock that steps back, or a quiet hour, times nothing out" {
	three='success - 0.04 0.0001 0 0'
	for name in clock-back clock-back-100s quiet-hour; do
		case_is $name "$three" "$three" "$three" 'copied_syns 0' 'rejected 0'
		steps=$(counted hsclass clock_steps <stream)
		[ "$steps" -eq "$([ $name = quiet-hour ]; echo $?)" ]
	done
	case_is 'clock-a clock-b' "$three" "$three" "$three" "$three" \
	    'copied_syns 0' 'rejected 0'
	[ "$(counted hsclass clock_steps <stream)" -eq 1 ]
}

@test "a round trip whose packets are stamped in the wrong order is not measured" {
	case_is ack-stamped-before-synack 'success - 0.04 - 0 0' \
	    'copied_syns 0' 'rejected 0'
	[ "$(counted hsclass late_stamps <stream)" -eq 1 ]
	case_is synack-stamped-before-syn 'success - - 0.0401 0 0' \
	    'copied_syns 0' 'rejected 0'
	[ "$(counted hsclass late_stamps <stream)" -eq 1 ]
}

@test "a direction written late gives the same verdict and round trips" {
	# Data that the server sent is captured before the ACK of its SYN/ACK.
	case_is one-direction-late-in-file 'success - 0.04 0.002 0 0' \
	    'copied_syns 0' 'rejected 0'
	[ "$(counted hsclass ambiguous <stream)" -eq 1 ]
	records hs <stream | cut -f2 >got
	echo 1700000000.000000000 | same - got
	judged 'success - 0.05 0.04 - 0 0' <<-'END'
	0    C S  10 0
	0.05 C A  11 51
	0.04 S SA 50 11
	END
	# After the ACK it is a retransmitted one, and gives no round trip.
	judged 'success - 0.05 - - 0 0' <<-'END'
	0    C S  10 0
	0.05 C A  11 51
	0.06 S SA 50 11
	END
}

@test "an ACK of what the capture lost is ambiguous, an ACK of the data with it is not" {
	# The third ACK and the request were not captured.
	packets <<-'END' | hsclass >stream
	0    C S  10 0
	0.04 S SA 50 11
	0.09 S PA 51 311 900
	0.10 C A  311 951
	END
	records hs <stream | cut -f7,8 >got
	printf 'success\t-\n' | same - got
	[ "$(counted hsclass ambiguous <stream)" -eq 1 ]
	[ "$(counted hsclass rejected <stream)" -eq 0 ]
}

@test "the same ports in two VLANs are two attempts" {
	case_is vlan-overlap 'success - 0.02 0.001 0 0' \
	    'success - 0.04 0.002 0 0' 'copied_syns 0' 'rejected 0'
}

@test "Fast Open data that the SYN/ACK does not acknowledge was refused (RFC 7413, 4.2.2): no fastopen" {
	case_is fast-open-refused 'success - 0.01 - 0 0' 'copied_syns 0' \
	    'rejected 0'
	case_is tfo-refused-unique 'success - 0.04 0.0005 0 0' 'copied_syns 0' \
	    'rejected 0'
}

@test "each SYN is in one record, also after a verdict was reported" {
	# A time-out, then the SYN once more: an attempt of its own.
	judged 'timeout no-answer 3 - - 2 0' 'pending no-answer 0 - - 0 0' \
	    <<-'END'
	0    C S  10 0
	1    C S  10 0
	3    C S  10 0
	53   S A  1 1
	74   C S  10 0
	END
	judged 'reject rst 0.04 - - 0 0' 'reject rst 0.04 - - 0 0' <<-'END'
	0    C S  10 0
	0.04 S RA 0 11
	20   C S  10 0
	20.04 S RA 0 11
	END
	# Both sides send their SYN twice, and no third ACK was captured.
	judged 'pending no-ack 3 - - 3 0' <<-'END'
	0    C S  10 0
	0.1  S S  50 0
	1    C S  10 0
	3    S S  50 0
	END
	# The SYN of a live connection, delayed: its client has left SYN-SENT.
	packets <<-'END' | hsclass >stream
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	0.09 S A  51 11
	2    C S  10 0
	END
	[ "$(records hs <stream | wc -l)" -eq 1 ]
	[ "$(counted hsclass copied_syns <stream)" -eq 1 ]
}

@test "a live connection's segments do not decide an attempt that a SYN inside began" {
	# The SYN's number is one before the next of the connection: an ACK of the
	# connection is not an ACK of the SYN, nor a FIN or data an answer to it.
	packets <<-'END' >in
	0    C S  10 0
	0.04 S SA 50 11
	0.05 C A  11 51
	0.06 C PA 11 51 90
	0.09 S A  51 101
	1    C S  100 0
	1.04 S A  51 101
	2    C PA 101 51 10
	2.04 S PA 51 111 20
	2.05 C FA 111 71
	2.09 S FA 71 112
	END
	printf 'success\npending\n' >want
	hsclass in >stream
	records hs <stream | cut -f7 | same want -
	[ "$(counted hsclass rejected <stream)" -eq 0 ]
	# The connection was there before the capture: what the client sends shows it.
	grep -v -e '	100\.0' in | sed 's/	S	100	/	S	7000	/' >middle
	printf 'pending\n' >want
	hsclass middle >stream
	records hs <stream | cut -f7 | same want -
	# The challenge ACK, before that.
	[ "$(counted hsclass rejected <stream)" -eq 1 ]
}
