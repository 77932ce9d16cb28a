#!/usr/bin/env bats
# connmon: its command line, and its lines compared with the original's.

load helper

KINDS=$BATS_TEST_DIRNAME/connmon-kinds.awk

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$PWD/bin:$PATH
	mkdir bin
}

teardown() {
	uncable
}

# Our connmon's lines of a file, in ours, and the packets, in records.
ours_of() {
	connmon -mlqr "$1" >ours 2>errors || true
	tcpdecode -o framelen,iplen "$1" 2>>errors >records || true
}

# The original's lines of a capture, in ref, and tshark's columns.
theirs_of() {
	zcat "$REAL/ref/$1.connmon.txt.gz" >ref
	zcat "$REAL/ref/$1.tshark.tsv.gz" >tshark.tsv
}

compare() {
	awk -f "$KINDS" role=tshark tshark.tsv role=ref ref role=ours ours \
	    role=pkt records
}

# Does compare notice that ours was changed by an awk program?
notices() {
	cp ours kept
	awk "$1" kept >ours
	! cmp -s ours kept
	! compare >counted 2>why
	[ -s why ]
	cp kept ours
}

pkt_header() {
	header pkt time src sport dst dport flags seq ack win len tsval tsecr \
	    opts framelen
}

# A pkt record: time, from, to, flags, seq, ack, len, tsval, tsecr.
pkt() {
	printf 'pkt\t%s\t10.0.0.%s\t%s\t10.0.0.%s\t%s\t%s\t%s\t%s\t100\t%s\t%s\t%s\t-\t%s\n' \
	    "$1" "$2" "$2" "$3" "$3" "$4" "$5" "$6" "$7" "$8" "$9" $(($7 + 66))
}

# The last part of the pipeline alone, for options $@, reading records.
lines_of() {
	connmon --pipeline "$@" -r x | sed '1s/.*| env LC_ALL/env LC_ALL/' >last
	sh last
}

# rtt records with all that a line can show.
rtts() {
	header rtt time src sport dst dport rtt_ts rtt_seq note dseq dupack len \
	    bytes
	printf 'rtt\t1700000000.123456789\t10.0.0.1\t80\t2001:db8::2\t5000\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
	    0.000085123 0.000084999 - 0 - 0 144 \
	    1.500000000 - a 0 - 1448 1592 \
	    - 12.345678000 d 2896 - 1448 99999999 \
	    - - - -1448 - 1448 3106 \
	    - - - 0 0.012345600 0 3172 \
	    0.200000000 0.100000000 dr 0 - 10 3248 \
	    - 0.100000000 mr 0 - 0 3314 \
	    123.400000000 0.000000000 - 0 - 0 3380
}

@test "a line for machines" {
	rtts | lines_of -mq >out
	same out - <<-'END'
	1700000000.123456 0.000085 0.000085    0    -        0     144 10.0.0.1:80+2001:db8::2:5000
	1700000000.123456 1.500000    *        0    -     1448    1592 10.0.0.1:80+2001:db8::2:5000
	1700000000.123456    *     12.345678 2896    -     1448 99999999 10.0.0.1:80+2001:db8::2:5000
	1700000000.123456    *        *     -1448    -     1448    3106 10.0.0.1:80+2001:db8::2:5000
	1700000000.123456    *        *        0 0.012346    0    3172 10.0.0.1:80+2001:db8::2:5000
	1700000000.123456 0.200000    *        0    -       10    3248 10.0.0.1:80+2001:db8::2:5000
	1700000000.123456 123.400000 0.000000    0    -        0    3380 10.0.0.1:80+2001:db8::2:5000
	END
}

@test "a line for people" {
	rtts | TZ=CET-1 lines_of -q >out
	same out - <<-'END'
	23:13:20 85.1us 85.0us    0    -        0     144 10.0.0.1:80+2001:db8::2:5000
	23:13:20  1.50s   *       0    -     1448    1592 10.0.0.1:80+2001:db8::2:5000
	23:13:20   *     12.3s 2896    -     1448 99999999 10.0.0.1:80+2001:db8::2:5000
	23:13:20   *      *    -1448    -     1448    3106 10.0.0.1:80+2001:db8::2:5000
	23:13:20   *      *       0   12.3ms    0    3172 10.0.0.1:80+2001:db8::2:5000
	23:13:20  200ms   *       0    -       10    3248 10.0.0.1:80+2001:db8::2:5000
	23:13:20   123s 0.00us    0    -        0    3380 10.0.0.1:80+2001:db8::2:5000
	END
}

@test "columns are found by name, in whichever order they stand" {
	connmon -mr "$SAMPLE" >out 2>summary
	reverse_columns tcpdecode rttmatch
	connmon -mr "$SAMPLE" 2>again | same out -
	same summary again
}

@test "a missing column is an error, without a line or a summary" {
	edit_output '/^#rtt/ { sub("dupack", "kcapud") } { print }' rttmatch
	run -1 connmon -mr "$SAMPLE"
	[[ $output == *"no column 'dupack' in 'rtt' records" ]]
	[[ $output != *flows* && $output != *10.77.1.1* ]]
	rtts | sed 1d >records
	run -1 lines_of -m <records
	[ "$output" = "connmon: stdin:1: no header of 'rtt' records" ]
}

@test "-Q leaves only lines with a round trip" {
	rtts | lines_of -Qmq >out
	[ "$(wc -l <out)" -eq 5 ]
	! grep -q '   \*        \*   ' out
}

@test "a summary counts packets since the last one, active flows, unusable packets" {
	{
		pkt_header
		pkt 1700000000.500000000 1 2 S 0 0 0 1 0
		pkt 1700000000.600000000 2 1 SA 0 1 0 1 1
		pkt 1700000003.000000000 3 4 A 5 5 0 - -
		pkt 1700000010.500000000 1 2 A 1 1 0 2 1
		pkt 1700000011.000000000 1 2 A 1 1 0 2 1
		pkt 1700000400.000000000 3 4 A 5 5 0 - -
		header count time prog name value
		printf 'count\t-\ttcpdecode\t%s\t%s\n' packets 9 fragments 2 not_tcp 1 truncated 0
	} | lines_of -m 2>errors
	same errors - <<-'END'
	First packet at Tue Nov 14 22:13:20 2023
	3 flows, 4 packets, 1 no TS opt, 2 uni-directional,
	1 flows, 2 packets, 1 no TS opt, 1 uni-directional,
	1 flows, 0 packets,
	Not used: 2 fragments, 1 not tcp,
	END
}

@test "--sumInt sets the interval of summaries, 0 and -q mean never, -v cancels -q" {
	packets() {
		pkt_header
		pkt 1700000000.000000000 1 2 A 1 1 0 - -
		pkt 1700000001.000000000 1 2 A 1 1 0 - -
		pkt 1700000002.000000000 1 2 A 1 1 0 - -
	}
	packets | lines_of --sumInt 1 2>errors
	[ "$(grep -c flows errors)" -eq 3 ]
	packets | lines_of -qv --sumInt=1.5 2>errors
	[ "$(grep -c flows errors)" -eq 2 ]
	packets | lines_of --sumInt 0 2>errors
	[ ! -s errors ]
	packets | lines_of -q 2>errors
	[ ! -s errors ]
}

@test "-c counts TCP packets, and the last line reports them" {
	connmon -qmc 20 -r "$WAN/http.pcap" >out 2>errors
	[ "$(wc -l <errors)" -eq 2 ]
	grep -q '^Captured 20 packets in [0-9.]* seconds$' errors
	connmon -mr "$WAN/http.pcap" 2>/dev/null | cat >all
	head -n "$(wc -l <out)" all | same - out
}

@test "-s stops by the clock of the capture" {
	connmon -qms 2 -r "$SAMPLE" >out 2>errors
	awk '/^Captured/ { n = $2; took = $5 }
		END { print n, took; exit !(n > 0 && took > 0 && took <= 2) }' errors
	connmon -qm --seconds=0 -r "$SAMPLE" >all 2>errors
	[ ! -s errors ]
	[ "$(wc -l <out)" -lt "$(wc -l <all)" ]
	head -n "$(wc -l <out)" all | same - out
}

@test "-f with -c keeps both filters" {
	connmon --pipeline -c 5 -f 'port 1 or port 2' -r f >out
	head -1 out | grep -qF "pcapsrc -r f -c 5 -f '(port 1 or port 2) and tcp' |"
	connmon --pipeline -f 'port 1 or port 2' -r f >out
	head -1 out | grep -qF "pcapsrc -r f -f 'port 1 or port 2' |"
}

@test "short options can be joined, arguments of long ones follow = or a space" {
	connmon --pipeline -mlQq -rfile >short
	connmon --pipeline --machine --showLocal --quick --quiet --read file >long
	connmon --pipeline --machine --showLocal --quick --quiet --read=file |
	    same long -
	same short long
	connmon --pipeline -i x0 -l -f y -c 1 -s 2 >short
	connmon --pipeline --interface=x0 -l --filter y --count=1 --seconds 2 |
	    same short -
	connmon --pipeline --rtdMaxAge 3 --flowMaxIdle=40 -r f >out
	grep -qF 'rttmatch -M 3 -I 40 ' out
	connmon --pipeline -e -r f | grep -qF 'pcapsrc -r f -e 1 |'
	connmon --pipeline --emulate=10 -r f | grep -qF 'pcapsrc -r f -e 10 |'
}

@test "wrong usage is an error, with a hint and status 2" {
	for args in '' '-m' '-Z -r f' '--nothing -r f' '-r' '--read' '-m f' \
	    '-c x -r f' '-s 1.2.3 -r f' '--sumInt=x -r f' '--quick=1 -r f'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr connmon $args
		[ -z "$output" ]
		[[ $stderr == *"try 'connmon --help'" ]] || { echo "$args"; false; }
	done
}

@test "the printed pipeline, pasted, prints the same" {
	cp "$WAN/http-loss.pcap" "it's a file.pcap"
	for args in -mlq -lqQ '-mlq -c 90 -f port\ 80' -l; do
		eval "set -- $args -r \"it's a file.pcap\""
		connmon "$@" >out 2>errors
		connmon --pipeline "$@" | sh >pasted 2>pasted.errors
		[ -s out ]
		same out pasted
		same errors pasted.errors
	done
}

@test "a file, the same compressed, and the same on standard input print the same" {
	connmon -mqr "$SAMPLE" >out
	[ -s out ]
	gzip -c "$SAMPLE" >sample.gz
	connmon -mqr sample.gz | same out -
	connmon -mqr - <"$SAMPLE" | same out -
	cp "$SAMPLE" ./-sample
	connmon -mqr -sample | same out -
}

@test "two files are merged" {
	connmon -mqr "$WAN/handshake.pcap" -r "$WAN/http.pcap" >out
	{
		connmon -mqr "$WAN/http.pcap"
		connmon -mqr "$WAN/handshake.pcap"
	} | wc -l >n
	[ "$(wc -l <out)" -eq "$(cat n)" ]
}

# Lines, each with the time at which it was read before it.
stamped() {
	while IFS= read -r line; do
		printf '%s %s\n' "$EPOCHREALTIME" "$line"
	done
}

@test "-e prints no line before it is due, and does not wait for the next" {
	connmon -mqr "$SAMPLE" >want
	first=$(tcpdecode "$SAMPLE" | records pkt | head -n 1 | cut -f2)
	mkfifo capture
	begun=$EPOCHREALTIME
	connmon -mq --emulate=5 -r - <capture 3>&- | stamped >out 3>&- &
	exec 4>capture
	head -c 20000 "$SAMPLE" >&4
	until_true 60 test -s out	# the rest of the capture is not there yet
	tail -c +20001 "$SAMPLE" >&4
	exec 4>&-
	wait $!
	cut -d' ' -f2- out | same want -
	awk -v begun="$begun" -v first="$first" '
		$1 - begun < ($2 - first) / 5 { print "early: " $0; early = 1 }
		END { exit early }' out
}

@test "a failure of any part makes the status 1" {
	run -1 --separate-stderr connmon -mr nothing.pcap
	[[ $stderr == *'nothing.pcap: No such file or directory' ]]
	head -c 3000 "$SAMPLE" >short.pcap
	run -1 connmon -mqr short.pcap
	run -1 connmon -mqc 1000 -r short.pcap
	run -2 connmon -mqr "$SAMPLE" --rtdMaxAge x
	run -2 connmon -mqr "$SAMPLE" -f 'no filter'
	run -1 connmon -mq -i nosuchdevice0
}

@test "a closed output ends it" {
	connmon -mqr "$SAMPLE" | head -1 >out
	[ -s out ]
}

@test "live, this host's addresses are omitted, as ip or ifconfig print them" {
	cat >bin/ip <<-'END'
	#!/bin/sh
	echo '1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever'
	echo '2: eth0    inet 192.0.2.7 peer 192.0.2.8/32 scope global eth0\ '
	echo '2: eth0    inet6 2001:db8::7/64 scope global \       valid_lft'
	END
	chmod +x bin/ip
	connmon --pipeline -i eth0 |
	    grep -qF 'rttmatch -M 10 -I 300 -p -x 127.0.0.1 -x 192.0.2.7 -x 2001:db8::7 |'
	connmon --pipeline -l -i eth0 | head -1 >out
	run -1 grep -e ' -x [0-9a-f]' out
	printf '#!/bin/sh\nexit 127\n' >bin/ip
	cat >bin/ifconfig <<-'END'
	#!/bin/sh
	printf '\tinet 192.0.2.7 netmask 0xffffff00 broadcast 192.0.2.255\n'
	printf '\tinet6 fe80::1%%lo0 prefixlen 64 scopeid 0x1\n'
	printf '          inet addr:192.0.2.9  Bcast:192.0.2.255\n'
	printf '          inet6 addr: 2001:db8::9/64 Scope:Global\n'
	END
	chmod +x bin/ifconfig
	connmon --pipeline -i eth0 |
	    grep -qF ' -x 192.0.2.7 -x fe80::1 -x 192.0.2.9 -x 2001:db8::9 |'
}

asked() {
	ask 10
	[ -s out ]
}

nobody() { [ -z "$(ip netns pids "$A")" ]; }

# A loaded machine delays lines: the one that it delayed least counts.
@test "live, lines appear within 100 ms, and SIGTERM ends it with the last summary" {
	cable
	server
	# shellcheck disable=SC2016
	ip netns exec "$A" sh -c 'echo $$ >pid; exec connmon -m -i va' 2>errors 3>&- |
	    stamped >out 3>&- &
	until_true 60 asked
	kill -TERM "$(cat pid)"
	until_true 60 grep -q ' flows, ' errors
	awk '{ n++; late = $1 - $2; if (n == 1 || late < least) least = late }
		$3 != "*" && /10.98.0.1:[0-9]*\+/ { local++ }
		END { print n, least, local
			exit !(n > 5 && least < 0.1 && !local) }' out
	grep -q '^First packet at ' errors
	until_true 60 nobody
}

@test "the page and the comparison name the same kinds" {
	sed -n 's/^\.It Sy //p' "$top/share/man/man1/connmon.1" | sort >page
	grep -o 'kind("[a-z0-9-]*")' "$KINDS" | sed 's/.*("//; s/")//' |
	    sort -u | same - page
}

@test "the comparison notices every field that is wrong, lost or made up" {
	need_real
	for f in 02-http-retrans-many.pcapng 22-ndt-loss.pcap \
	    08-http-ipv6-raw-keepalive.pcap; do
		ours_of "$REAL/$f"
		theirs_of "$f"
		compare >/dev/null
		for n in 5 25 45 65; do
			notices "NR == $n { \$1 = sprintf(\"%.6f\", \$1 - 1) } 1"
			notices "NR == $n { \$2 = \$2 == \"*\" ? \"0.001000\" : \"*\" } 1"
			notices "NR == $n { \$3 = sprintf(\"%.6f\", \$3 + 0.001) } 1"
			notices "NR == $n { \$4++ } 1"
			notices "NR == $n { \$5 = \$5 == \"-\" ? \"0.001000\" : \"-\" } 1"
			notices "NR == $n { \$6++ } 1"
			notices "NR == $n { \$7++ } 1"
			notices "NR == $n { print } 1"
			notices "NR != $n"
		done
	done
}

@test "34 captures: the original's lines, or a difference of a kind that the page lists" {
	need_real
	n=0 unlike=''
	for ref in "$REAL"/ref/*.connmon.txt.gz; do
		f=$(basename "$ref" .connmon.txt.gz)
		ours_of "$REAL/$f"
		theirs_of "$f"
		compare >counted 2>why || {
			unlike="$unlike $f"
			head -n 5 why
		}
		echo "# $f: $(cat counted)" >&3
		n=$((n + 1))
	done
	echo "unlike:$unlike"
	[ $n -eq 34 ] && [ -z "$unlike" ]
}

@test "a pure ACK that others overtook has a line, as in the original" {
	tcpdecode "$WAN/bulk-jitter.pcap" | awk -F'\t' '
		$1 == "#pkt" { for (i = 2; i <= NF; i++) f[$i] = i }
		$1 != "pkt" || $f["flags"] ~ /[SR]/ { next }
		{
			k = $f["src"] $f["sport"] $f["dst"] $f["dport"]
			s = $f["seq"]; n = $f["len"] + ($f["flags"] ~ /F/)
			if (!n && (k in top) && s < top[k] && s + 1 < top[k])
				print $f["time"]
			if (!(k in top) || s + n > top[k])
				top[k] = s + n
		}' | sort >want
	connmon -mlqr "$WAN/bulk-jitter.pcap" | awk '$4 < -1 && !$6 { print $1 }' |
	    sort >got
	[ -s got ]
	sed 's/...$//' want | comm -13 - got >extra
	same /dev/null extra
}
