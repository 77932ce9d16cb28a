#!/usr/bin/env bats
# summarize: every number is compared with one computed in another way.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	exec 7>&-
	[ -z "${running:-}" ] || kill "$running" 2>/dev/null || true
}

# noise N [SEED]: rtt records of N made-up round trips, some without a time.
noise() {
	printf '#rtt\ttime\tsrc\tsport\tdst\tdport\trtt_ts\trtt_seq\tnote'
	printf '\tdseq\tdupack\tlen\tbytes\n'
	awk -v n="$1" -v seed="${2:-1}" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++) {
			rtt = sprintf("%.9f", exp(4 * rand() - 5))
			if (rand() < 0.1)
				rtt = "-"
			printf "rtt\t%d.%02d%07d\t10.0.%d.%d\t%d",
			    1700000000 + i / 100, i % 100, rand() * 1e7,
			    rand() * 3, rand() * 4, 30000 + rand() * 5
			printf "\t10.9.0.1\t443\t-\t%s\t-\t%d\t-\t%d\t0\n", rtt,
			    rand() * 200 - 100, rand() * 1461
		}
	}'
}

# rows: a table without its first columns, time, took and kind.
rows() { cut -f4-; }

# near A B TOLERANCE: check that the numbers of two tables agree, to a fraction
# TOLERANCE of each.
near() {
	paste "$1" "$2" | awk -v most="$3" '
	{
		n = NF / 2
		for (i = 1; i <= n; i++) {
			d = $i - $(i + n)
			size = $i < 0 ? -$i : $i
			if (d < 0)
				d = -d
			if (d > most * size) {
				print FNR ": " $i " is not " $(i + n)
				bad = 1
			}
		}
	}
	END { exit bad || NR == 0 }'
}

# serve ARGS...: start summarize with a socket, on a pipe that stays open.
serve() {
	mkfifo fifo
	summarize -U sock "$@" <fifo >out 2>messages &
	running=$!
	exec 7>fifo
	until_true 10 test -S sock
}

ask() { printf '%s\n' "$@" | socat -t 5 - UNIX:sock; }

# answers N: check that GET reports N records.
answers() { [ "$(ask GET | jq '[.groups[].records] | add')" = "$1" ]; }

@test "count, sum, minimum, mean, maximum and deviation equal awk's" {
	noise 5000 >in
	summarize -g src -v rtt_seq,dseq,len -q 50 -o tsv in | rows |
	    tail -n +2 | cut -f1-9 | tr '\t' ' ' >got
	# Two passes, so that no digits cancel.
	records rtt <in | awk -F'\t' '
	function see(key, v) {
		if (v == "-")
			return
		if (!(key in n) || v + 0 < min[key]) min[key] = v + 0
		if (!(key in n) || v + 0 > max[key]) max[key] = v + 0
		n[key]++
		sum[key] += v
		all[key] = all[key] " " v
	}
	{ r[$3]++; see($3 " rtt_seq", $8); see($3 " dseq", $10);
	    see($3 " len", $12) }
	END {
		for (key in n) {
			split(key, part, " ")
			m = split(all[key], v, " ")
			mean = sum[key] / m
			s = 0
			for (i = 1; i <= m; i++)
				s += (v[i] - mean) ^ 2
			printf "%s %d %s %d %.9f %.9f %.15f %.9f %.15f\n",
			    part[1], r[part[1]], part[2], m, sum[key],
			    min[key], mean, max[key], sqrt(s / (m - 1))
		}
	}' | sort >want
	cut -d' ' -f1-4 want >names
	cut -d' ' -f1-4 got | sort | same names -
	sort got | cut -d' ' -f5- >numbers
	cut -d' ' -f5- want >exact
	near exact numbers 1e-9
}

@test "mean and deviation equal those of Python's exact fractions" {
	need python3
	# Times that differ by less than a microsecond: floating point would lose
	# every digit of the deviation.
	{ printf '#x\tv\n'; awk 'BEGIN { srand(3); for (i = 0; i < 3000; i++)
	    printf "x\t1795145499.%06d%03d\n", 500, rand() * 1000 }'; } >in
	summarize -v v -o tsv in | rows | tail -1 | cut -f4,8 >got
	python3 - in >want <<-'END'
	import sys
	from fractions import Fraction
	from math import isqrt
	lines = [l for l in open(sys.argv[1]) if l[0] == 'x']
	v = [Fraction(l.split('\t')[1]) for l in lines]
	mean = sum(v) / len(v)
	var = sum((x - mean) ** 2 for x in v) / (len(v) - 1)
	print(sum(v), '%.24g' % (isqrt(int(var * 10 ** 80)) / 10 ** 40))
	END
	cut -f2 got >deviation
	cut -d' ' -f2 want | near - deviation 1e-14
	sum=$(python3 -c "from fractions import Fraction
print(Fraction('$(cut -f1 got)'))")
	[ "$sum" = "$(cut -d' ' -f1 want)" ] || {
	    summarize -v v -o tsv in; cat want; false; }
}

@test "percentiles are within 0.79 % of those of sort" {
	noise 20000 >in
	q=1,5,10,25,50,75,90,95,99,99.9,100
	summarize -v rtt_seq -q $q -o tsv in | rows | tail -1 | cut -f9- |
	    tr '\t' '\n' >got
	records rtt <in | cut -f8 | grep -v -e '^-$' | sort -n | awk -v q=$q '
	{ v[NR] = $1 }
	END {
		n = split(q, p, ",")
		for (i = 1; i <= n; i++) {
			rank = NR * p[i] / 100
			rank = int(rank) + (rank != int(rank))
			print v[rank + (rank == 0)]
		}
	}' >want
	near want got 0.0079
}

@test "the parts of a stream, merged, give the same report" {
	noise 20000 >all
	for k in 1 2 3; do
		rm -f part.*
		awk -v k=$((k + 1)) -v seed=$k 'BEGIN { srand(seed) }
		NR == 1 { for (i = 0; i < k; i++) print >"part." i; next }
		{ print >"part." int(rand() * k) }' all
		for part in part.*; do
			summarize -g src,sport -v rtt_seq,len,dseq -o stat \
			    "$part" >"$part.stat"
		done
		summarize -g src,sport -v rtt_seq,len,dseq -o stat all |
		    grep stat >want
		summarize -o stat part.*.stat | grep stat >got
		same want got
		# In another order, merged twice, and through a pipe.
		printf '%s\n' part.*.stat | sort -r | xargs cat |
		    summarize -o stat - /dev/null | summarize -o stat |
		    grep stat >got
		same want got
	done
}

@test "merged reports are the same in every format" {
	noise 3000 | tee all | awk 'NR == 1 || NR % 2' >one
	awk 'NR == 1 || NR % 2 == 0' all >two
	for part in one two; do
		summarize -g src -v rtt_seq -o stat $part >$part.stat
	done
	for format in text tsv csv jsonl prom; do
		summarize -g src -v rtt_seq -o $format all |
		    grep -v summarize >want
		summarize -o $format one.stat two.stat |
		    grep -v summarize | same want -
	done
}

@test "stat records are merged with other records of a stream" {
	noise 1000 >all
	{ head -500 all | summarize -g src -v len -o stat
	head -1 all
	tail -n +501 all; } | summarize -g src -v len -o tsv >got
	summarize -g src -v len -o tsv all | same - got
}

@test "stat records can be grouped by fewer columns" {
	noise 2000 >in
	summarize -g src,sport,dst -v len -o stat in >fine
	for by in src sport,src ''; do
		summarize -g "$by" -v len -o tsv in >want
		summarize -g "$by" -o tsv fine | same want -
	done
	summarize -g src -v len -k rtt -o tsv fine >got
	summarize -g src -v len -o tsv in | same - got
	summarize -k hs -o tsv fine | same /dev/null -
}

@test "a comma in a key is restored" {
	printf '#x\ta\tb\tv\nx\t1,2\t\\\\x2c\t5\nx\t1\t2,\\\\\t6\n' >in
	summarize -g a,b -v v -o tsv in >want
	[ "$(wc -l <want)" -eq 3 ]
	summarize -g a,b -v v -o stat in | summarize -o tsv | same want -
}

@test "windows have the records of their time, and can be merged" {
	noise 5000 >in
	summarize -w 7 -v len -o tsv in | tail -n +2 | cut -f1,4,6,7 >got
	records rtt <in | awk -F'\t' '
	{ w = int($2 / 7) * 7; n[w]++; sum[w] += $12 }
	END { for (w in n) printf "%d.000000000\t%d\t%d\t%d\n", w, n[w], n[w],
	    sum[w] }' | sort | same - got
	# Windows of the same time in two streams become one.
	awk 'NR == 1 || NR % 3' in >one
	awk 'NR == 1 || NR % 3 == 0' in >two
	for part in one two; do
		summarize -w 7 -o stat $part >$part.stat
	done
	summarize -w 7 -o stat in | records stat >want
	summarize -w 7 -o stat two.stat one.stat | records stat | same want -
	summarize -w 7 -o stat two one | records stat | same want -
	# Short windows are merged into longer ones.
	summarize -w 21 -o stat in | records stat >want
	summarize -w 21 -o stat one.stat two.stat | records stat | same want -
}

@test "a record belongs to the window in which it ends" {
	printf '#hs\ttime\ttook\thalf\nhs\t10\t-\t1\nhs\t11\t8.5\t1\n' >in
	printf 'hs\t12.5\t7.5\t1\n' >>in
	summarize -w 10 -v half -o tsv in | tail -n +2 | cut -f1,2,4 >got
	printf '10.000000000\t9.500000000\t2\n20.000000000\t0.000000000\t1\n' |
	    same - got
}

@test "late records get a report of their own" {
	{ noise 1000; noise 1000 2 | records rtt; } >in
	summarize -w 2 -v len -o stat in >got
	records stat <got | awk -F'\t' '$7 == "len" { print $2 }' >windows
	# Five windows, then four again: the last was still open.
	[ "$(wc -l <windows)" -eq 9 ]
	summarize -o tsv got | rows >want
	summarize -o tsv -v len in | rows | same want -
}

@test "a window ends while a live stream is idle" {
	mkfifo fifo
	summarize -w 1 -o jsonl <fifo >out &
	running=$!
	exec 7>fifo
	noise 1 | head -1 >&7
	noise 1 | records rtt | sed "s/1700000000/$(date +%s)/" >&7
	until_true 5 grep -q '"records":1' out
	exec 7>&-
	wait $running
	running=
}

@test "-t gives the same groups as sort, ties in order of the key" {
	noise 3000 >in
	summarize -g src,sport -v len -t 5 -o tsv in | rows |
	    tail -n +2 | cut -f1-3 | tr '\t' ' ' >got
	records rtt <in | awk -F'\t' '{ n[$3 " " $4]++ }
	    END { for (k in n) print k, n[k] }' |
	    sort -k3,3nr -k1,1V -k2,2n | head -5 | same - got
	summarize -g src,sport -v len -t 4 -s mean -o tsv in | rows |
	    tail -n +2 | cut -f1,2 | tr '\t' ' ' >got
	records rtt <in | awk -F'\t' '{ n[$3 " " $4]++; s[$3 " " $4] += $12 }
	    END { for (k in n) printf "%s %.12f\n", k, s[k] / n[k] }' |
	    sort -k3,3nr | head -4 | cut -d' ' -f1,2 | same - got
	summarize -g src -v dseq,len -s len:max -o csv -q 50 in >got
	summarize -g src -v len,dseq -s max -o csv -q 50 in | tail -n +2 |
	    sort | same - <(tail -n +2 got | sort)
}

@test "without -s and -t groups are in order of the key" {
	noise 1000 >in
	summarize -g src,sport -o tsv in | rows | tail -n +2 | cut -f1,2 |
	    uniq >got
	sort -t'	' -k1,1V -k2,2n got | same - got
	summarize -g src in >one
	summarize -g src in | same one -
}

@test "networks equal those of Python's ipaddress" {
	need python3
	tcpdecode "$SAMPLE" | records pkt | cut -f3 | sort -u >hosts
	{ printf '#x\ta\n'; sed 's/^/x\t/' hosts
	printf 'x\t-\nx\tname\n'; } >in
	for prefix in 24:24/48 48:24/48 13:13/48 61:24/61 8/19:8/19 0/0:0/0; do
		summarize -g "a/${prefix%:*}" -o tsv in | rows | tail -n +2 |
		    cut -f1 | sort >got
		python3 -c "
import ipaddress, sys
v4, v6 = '${prefix#*:}'.split('/')
for l in open('hosts'):
    a = l.strip()
    print(ipaddress.ip_network(a + '/' + (v6 if ':' in a else v4), False))
print('-')
print('name')" | sort -u | same - got
	done
}

@test "a record counts once for each part of a list" {
	printf '#hs\ttime\tdport\tfilters\n' >in
	printf 'hs\t1\t80\tweb,all\nhs\t2\t80\tall\nhs\t3\t81\t-\n' >>in
	summarize -g filters,dport -o tsv in | rows | tail -n +2 |
	    cut -f1-3 >got
	printf '%s\t%s\t%s\n' - 81 1 all 80 2 web 80 1 | same - got
}

@test "-k, -g and -v select kinds" {
	{ tcpdecode "$SAMPLE" | rttmatch -p; } >in
	summarize -o jsonl in | grep -o '"what":"[a-z]*"' | sort -u >got
	printf '"what":"%s"\n' count pkt rtt | same - got
	summarize -k rtt -o jsonl in | grep -c '"what":"pkt"' && false
	summarize -g tsval -o jsonl in | grep '"what":"rtt"' && false
	summarize -v rtt_ts -o jsonl in | grep '"what":"pkt"' && false
	[ "$(summarize -k pkt -o tsv in | rows | tail -1 | cut -f1)" -eq \
	    "$(records pkt <in | wc -l)" ]
}

@test "unknown kinds are summarized like known ones" {
	printf '#shop\tcolour\tprice\nshop\tred\t1.5\nshop\tred\t2.25\n' >in
	printf 'shop\tblue\t-3\n#shop\tprice\tcolour\nshop\t10\tred\n' >>in
	summarize -g colour -v price -o tsv in | rows | tail -n +2 |
	    cut -f1,2,5-8 >got
	printf 'blue\t1\t-3\t-3\t-3\t-3\n' >want
	printf 'red\t3\t13.75\t1.5\t4.58333333333333\t10\n' >>want
	same want got
}

@test "unknown columns of a known kind are found" {
	noise 2 | awk -F'\t' -v OFS='\t' '{ print $0, NR == 1 ? "extra" : 7 }' |
	    summarize -v extra -o tsv | tail -1 | cut -f6 >got
	[ "$(cat got)" -eq 2 ]
}

@test "groups beyond -n become one, named other" {
	noise 2000 >in
	summarize -g src -n 5 -o tsv -v len in >got
	[ "$(tail -n +2 got | wc -l)" -eq 6 ]
	[ "$(rows <got | tail -n +2 | awk '{ n += $2 } END { print n }')" -eq \
	    2000 ]
	summarize -g src -n 5 -o stat in >stat
	counted summarize other <stat >other
	[ "$(awk -F'\t' '$6 == "other" && $7 == "-" { print $8 }' stat)" -eq \
	    "$(cat other)" ]
	summarize -g src,dst -n 1 -o tsv in | rows | tail -1 | cut -f1,2 >got
	printf 'other\t-\n' | same - got
}

@test "Python's csv module reads the CSV" {
	need python3
	printf '#x\ta\tv\nx\tsay "hi", you\t5\nx\t-\t-\n' >in
	summarize -g a -v v -o csv in >got
	python3 - >rows <<-'END'
	import csv
	for r in csv.DictReader(open('got', newline='')):
	    print(r['a'], r['records'], r['sum'], sep='|')
	END
	printf '|1|\nsay "hi", you|1|5\n' | same - rows
}

@test "jq reads the JSON" {
	need jq
	noise 500 >in
	summarize -g src -v rtt_seq,len in -o json |
	    jq -r '.groups[] | [.by.src, .records, .values.len.sum,
		.values.rtt_seq.count] | @tsv' >got
	summarize -g src -v rtt_seq,len in -o jsonl |
	    jq -r 'select(.what == "rtt") | [.by.src, .records,
		.values.len.sum, .values.rtt_seq.count] | @tsv' | same - got
	summarize -g src -v rtt_seq,len in -o tsv | rows | tail -n +2 |
	    awk -F'\t' -v OFS='\t' '$3 == "rtt_seq" { n = $4 }
		$3 == "len" { print $1, $2, $5, n }' | same - got
}

@test "promtool accepts the metrics, and they equal the table" {
	need promtool
	noise 500 >in
	{ cat in; tcpdecode "$SAMPLE"; } | summarize -o prom >all
	promtool check metrics <all
	summarize -g src/24,sport -v rtt_seq,dseq,len -o prom in >got
	promtool check metrics <got
	[ "$(tail -1 got)" = '# EOF' ]
	grep -c '^# UNIT connpipe_rtt_rtt_seq_seconds seconds$' got
	# A value that can be negative has no sum.
	grep '^connpipe_rtt_dseq_sum' got && false
	summarize -v rtt_seq -o prom in | sed -n 's/.*le="0.05"} //p' >below
	exact=$(records rtt <in | awk -F'\t' '$8 != "-" && $8 <= 0.05' | wc -l)
	off=$(($(cat below) - exact))
	echo "$(cat below), exactly $exact"
	[ $off -le 5 ] && [ $off -ge -5 ]
	summarize -v rtt_seq -o prom in | sed -n 's/.*seconds_sum //p' >sum
	summarize -v rtt_seq -o tsv in | rows | tail -1 | cut -f4 | same - sum
}

@test "labels and names of metrics are escaped" {
	need promtool
	printf '#x\tmy col\tv-1\nx\tsay "hi"\\\\\t5\n' |
	    summarize -g 'my col' -v v-1 -o prom >got
	promtool check metrics <got
	grep -qF 'connpipe_x_v_1_count{my_col="say \"hi\"\\\\"} 1' got
}

@test "CSV and TSV of other programs are read" {
	printf '\357\273\277name,ms,note\r\n"a,b",1.5,"x ""y"""\r\nc,2,\r\n' >in
	printf 'c,,z\r\n"d\n e",1e3,-\r\n"a,b",0.25,"' >>in
	printf 'last line"' >>in
	summarize -i csv -g name -v ms -o tsv in | rows | tail -n +2 |
	    cut -f1,2,5 >got
	printf '%s\t%s\t%s\n' a,b 2 1.75 c 2 2 'd\n e' 1 1000 | same - got
	printf 'ip.src\tlen\n10.1.2.3\t60\n10.1.9.9\t70\n"x\t1\n' |
	    summarize -i tsv -g ip.src/16 -v len -o tsv | rows | tail -n +2 |
	    cut -f1,2,5 >got
	printf '%s\t%s\t%s\n' '"x' 1 1 10.1.0.0/16 2 130 | same - got
	# Each file has its own header.
	printf 'ms,name\n1,c\n' >two
	summarize -i csv -g name -v ms -o tsv in two | rows | tail -n +2 |
	    awk -F'\t' '$1 == "c" { print $2, $5 }' >got
	[ "$(cat got)" = '3 3' ]
}

@test "its own tables are read back" {
	noise 500 >in
	for format in csv tsv; do
		summarize -g src -v len -o $format in >table
		[ "$(summarize -i $format -v sum -o tsv table | rows | tail -1 |
		    cut -f4)" -eq "$(records rtt <in | awk -F'\t' '
		    { n += $12 } END { print n }')" ]
	done
}

@test "tshark's fields are read" {
	need tshark
	tshark -n -r "$SAMPLE" -T fields -E header=y -e ip.src -e frame.len \
	    2>/dev/null | summarize -i tsv -g ip.src -v frame.len -o tsv |
	    rows | tail -n +2 | cut -f1,4,5 | sort >got
	tshark -n -r "$SAMPLE" -T fields -e ip.src -e frame.len 2>/dev/null |
	    awk -F'\t' -v OFS='\t' '{ $1 = $1 == "" ? "-" : $1; n[$1]++
		s[$1] += $2 } END { for (k in n) print k, n[k], s[k] }' |
	    sort | same - got
}

@test "a time in a table must be a time only with -w" {
	printf 'frame.time_epoch,n\n15.5,1\n19,2\n21.25,4\n' >in
	summarize -i csv -w 10 -v n -o tsv in | tail -n +2 | cut -f1,7 >got
	printf '%s\t%s\n' 10.000000000 3 20.000000000 4 | same - got
	printf 'time,n\nnoon,1\n-,2\n' >in
	summarize -i csv -v n -o tsv in | tail -1 | cut -f1,7 >got
	printf '%s\t%s\n' - 3 | same - got
	run -1 --separate-stderr summarize -i csv -v n -w 1 in
	[ "$stderr" = 'summarize: in:2: time: not a time' ]
}

@test "a malformed table is an error" {
	printf 'a,b\n1,2\n3\n4,"5\n' >in
	run -1 --separate-stderr summarize -i csv -v a -o tsv in
	grep -q '^summarize: in:3: 2 fields, the header has 3$' <<<"$stderr"
	grep -q '^summarize: in:.*Bad message' <<<"$stderr"
	[ "$(tail -1 <<<"$output" | rows | cut -f1)" -eq 1 ]
}

@test "values that are not numbers are counted, and the status is 1" {
	printf '#x\tv\nx\t5\nx\tfive\nx\t-\nx\t1e40\n' >in
	run -1 --separate-stderr summarize -v v -o stat in
	[ "$stderr" = 'summarize: 2 values are not numbers' ]
	[ "$(counted summarize bad_values <<<"$output")" -eq 2 ]
	[ "$(counted summarize records <<<"$output")" -eq 4 ]
}

@test "lines that cannot be parsed are reported and left out" {
	{ noise 3; printf 'rtt\tx\nwhat\t1\n'; noise 1 | records rtt |
	    sed 's/\t1700/\tx1700/'; } >in
	run -1 --separate-stderr summarize -o stat in
	printf 'summarize: in:%s\n' '5: 2 fields, the header has 13' \
	    '6: a record without a header before it' \
	    '7: time: not a time' | same - <(printf '%s\n' "$stderr")
	[ "$(counted summarize records <<<"$output")" -eq 3 ]
	[ "$(counted summarize bad_lines <<<"$output")" -eq 3 ]
}

@test "impossible stat records are rejected" {
	noise 50 | summarize -g src -v len -o stat >good
	line=$(records stat <good | sed -n 2p)
	for change in '8 99' '9 1e9' '9 x' '10 5000' '12 -1' '14 1' '14 x' \
	    '15 x' '15 1:1' '15 99999:1' '6 a,b' '2 x' '8 -1'; do
		{ grep '#stat' good
		awk -F'\t' -v OFS='\t' -v i="${change% *}" \
		    -v v="${change#* }" '{ $i = v; print }' <<<"$line"; } >bad
		echo "$change"
		run -1 --separate-stderr summarize -o tsv bad
		[ "$(wc -l <<<"$stderr")" -eq 1 ]
		[ -z "$output" ]
	done
}

@test "columns that are in no record are reported, with those that exist" {
	noise 2 >in
	run -1 --separate-stderr summarize -g nothing in
	[ "${stderr_lines[0]}" = \
	    "summarize: -g: no column 'nothing' in any record" ]
	have='summarize: rtt records have time, src, sport, dst, dport, '
	[[ "${stderr_lines[1]}" == "$have"* ]]
	[ "${#stderr_lines[@]}" -eq 2 ]
	run -1 --separate-stderr summarize -v len,nothing in
	[ "${stderr_lines[0]}" = \
	    "summarize: -v: no column 'nothing' in any record" ]
	[[ "${stderr_lines[1]}" == "$have"* ]]
	run -1 --separate-stderr summarize -v len -s nothing:p50 in
	[[ "$stderr" == *"no value 'nothing' in the report" ]]
	# Columns of different kinds.
	{ cat in; printf '#x\ta\nx\t1\n'; } >both
	run -1 --separate-stderr summarize -g src -v a both
	[ "${stderr_lines[0]}" = \
	    'summarize: no kind of records has all columns of -g and -v' ]
	[[ "${stderr_lines[1]}" == "$have"* ]]
	[ "${stderr_lines[2]}" = 'summarize: x records have a' ]
	# stat records have groups and values.
	summarize -g src,dst -v len,dseq -o stat in >stat
	run -1 --separate-stderr summarize -g sport stat
	printf 'summarize: %s\n' "-g: no column 'sport' in any record" \
	    'stat records are grouped by src,dst' | same - <(echo "$stderr")
	run -1 --separate-stderr summarize -g src -v nothing stat
	printf 'summarize: %s\n' "-v: no column 'nothing' in any record" \
	    'stat records have the values len,dseq' | same - <(echo "$stderr")
	# An empty input, or no record of the kinds of -k, is not an error.
	run -0 --separate-stderr summarize -g nothing /dev/null
	[ -z "$stderr" ]
	run -0 --separate-stderr summarize -k hs -g result in
	[ -z "$stderr" ]
}

@test "counts of other programs are added up" {
	tcpdecode "$SAMPLE" >in
	n=$(counted tcpdecode packets <in)
	summarize in in | grep -qx "tcpdecode: $((2 * n)) packets"
	summarize -o prom in in | grep -q \
	    "prog=\"tcpdecode\",name=\"packets\"} $((2 * n))"
	summarize -o stat in | grep '	tcpdecode	' | same - \
	    <(grep '	tcpdecode	' in)
	summarize -k count -o tsv in in | rows |
	    awk -F'\t' '$2 == "packets" { print $6 }' | same - \
	    <(echo $((2 * n)))
}

@test "the socket answers, as JSON and as metrics" {
	need socat jq
	serve -g src -v len
	noise 300 >in
	head -101 in >&7
	until_true 10 answers 100
	ask REFRESH | jq '[.groups[].records] | add' >got
	tail -n +102 in >&7
	until_true 10 answers 300
	ask REFRESH REFRESH | jq -c '[.groups[].records] | add' >>got
	printf '%s\n' 100 200 null | same - got
	ask WHAT | jq -e .error
	ask METRICS >metrics
	[ "$(tail -1 metrics)" = '# EOF' ]
	ask GET | jq -S '.groups' >got
	summarize -g src -v len -o json in | jq -S .groups | same - got
	exec 7>&-
	wait $running
	running=
	[ ! -e sock ]
	summarize -g src -v len in | grep -v ^summarize >want
	grep -v ^summarize out | same want -
}

@test "the socket is for the owner and the group" {
	need socat
	group=$(id -gn)
	serve -G "$group"
	[ "$(stat -c '%a %G' sock)" = "660 $group" ]
	run -2 summarize -U other -G no-such-group-here /dev/null
	[ ! -e other ]
}

@test "a stale socket is replaced, one in use or a file is not" {
	need socat
	serve
	run -1 --separate-stderr summarize -U sock /dev/null
	[[ "$stderr" == 'summarize: sock: '*'in use' ]]
	[ -S sock ]
	kill -KILL $running
	wait $running || true
	[ -S sock ]
	run -0 summarize -U sock /dev/null
	[ ! -e sock ]
	echo precious >file
	run -1 summarize -U file /dev/null
	[ "$output" = 'summarize: file exists and is not a socket' ]
	[ "$(cat file)" = precious ]
}

@test "after SIGINT a pipe is read to its end and the socket removed" {
	need socat jq
	serve -v len
	noise 10 | tee in | head -6 >&7
	until_true 10 answers 5
	kill -INT $running
	tail -n 5 in >&7
	until_true 10 answers 10
	exec 7>&-
	wait $running
	running=
	[ ! -e sock ]
	grep -q '^rtt: 10 records' out
}

@test "a failed output removes the socket" {
	[ -c /dev/full ] || skip "no /dev/full"
	noise 10 >in
	status=0
	summarize -U sock in >/dev/full 2>messages || status=$?
	[ $status -eq 1 ]
	[ ! -e sock ]
}

@test "a closed output removes the socket" {
	noise 5000 >in
	summarize -U sock -w 0.01 -o stat in 2>messages | head -1 >out
	[ -s out ]
	same /dev/null messages
	[ ! -e sock ]
}

@test "many, slow or closed clients do not delay the stream" {
	need python3
	serve -g src,sport -v len,rtt_seq,dseq
	noise 20000 >in
	cat >clients.py <<-'END'
	import socket, sys, time
	def client():
	    s = socket.socket(socket.AF_UNIX)
	    s.connect('sock')
	    s.settimeout(20)
	    return s
	mute = [client() for i in range(10)]
	slow = [client() for i in range(10)]
	for s in slow:              # asks a lot and reads nothing
	    s.sendall(b'GET\nMETRICS\nGET\n')
	for i in range(200):        # asks and closes
	    s = client()
	    s.sendall(b'METRICS\n')
	    s.close()
	half = client()
	half.sendall(b'GE')
	long = client()
	try:
	    long.sendall(b'x' * 100000)
	except OSError:
	    pass
	many = [client() for i in range(60)]
	for s in many[-20:]:        # beyond the limit the newest are served
	    s.sendall(b'GET\n')
	    assert s.makefile().readline().startswith('{"groups"')
	print('served')
	sys.stdout.flush()
	time.sleep(60)
	END
	cat in >&7
	python3 clients.py >served 2>&1 7>&- &
	clients=$!
	until_true 30 grep -q . served
	cat served
	grep -qx served served
	tail -n +2 in >&7
	exec 7>&-
	wait $running		# while all clients are connected
	running=
	kill $clients
	grep -q '^rtt: 40000 records' out
}

@test "wrong options are refused with status 2" {
	for wrong in '-n 0' '-o xml' '-i xls' '-q 0' '-q 101' '-q 50,,90' \
	    '-q x' '-s p98' '-s mode' '-t 0' '-w 0' '-w x' '-g src/33/20' \
	    '-g src/129' '-g /24' '-g src/' '-G nogroup' '-o prom -w 5' \
	    -z -g; do
		echo "$wrong"
		# The words of $wrong are separate arguments.
		run -2 summarize $wrong /dev/null
	done
}

@test "an empty stream gives an empty report" {
	run -0 summarize /dev/null
	[ -z "$output" ]
	[ "$(summarize -o tsv /dev/null | wc -c)" -eq 0 ]
	summarize -o json /dev/null | grep -q '"groups": \[\]'
	[ "$(summarize -o prom /dev/null | tail -1)" = '# EOF' ]
}

@test "a full disk is an error in every format" {
	[ -c /dev/full ] || skip "no /dev/full"
	noise 100 >in
	for format in text tsv csv json jsonl prom stat; do
		status=0
		summarize -o $format in >/dev/full 2>messages || status=$?
		[ $status -eq 1 ]
		grep -q 'No space left' messages
	done
}

@test "long keys are cut between characters and escapes" {
	long=$(head -c 5000 /dev/zero | tr '\0' x)
	printf '#x\ta\tb\nx\t%s\\\\\t%s\n' "$long" "${long}é" >in
	summarize -g a,b -o stat in >got
	summarize -o tsv got | tail -1 | tr '\t' '\n' >cells
	[ "$(wc -l <cells)" -eq 16 ]
	for n in 1018 1019 1020 1021 1022 1023 1024; do
		printf '#x\ta\nx\t%s\\xe2é\\n%s\n' "${long:0:n}" "$long" |
		    summarize -g a -o json | tee out.json |
		    iconv -f UTF-8 -t UTF-8 >/dev/null
		grep '\\\\[x0-9a-f]\{0,2\}"' out.json && false
	done
	return 0
}

@test "-F lists the columns of stat records" {
	noise 2 | summarize -o stat | sed -n 's/^#stat\t//p' | tr '\t' '\n' >got
	summarize -F | awk -F'\t' '$1 == "stat" { print $2 }' | same - got
}

@test "SIGUSR1 prints the current counts" {
	need socat jq
	serve
	noise 3 >&7
	until_true 10 answers 3
	kill -USR1 $running
	until_true 10 grep -q '^summarize: records 3' messages
}

@test "-N gives only sums, nested by key and by dots in names" {
	need python3
	printf '%s\n' 'name,ok.all,ok.again,bad' 'a,1,0,0' 'a,1,1,0' 'b,0,0,1' \
	    'c,-,-,5' >table.csv
	summarize -i csv -g name -v ok.all,ok.again,bad -N -o json table.csv >got
	python3 -c '
import json
assert json.load(open("got")) == [
    {"a": {"ok": {"all": 2, "again": 1}, "bad": 0}},
    {"b": {"ok": {"all": 0, "again": 0}, "bad": 1}},
    {"c": {"bad": 5}}]'
}

@test "-A asks a running summarize, or fails if none is there" {
	mkfifo fifo
	summarize -i csv -g name -v n -N -U socket <fifo >/dev/null &
	asked=$!
	exec 7>fifo
	until_true 10 test -S socket
	printf 'name,n\nx,1\nx,2\n' >&7
	answers() { [ "$(summarize -A "socket=$1")" = "$2" ]; }
	until_true 10 answers GET '[{"x":{"n":3}}]'
	answers REFRESH '[{"x":{"n":3}}]'
	answers REFRESH '[{"x":{"n":0}}]'
	summarize -A socket=no | grep -q error
	exec 7>&-
	wait $asked
	run -1 summarize -A socket=GET
	[ "$output" = 'summarize: socket: No such file or directory' ]
	run -2 summarize -A socket
}

# listen ARGS...: start summarize with a web server, on a pipe that stays open.
listen() {
	need curl
	mkfifo fifo
	for _ in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 10000))
		summarize -l $port "$@" <fifo >out 2>messages &
		running=$!
		exec 7>fifo
		until_true 10 eval '[ -s messages ] || get /metrics >/dev/null'
		[ -s messages ] || return 0	# else the port is taken
	done
	return 1
}

# get PATH [CURL-ARGS]: what the web server answers.
get() { curl -sf "http://127.0.0.1:$port$1" "${@:2}"; }

@test "-l serves metrics and the report while records arrive" {
	need jq promtool
	listen -g src -v rtt_seq
	noise 500 >in
	cat in >&7
	until_true 10 eval 'get /metrics | grep -q "rtt_records_total{.*} [1-9]"'
	until_true 10 eval '[ "$(get /api/report.json | jq "[.groups[].records] | add")" = 500 ]'
	get /api/report.json | jq -r '.groups[] |
	    [.by.src, .values.rtt_seq.count] | @tsv' >got
	summarize -g src -v rtt_seq -o tsv in | rows | tail -n +2 |
	    cut -f1,4 | same - got
	get /metrics | promtool check metrics
	get /metrics -I | grep -qi '^content-type: text/plain; version=0.0.4'
	get /metrics -H 'Accept: application/openmetrics-text' >open
	grep -q '^# TYPE connpipe_rtt_records counter' open
	[ "$(tail -1 open)" = '# EOF' ]
	[ "$(curl -so /dev/null -w '%{http_code}' http://127.0.0.1:$port/x)" = 404 ]
	[ "$(curl -so /dev/null -w '%{http_code}' -d a http://127.0.0.1:$port/metrics)" = 405 ]
}

@test "-l: a client that sends or reads nothing delays no one" {
	need python3
	listen -g src -v rtt_seq
	noise 50 >&7
	python3 - $port <<-'END'
	import socket, sys
	at = ('127.0.0.1', int(sys.argv[1]))
	idle = [socket.create_connection(at) for _ in range(20)]
	for s in idle[:10]:
	    s.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
	s = socket.create_connection(at)
	s.settimeout(10)
	s.sendall(b'GET /metrics HTTP/1.0\r\n\r\n')
	data = b''
	while (got := s.recv(65536)):
	    data += got
	assert data.rstrip().endswith(b'# EOF'), data[-100:]
	END
	noise 50 2 >&7
	exec 7>&-
	wait $running
	grep -q 'rtt: 100 records' out
}

@test "-l: a place where it cannot listen is an error" {
	run -1 --separate-stderr summarize -l nowhere /dev/null
	[ "$stderr" = "summarize: -l: cannot listen at 'nowhere': must be port, address:port or [address]:port" ]
	run -1 --separate-stderr summarize -l 192.0.2.1:80 /dev/null
	[[ $stderr == *"Cannot assign requested address" ]]
}

@test "a percentile that Prometheus computes is within 5 % of ours" {
	need prometheus jq
	listen -v rtt_seq
	noise 3000 >in
	cat in >&7
	web=$((port + 1))
	cat >prometheus.yml <<-END
	scrape_configs:
	  - job_name: connpipe
	    scrape_interval: 1s
	    static_configs: [targets: ["127.0.0.1:$port"]]
	END
	prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
	    --web.listen-address=127.0.0.1:$web >log 2>&1 3>&- &
	server=$!
	query() {
		curl -sf "http://127.0.0.1:$web/api/v1/query" --data-urlencode \
		    "query=$1" | jq -er '.data.result[0].value[1]'
	}
	until_true 30 eval '[ "$(query connpipe_rtt_records_total)" = 3000 ]' ||
	    { kill $server; cat log; false; }
	for q in 50 90 99; do
		query "histogram_quantile(0.$q, connpipe_rtt_rtt_seq_seconds_bucket)"
	done >theirs
	kill $server
	summarize -v rtt_seq -o json in |
	    jq '.groups[0].values.rtt_seq | .p50, .p90, .p99' >ours
	near theirs ours 0.05
}

@test "-o prom: a host that was configured has counters from 0 on, one that is gone none" {
	{
		printf '#conf\ttime\thost\tgroup\n'
		printf '#ping\ttime\thost\trtt\tstate\tgroup\n'
		printf '#host\ttime\thost\tstate\tgroup\n'
		printf 'conf\t1\t%s\tdc1\n' a b
		printf 'ping\t%s\ta\t%s\tok\tdc1\n' 2 0.1 3 0.2
		printf 'ping\t%s\ta\t-\tlost\tdc1\n' 4 5 6
	} >in
	summarize -o prom -k ping -g host in >out
	! command -v promtool >/dev/null || promtool check metrics <out
	grep -e connpipe_up -e ratio -e quantile -e seen -e pings_total out |
	    grep -v '^#' >got
	cat >want <<-'END'
	connpipe_up{host="a",group="dc1"} 0
	connpipe_loss_ratio{host="a",group="dc1"} 0.6
	connpipe_rtt_seconds{host="a",group="dc1",quantile="0.5"} 0.1
	connpipe_rtt_seconds{host="a",group="dc1",quantile="0.99"} 0.2
	connpipe_last_seen_seconds{host="a",group="dc1"} 3.200
	connpipe_pings_total{host="b",group="dc1",state="ok"} 0
	connpipe_pings_total{host="b",group="dc1",state="lost"} 0
	connpipe_pings_total{host="b",group="dc1",state="unreach"} 0
	connpipe_pings_total{host="a",group="dc1",state="ok"} 2
	connpipe_pings_total{host="a",group="dc1",state="lost"} 3
	connpipe_pings_total{host="a",group="dc1",state="unreach"} 0
	END
	same want got
	printf 'host\t7\ta\tgone\tdc1\n' >>in
	summarize -o prom -k ping -g host in >out
	run -1 grep 'pings_total{host="a"' out
	grep -q 'pings_total{host="b"' out
}
