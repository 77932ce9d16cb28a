#!/usr/bin/env bats
# rttmatch: round trips, compared with links of known delay, tcptrace and tshark.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# option NAME FILE: print a number of a link's settings, 0 if it is not set.
option() {
	sed -n "s/.*--$1 \([0-9.]*\).*/\1/p" "$2" | grep . || echo 0
}

# judged CAPTURE: print the counts of t/judge.awk for it.
judged() {
	local conf=${1%.pcap}.conf
	tcpdecode "$1" | rttmatch -Q | awk -v near="$(option near "$conf")" \
	    -v far="$(option far "$conf")" \
	    -v slack="$(awk -v j="$(option jitter "$conf")" \
	    'BEGIN { print 2 + 2 * j }')" -f "$BATS_TEST_DIRNAME/judge.awk"
}

tcptrace_samples() {
	tcptrace -n -l -r "$1" 2>/dev/null |
	    awk '/RTT samples:/ { n += $3 + $6 } END { print n + 0 }'
}

# stream: convert lines of the columns from time on, with blanks between, to pkt
# records.
stream() {
	printf '#pkt\ttime\tsrc\tsport\tdst\tdport\tflags\tseq\tack\twin\tlen'
	printf '\ttsval\ttsecr\topts\n'
	sed 's/^/pkt /' | tr ' ' '\t'
}

# Two segments and their ACKs, 10 and 40 ms later.
one_trip() {
	stream <<-'END'
	100.000000000 10.0.0.1 1000 10.0.0.2 80 PA 1 1 100 10 - - -
	100.010000000 10.0.0.2 80 10.0.0.1 1000 A 1 11 100 0 - - -
	100.020000000 10.0.0.1 1000 10.0.0.2 80 PA 11 1 100 10 - - -
	100.060000000 10.0.0.2 80 10.0.0.1 1000 A 1 21 100 0 - - -
	END
}

@test "clean round trips are right on every link, and as many as tcptrace's" {
	need tcptrace
	for capture in "$WAN"/bulk-*.pcap "$WAN"/nots.pcap; do
		read -r n below within nts belowts _ < <(judged "$capture")
		peer=$(tcptrace_samples "$capture")
		echo "${capture##*/}: $n clean, $below below, $within within," \
		    "tcptrace $peer; ts $nts, $belowts below"
		[ "$n" -gt 0 ]
		[ "$below" -eq 0 ]
		[ "$belowts" -eq 0 ]
		[ $((within * 100)) -ge $((n * 99)) ]
		[ $((n * 10)) -ge $((peer * 9)) ]
	done
}

@test "no ambiguous round trip of the crafted losses is clean" {
	# A to D of crafted/loss.pcap: retransmissions, and ACKs that waited for
	# them.
	tcpdecode "$CRAFTED/loss.pcap" | rttmatch -Q | records rtt |
	    awk -F'\t' '$8 != "-" && ($9 ~ /r/ || $8 > 0.0403) {
		print $6 + $4 - 80, $8, $9 }' >got
	cat >want <<-'END'
	2001 0.340000000 r
	2002 0.090000000 mr
	2005 0.040000000 r
	2009 0.240000000 -
	END
	same want got
}

@test "the last of them, delayed by an ACK of 200 ms, is one that no rule marks" {
	tcpdecode "$CRAFTED/loss.pcap" | rttmatch -Qc | records rtt |
	    awk -F'\t' '$4 + $6 - 80 == 2009 { print $8 }' >got
	grep -qx 0.240000000 got
}

@test "handshakes are timed like tshark's initial round trip" {
	need tshark
	for capture in "$WAN"/http.pcap "$PACKETS"/{one-request,vlan,wrap}.pcap \
	    "$REAL"/01-* "$REAL"/05-* "$REAL"/08-* "$REAL"/26-*; do
		[ -f "$capture" ] || continue
		tshark -n -r "$capture" -Y 'tcp.flags.syn == 1 &&
		    tcp.flags.ack == 1 && tcp.analysis.ack_rtt' -T fields \
		    -e tcp.srcport -e tcp.dstport -e tcp.analysis.ack_rtt \
		    2>/dev/null >want
		tcpdecode "$capture" | rttmatch -Q | records rtt |
		    awk -F'\t' '$9 ~ /h/ && !seen[$4 + $6]++ {
			print $4 "\t" $6 "\t" $8 }' >got
		[ -s want ]
		same want got
	done
}

@test "a Fast Open SYN, an ECN-setup SYN and numbers that wrap are timed" {
	tcpdecode "$PACKETS/handshakes.pcap" | rttmatch -Q | records rtt |
	    awk -F'\t' '$4 == 80 && $6 ~ /^10(16|19)$/ && $9 ~ /h/ {
		print $6, $8 }' >got
	printf '1016 0.010000000\n1019 0.010000000\n' | same - got
	tcpdecode "$PACKETS/wrap.pcap" | rttmatch -Qc | records rtt |
	    awk -F'\t' '$8 != "-" { print $4, $8 }' | sort | uniq -c >got
	awk '$2 == 80 ? $3 != 0.01 : $3 != 0.03 { bad = 1; print }
	    { n += $1 } END { exit bad || n < 10 }' got
	have_real || return 0
	for theme in 25-seq-wraparound 26-ecn-setup 27-tfo; do
		tcpdecode "$REAL/$theme.pcap" | rttmatch -Q | records rtt >got
		echo $theme
		grep -q "	h	" got || [ $theme = 25-seq-wraparound ]
		[ "$(awk -F'\t' '$8 != "-" && ($8 < 0 || $8 > 60)' got |
		    wc -l)" -eq 0 ]
	done
	tcpdecode "$REAL/25-seq-wraparound.pcap" | rttmatch -Qc | records rtt |
	    grep -q .
}

@test "keep-alives give no hole, no rtt_seq and no duplicate ACK" {
	need tshark
	for capture in "$PACKETS"/keepalives.pcap "$REAL"/24-*; do
		[ -f "$capture" ] || continue
		tshark -n -r "$capture" -Y tcp.analysis.keep_alive -T fields \
		    -e frame.time_epoch 2>/dev/null | sort >keepalives
		[ "$(wc -l <keepalives)" -ge 8 ]
		tcpdecode "$capture" | rttmatch | records rtt |
		    awk -F'\t' '$10 != 0 { print $2 }' | sort >holes
		[ "$(comm -12 keepalives holes | wc -l)" -eq 0 ]
		tshark -n -r "$capture" -Y tcp.analysis.keep_alive_ack \
		    -T fields -e frame.time_epoch 2>/dev/null | sort >answers
		[ -s answers ]
		tcpdecode "$capture" | rttmatch | records rtt |
		    awk -F'\t' '$8 != "-" || $11 != "-" { print $2 }' |
		    sort >lines
		[ "$(comm -12 answers lines | wc -l)" -eq 0 ]
	done
}

@test "duplicate ACKs are those of tshark, and those with SACK" {
	# tshark requires the same window; RFC 6675, with SACK, does not.
	need tshark
	for capture in "$WAN"/bulk-loss-far.pcap "$REAL"/22-*; do
		[ -f "$capture" ] || continue
		tcpdecode "$capture" | rttmatch -p | awk -F'\t' '
		    $1 == "pkt" { opts = $14 }
		    $1 == "rtt" && $11 != "-" {
			print $2, $4, $13, opts ~ /sack=/ }' >got
		tshark -n -r "$capture" -Y tcp.analysis.duplicate_ack \
		    -T fields -e frame.time_epoch 2>/dev/null >want
		echo "$capture"
		[ -s want ]
		grep -v ' 1$' got | cut -d' ' -f1 >without || true
		comm -23 <(sort without) <(sort want) >ours_alone
		same /dev/null ours_alone
		comm -13 <(cut -d' ' -f1 got | sort) <(sort want) >theirs_alone
		same /dev/null theirs_alone
	done
}

@test "a TSval is matched once" {
	for capture in "$WAN"/bulk-loss-far.pcap "$PACKETS"/wrap.pcap \
	    "$REAL"/47-*; do
		[ -f "$capture" ] || continue
		tcpdecode "$capture" >records.tsv
		rttmatch -Q records.tsv | records rtt |
		    awk -F'\t' '$7 != "-" { print $2, $3, $4 }' | sort >matched
		[ -s matched ]
		# The echo of each, from the records: no value twice for one
		# side.
		records pkt <records.tsv |
		    awk -F'\t' '{ print $2, $3, $4, $6, $13 }' | sort |
		    join -j1 <(sort matched) - |
		    awk '$2 == $4 && $3 == $5 { print $4, $5, $6, $7 }' |
		    sort | uniq -d >twice
		same /dev/null twice
	done
}

@test "an echo is of the first segment after the ACK before (RFC 7323, 4.3)" {
	# Two segments have TSval 5; the first was acknowledged with TSecr 4.
	stream >shared <<-'END'
	100.000000000 10.0.0.1 1000 10.0.0.2 80 PA 1 1 100 10 4 1 -
	099.990000000 10.0.0.2 80 10.0.0.1 1000 A 1 1 100 0 1 3 -
	100.001000000 10.0.0.1 1000 10.0.0.2 80 PA 11 1 100 10 5 1 -
	100.004000000 10.0.0.1 1000 10.0.0.2 80 PA 21 1 100 10 5 1 -
	100.010000000 10.0.0.2 80 10.0.0.1 1000 A 1 21 100 0 2 4 -
	100.014000000 10.0.0.2 80 10.0.0.1 1000 A 1 31 100 0 2 5 -
	END
	rttmatch -Q shared | records rtt | tail -n 2 | cut -f7-9 >got
	printf '0.010000000\t0.009000000\tme\n0.010000000\t0.010000000\t-\n' |
	    same - got
}

@test "a delayed ACK that reports a later segment by SACK answers that one" {
	stream >delayed <<-'END'
	100.000000000 10.0.0.1 1000 10.0.0.2 80 S 0 0 100 0 4 0 sackok
	100.001000000 10.0.0.2 80 10.0.0.1 1000 SA 0 1 100 0 1 4 sackok
	100.002000000 10.0.0.1 1000 10.0.0.2 80 PA 1 1 100 10 5 1 -
	100.032000000 10.0.0.1 1000 10.0.0.2 80 PA 21 1 100 10 6 1 -
	100.042000000 10.0.0.2 80 10.0.0.1 1000 A 1 11 100 0 2 5 sack=21:31
	END
	rttmatch -Q delayed | records rtt | tail -n 1 | cut -f7-9 >got
	printf '0.040000000\t0.010000000\tm\n' | same - got
}

@test "-Q omits the records of holes, retransmissions and duplicate ACKs" {
	tcpdecode "$SAMPLE" | rttmatch >all
	tcpdecode "$SAMPLE" | rttmatch -Q >quick
	[ "$(records rtt <all | awk -F'\t' '$10 < 0' | wc -l)" -gt 0 ]
	[ "$(records rtt <all | awk -F'\t' '$11 != "-"' | wc -l)" -gt 0 ]
	records rtt <all | awk -F'\t' '$7 != "-" || $8 != "-"' >want
	records rtt <quick >got
	same want got
}

@test "-c writes all clean round trips, and no others" {
	tcpdecode "$SAMPLE" | rttmatch -c | records rtt >got
	[ -s got ]
	awk -F'\t' '$9 ~ /r/ || ($7 != "-" && $9 ~ /[ame]/) ||
	    ($7 == "-" && $8 == "-") { print; bad = 1 } END { exit bad }' got
	# All are there: every rtt_seq without r.
	tcpdecode "$SAMPLE" | rttmatch -Q | records rtt |
	    awk -F'\t' '$8 != "-" && $9 !~ /r/ { print $2, $8 }' >want
	awk -F'\t' '$8 != "-" { print $2, $8 }' got >clean
	same want clean
}

@test "-x omits round trips to a prefix" {
	tcpdecode "$SAMPLE" >records.tsv
	rttmatch -Q -x 10.77.1.0/24 -x fd77:1::/64 records.tsv | records rtt >got
	rttmatch -Q records.tsv | records rtt |
	    awk -F'\t' '$3 !~ /^(10\.77\.1\.|fd77:1::)/' >want
	[ -s want ]
	same want got
}

# A segment, its retransmission and the ACK of either; then two segments with
# one ACK that has data, and an ACK within a segment.
explained() {
	stream <<-'END'
	99.900000000 10.0.0.2 80 10.0.0.1 1000 A 1 1 100 0 1 1 -
	100.000000000 10.0.0.1 1000 10.0.0.2 80 PA 1 1 100 10 5 0 -
	100.300000000 10.0.0.1 1000 10.0.0.2 80 PA 1 1 100 10 35 0 -
	100.340000000 10.0.0.2 80 10.0.0.1 1000 A 1 11 100 0 9 35 -
	101.000000000 10.0.0.1 1000 10.0.0.2 80 PA 11 1 100 10 105 9 -
	101.001000000 10.0.0.1 1000 10.0.0.2 80 PA 21 1 100 10 105 9 -
	101.041000000 10.0.0.2 80 10.0.0.1 1000 PA 1 31 100 3 79 105 -
	102.000000000 10.0.0.1 1000 10.0.0.2 80 PA 31 4 100 10 205 79 -
	102.040000000 10.0.0.2 80 10.0.0.1 1000 A 4 35 100 0 179 200 -
	END
}

@test "-D sample names the packet that was timed, and why it has its notes" {
	explained | rttmatch -Q -D sample 2>lines | records rtt | cut -f7-9 >got
	cat >want <<-'END'
	0.040000000	0.340000000	r
	0.660000000	-	ad
	0.041000000	0.040000000	dm
	0.959000000	0.959000000	d
	END
	same want got
	cat >want <<-'END'
	100.340000000 10.0.0.2:80 > 10.0.0.1:1000: rtt_seq 0.340000000 by ACK 11: segment sent at 100.000000000; r: the segment was sent more than once
	100.340000000 10.0.0.2:80 > 10.0.0.1:1000: rtt_ts 0.040000000 by TSecr 35: first sent at 100.300000000
	101.000000000 10.0.0.1:1000 > 10.0.0.2:80: rtt_ts 0.660000000 by TSecr 9: first sent at 100.340000000; a: in a pure ACK
	101.000000000 10.0.0.1:1000 > 10.0.0.2:80: d: the answer carries 10 bytes
	101.041000000 10.0.0.2:80 > 10.0.0.1:1000: rtt_seq 0.040000000 by ACK 31: segment sent at 101.001000000
	101.041000000 10.0.0.2:80 > 10.0.0.1:1000: m: ACK 31 covers 2 segments
	101.041000000 10.0.0.2:80 > 10.0.0.1:1000: rtt_ts 0.041000000 by TSecr 105: first sent at 101.000000000
	101.041000000 10.0.0.2:80 > 10.0.0.1:1000: d: the answer carries 3 bytes
	END
	sed 's/^rttmatch: sample: //; /^102/d' lines >got
	same want got
}

@test "-D skip explains why an answer gives no round trip" {
	explained | CONNPIPE_DEBUG=loss,skip rttmatch -Q 2>lines >/dev/null
	cat >want <<-'END'
	rttmatch: skip: 99.900000000 10.0.0.2:80 > 10.0.0.1:1000: no rtt_seq by ACK 1: the segment that ends there was timed by SACK, is too old or was not captured
	rttmatch: skip: 99.900000000 10.0.0.2:80 > 10.0.0.1:1000: no rtt_ts by TSecr 1: no TSval was captured
	rttmatch: skip: 100.000000000 10.0.0.1:1000 > 10.0.0.2:80: no rtt_seq by ACK 1: the segment that ends there was timed by SACK, is too old or was not captured
	rttmatch: skip: 102.040000000 10.0.0.2:80 > 10.0.0.1:1000: no rtt_seq by ACK 35: it is within the segment up to 41
	rttmatch: skip: 102.040000000 10.0.0.2:80 > 10.0.0.1:1000: no rtt_ts by TSecr 200: it was answered before, is too old or was not captured
	END
	grep -v ' TSecr [09]*:' lines >got
	same want got
}

@test "-D changes no record, and refuses an unknown topic" {
	tcpdecode "$SAMPLE" >records.tsv
	rttmatch records.tsv >want
	rttmatch -D all records.tsv >got 2>lines
	same want got
	grep -q 'skip: .* \[fd77:1::1\]:[0-9]* > \[fd77:2::1\]:80: ' lines
	run -2 --separate-stderr rttmatch -D sample,nothing records.tsv
	[[ "$stderr" == *"-D: unknown topic 'nothing'"* ]]
}

@test "-M limits the wait for an answer" {
	one_trip | rttmatch -Q | records rtt | cut -f8 >got
	grep -qx 0.040000000 got
	one_trip | rttmatch -Q -M 0.03 | records rtt | cut -f8 >got
	[ "$(cat got)" = 0.010000000 ] || [ ! -s got ]
}

@test "-I forgets an idle flow, -n the one idle longest, and both are counted" {
	{ one_trip; one_trip | records pkt | sed 's/	100\./	900./'; } >two
	one_trip | sed 's/10\.0\.0\.1/10.0.0.3/g' | records pkt >third
	rttmatch -I 60 two >got
	# After it was forgotten, its bytes start at 0.
	[ "$(records rtt <got | tail -1 | cut -f13)" -eq 0 ]
	cat two third >three
	rttmatch -n 1 three | counted rttmatch forgotten_flows >got
	[ "$(cat got)" -eq 1 ]
	rttmatch -n 2 three | counted rttmatch forgotten_flows >got
	[ "$(cat got)" -eq 0 ]
}

@test "one-sided flows are counted" {
	one_trip | grep -v '	80	10' | rttmatch >got
	[ "$(counted rttmatch one_sided_flows <got)" -eq 1 ]
	[ "$(records rtt <got | wc -l)" -eq 0 ]
}

@test "-p passes along what was read, unchanged, with its headers" {
	tcpdecode "$SAMPLE" >records.tsv
	{ printf '#what\tever\nwhat\tis this\n'; cat records.tsv; } >in
	rttmatch -p in >out
	grep -v -e '^#rtt' -e '^rtt' -e '	rttmatch	' out >got
	same in got
	rttmatch in | records rtt >want
	records rtt <out >got
	same want got
}

@test "count records are passed along without -p" {
	tcpdecode "$SAMPLE" >records.tsv
	rttmatch records.tsv | grep '	tcpdecode	' >got
	grep '	tcpdecode	' records.tsv >want
	same want got
}

@test "columns are found by name in any order, and headers can change" {
	one_trip | rttmatch >want
	one_trip | awk -F'\t' -v OFS='\t' '{
		print $1, $14, $5, $4, $3, $2, $13, $12, $11, $10, $9, $8, $7,
		    $6, NR == 1 ? "new" : "x" }' >moved
	rttmatch moved >got
	same want got
	{ one_trip; cat moved; } | rttmatch | counted rttmatch packets >got
	[ "$(cat got)" -eq 8 ]
}

@test "the error for a missing column names it" {
	one_trip | cut -f1-11,13- >lacks
	run -1 --separate-stderr rttmatch lacks
	[[ "$stderr" == "rttmatch: lacks:1: no column 'tsval' in 'pkt' records" ]]
	# -p passes along every record all the same.
	rttmatch -p lacks 2>/dev/null | grep -v count | same lacks /dev/stdin
}

@test "a line that cannot be read is reported, skipped, and the status is 1" {
	{ one_trip | head -2; echo 'pkt	x'; one_trip | tail -n 3 |
	    sed '1s/	A	1	11/	A	1	1e1/'; } >bad
	run -1 --separate-stderr rttmatch -Q bad
	grep -qx 'rttmatch: bad:3: 2 fields, the header has 14' <<<"$stderr"
	grep -qx 'rttmatch: bad:4: ack: not a number' <<<"$stderr"
	[ "$(counted rttmatch bad_lines <<<"$output")" -eq 2 ]
	[ "$(counted rttmatch packets <<<"$output")" -eq 3 ]
}

@test "the first bad lines are reported, all are counted" {
	{ one_trip; yes 'pkt	nonsense' | head -1000; } >bad
	run -1 --separate-stderr rttmatch bad
	[ "$(wc -l <<<"$stderr")" -le 10 ]
	grep -q '1000 lines not understood' <<<"$stderr"
}

@test "a stream that ends within a line is reported" {
	one_trip | head -c -3 >short
	run -1 --separate-stderr rttmatch short
	[[ "$stderr" == "rttmatch: short:5: cut short: no newline" ]]
}

@test "wrong options are refused with status 2" {
	for wrong in '-n 0' '-n x' '-M -1' '-M x' '-I 0' '-x 10' '-x 1.2.3.4/33' \
	    -z -n; do
		# The words are split on purpose.
		run -2 rttmatch $wrong /dev/null
	done
}

@test "the same input gives the same output, whatever the seed" {
	tcpdecode "$SAMPLE" >records.tsv
	rttmatch records.tsv >one
	rttmatch records.tsv >two
	same one two
}

@test "a clock that steps back gives no round trip" {
	one_trip | sed 's/100\.06/100.01/' >back
	rttmatch back | records rtt | cut -f8 >got
	[ "$(cat got)" = 0.010000000 ]
	for capture in "$CASES"/clock-back.pcap "$CASES"/ack-captured-*.pcap \
	    "$REAL"/20-* "$REAL"/40-*; do
		[ -f "$capture" ] || continue
		tcpdecode "$capture" | rttmatch | records rtt |
		    awk -F'\t' '$7 > 1000 || $8 > 1000 || $11 > 1000' >absurd
		same /dev/null absurd
	done
}

@test "a round trip during which the clock stepped is not timed" {
	stream >in <<-'END'
	5000.000000000 10.0.0.1 1000 10.0.0.2 80 PA 1 1 100 10 - - -
	100.010000000 10.0.0.2 80 10.0.0.1 1000 A 1 11 100 0 - - -
	100.020000000 10.0.0.1 1000 10.0.0.2 80 PA 11 1 100 10 - - -
	100.060000000 10.0.0.2 80 10.0.0.1 1000 A 1 21 100 0 - - -
	END
	rttmatch -Q in | records rtt | cut -f2,8 >got
	printf '100.060000000\t0.040000000\n' | same - got
}

@test "a refused connection has packets of both sides" {
	stream >refused <<-'END'
	100.000000000 10.0.0.1 1000 10.0.0.2 80 S 1 0 100 0 - - -
	100.010000000 10.0.0.2 80 10.0.0.1 1000 RA 0 2 0 0 - - -
	END
	[ "$(rttmatch refused | counted rttmatch one_sided_flows)" -eq 0 ]
}

@test "a SYN sent twice is timed by the one whose TSval comes back" {
	stream >twice <<-'END'
	100.000000000 10.0.0.1 1000 10.0.0.2 80 S 1 0 100 0 5 0 -
	101.000000000 10.0.0.1 1000 10.0.0.2 80 S 1 0 100 0 1005 0 -
	101.040000000 10.0.0.2 80 10.0.0.1 1000 SA 1 2 100 0 7 1005 -
	END
	rttmatch -Q twice | records rtt | cut -f7-9 >got
	printf '0.040000000\t1.040000000\thr\n' | same - got
}

@test "a single time in the far future does not stop the clock" {
	{ one_trip; one_trip | records pkt | tail -1 | sed 's/100\./9000000000./
	    '; one_trip | records pkt | sed 's/	100\./	200./'; } >in
	rttmatch -I 60 -Q in | records rtt | tail -1 | cut -f2,8 >got
	printf '200.060000000\t0.040000000\n' | same - got
}

# --- $CASES: one rule of TCP, or of captures, a test ------------------------

# clean CASE: source port, rtt_ts, rtt_seq and note of its clean round trips.
clean() {
	tcpdecode "$CASES/$1.pcap" >records.tsv
	rttmatch -c records.tsv >out
	records rtt <out | cut -f4,7-9
}

# is: the input, lines of words, is in the file got.
is() {
	tr ' ' '\t' | same - got
}

@test "what a router dropped as too big begins no clean round trip (RFC 1191)" {
	clean pmtu-kernel | awk '$1 == 80 && ($2 != "-" && $2 > 0.0445 ||
	    $3 != "-" && $3 > 0.0445)' | same /dev/null -
	[ "$(records rtt <out | wc -l)" -eq 16 ]
	# IPv6, and by timestamps that are the same as before.
	for error in "toobig 0" "unreach 4" "unreach 1" "timex 0"; do
		{
			stream <<-'END'
			1.00 fd00::1 1000 fd00::2 80 S 10 0 100 0 1 0 -
			1.04 fd00::2 80 fd00::1 1000 SA 50 11 100 0 9 1 -
			1.05 fd00::1 1000 fd00::2 80 A 11 51 100 0 2 9 -
			1.10 fd00::1 1000 fd00::2 80 A 11 51 100 1400 3 9 -
			END
			printf '#icmp\ttime\tfrom\twhat\tcode\tsrc\tsport\tdst'
			printf '\tdport\tseq\nicmp\t1.110000000\tfd00::9\t%s\t' \
			    "${error% *}"
			printf '%s\tfd00::1\t1000\tfd00::2\t80\t11\n' \
			    "${error#* }"
			stream <<-'END'
			1.12 fd00::1 1000 fd00::2 80 A 11 51 100 1200 3 9 -
			1.12 fd00::1 1000 fd00::2 80 A 1211 51 100 200 3 9 -
			1.16 fd00::2 80 fd00::1 1000 A 51 1211 100 0 12 3 -
			END
		} | rttmatch -c | records rtt | tail -1 | cut -f7-9 >got
		# In IPv6, code 4 of "unreachable" is about a port.
		if [ "$error" = "toobig 0" ]; then
			is <<<"0.010000000 0.010000000 h"
		else
			is <<<"0.060000000 - -"
		fi
	done
}

@test "an ACK of what was never sent acknowledges nothing (RFC 5961, 5.2)" {
	clean ack-never-sent | cut -f1,3 | sort | uniq -c |
	    awk '{ print $1, $2, $3 }' >got
	printf '7 40000 0.002000000\n7 80 0.040000000\n' | same - got
}

@test "refused data, SYNs and RSTs change no round trip (RFC 9293, 3.10.7.4)" {
	for name in data-out-of-window syn-stale-inside rst-blind-out-of-window; do
		clean "$name" | cut -f1,3 | sort | uniq -c |
		    awk '{ print $1, $2, $3 }' >got
		printf '7 40000 0.002000000\n7 80 0.040000000\n' | same - got
		[ "$(counted rttmatch rejected <out)" -eq 1 ]
	done
}

@test "what was captured twice is timed once, at one place" {
	clean any-router-twice-kernel >got
	[ "$(wc -l <got)" -ge 21 ]
	[ "$(counted rttmatch copies <out)" -eq 36 ]
	clean mirror-twice | awk '$1 == 80 && $3 != "0.040000000" ||
	    $1 != 80 && $3 > 0.0021' | same /dev/null -
	clean syn-copied-15ms | sed -n 1p >got
	is <<<"80 0.040000000 0.040000000 h"
}

@test "an ACK that advances and has a new SACK block is timed by what came last" {
	clean ack-advances-with-new-sack | cut -f1,3,4 >got
	# RFC 2018, 4: the block, too, is of the segment that caused the ACK.
	printf '80 0.040000000 h\n40001 0.002000000 h\n' >want
	for _ in 1 2 3; do
		echo '40001 0.002000000 -'
	done >>want
	is <want
}

@test "stamps that step back make no round trip long" {
	for name in ack-stamped-before-synack synack-stamped-before-syn clock-back \
	    clock-back-100s quiet-hour one-direction-late-in-file \
	    ack-captured-before-its-data; do
		clean "$name" | awk '$2 != "-" && $2 > 0.05 ||
		    $3 != "-" && $3 > 0.05' | same /dev/null -
	done
}

@test "the same ends in two VLANs have round trips of their own" {
	clean vlan-overlap | awk '$1 == 80 && $3 < 0.02 ||
	    $3 > 0.04' | same /dev/null -
	[ "$(records rtt <out | wc -l)" -eq 20 ]
}

@test "a FIN sent again is not timed (Karn)" {
	clean fin-resent | awk '$3 > 0.04' | same /dev/null -
	[ "$(records rtt <out | wc -l)" -eq 7 ]
}
