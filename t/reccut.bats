#!/usr/bin/env bats
# reccut: what other programs read of its tables is what the records hold.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	[ -x "$BUILD/bin/reccut" ] || skip "reccut needs libsmartcols"
}

# made: records of two kinds and a count record, hand-made.
made() {
	printf '#hs\ttime\tsrc\tsport\tdst\tdport\tresult\twhy\ttook\tfilters\n'
	printf 'hs\t1700000000.100000000\t10.0.0.1\t1000\t192.0.2.1\t80\tsuccess\t-\t0.010000000\tRX,web\n'
	printf 'hs\t1700000060.200000000\t2001:db8::1\t1001\t2001:db8::2\t8003\treject\trst\t0.000250000\t-\n'
	printf 'hs\t1700000720.300000000\t10.1.0.1\t1002\t192.0.2.9\t443\ttimeout\t-\t-\tTX\n'
	printf '#x\ttime\ttext\tv\n'
	printf 'x\t1\ta\\tb,"c"\\\\\\xff\\x1b\t5\n'
	printf 'x\t2\t\\x2d\t12\n'
	printf 'x\t3\t\t-\n'
	printf '#count\ttime\tprog\tname\tvalue\ncount\t1\tp\tn\t1\n'
}

# cut ARGS...: of the hand-made records.
cut_made() { made | reccut "$@"; }

# sports CONDITION...: the ports of the attempts that satisfy them all.
sports() {
	local args=()
	for condition; do
		args+=(-w "$condition")
	done
	made | reccut "${args[@]}" hs sport | tail -n +2 | xargs
}

# real_records: of all stages, from our own capture.
real_records() {
	tcpdecode "$SAMPLE" | rttmatch -p | hsclass -p | flowtrack -e -p
}

@test "TSV is a header line and the columns asked for, in that order" {
	run -0 cut_made hs sport,result,time
	[ "${lines[0]}" = $'sport\tresult\ttime' ]
	[ "${lines[2]}" = $'1001\treject\t1700000060.200000000' ]
	[ "${#lines[@]}" -eq 4 ]
}

@test "all columns of every kind are what awk cuts out of the records" {
	real_records >all
	for kind in pkt rtt hs conn loss; do
		reccut -N - $kind - all >got
		awk -F'\t' -v kind=$kind '
		$1 == kind || $1 == "#" kind && !n++' all | cut -f2- >want
		cmp got want
		[ "$(wc -l <got)" -gt 1 ]
	done
}

@test "no value is empty, or the text of -N" {
	[ "$(cut_made hs why,took | tail -1)" = $'\t' ]
	[ "$(cut_made -N '\N' hs why,took | tail -1)" = $'\\N\t\\N' ]
	[ "$(cut_made -o csv -N NA hs why,took | tail -1)" = NA,NA ]
}

@test "a text that is a dash is one, in every form" {
	[ "$(cut_made x text | sed -n 3p)" = - ]
	[ "$(cut_made -o csv x text | sed -n 3p)" = - ]
	[ "$(cut_made -o jsonl x text | sed -n 2p)" = '{"text":"-"}' ]
	[ "$(cut_made -o zeek x text | sed -n 9p)" = '\x2d' ]
}

@test "CSV is read by Python as the text that was sent" {
	need python3
	cut_made -o csv -a 'file=a,"b"' x >csv
	python3 - <<-'END'
	import csv
	rows = list(csv.DictReader(open('csv', newline='')))
	assert rows[0] == {'time': '1', 'text': 'a\tb,"c"\\\\xff\\x1b', 'v': '5',
	    'file': 'a,"b"'}, rows[0]
	assert rows[2]['text'] == '' and rows[2]['v'] == '', rows[2]
	END
}

@test "JSON is read by Python, times with all their digits" {
	need python3
	cut_made -o json hs,x >json
	cut_made -o jsonl hs,x >jsonl
	python3 - <<-'END'
	import json
	from decimal import Decimal
	rows = json.load(open('json'), parse_float=Decimal)
	assert rows == [json.loads(l, parse_float=Decimal) for l in open('jsonl')]
	assert len(rows) == 6 and rows[0]['kind'] == 'hs'
	assert rows[0]['time'] == Decimal('1700000000.1')
	assert str(rows[0]['time']) == '1700000000.100000000'
	assert rows[0]['filters'] == ['RX', 'web'] and rows[1]['filters'] is None
	assert rows[2]['took'] is None and rows[0]['sport'] == 1000
	assert rows[3]['text'] == 'a\tb,"c"\\\\xff\x1b', rows[3]
	END
	[ "$(cut_made -w 'sport = 1' -o json hs | tr -d '\n')" = '[]' ]
}

@test "SQL loads into SQLite, whose sums are awk's" {
	need sqlite3
	real_records >all
	reccut -o sql hs,loss,conn,rtt - all >sql
	[ "$(grep -c '^CREATE' sql)" -eq 4 ]
	sqlite3 db <sql
	[ "$(sqlite3 db 'SELECT count(*) FROM rtt')" = "$(grep -c ^rtt all)" ]
	[ "$(sqlite3 db 'SELECT count(*) FROM loss')" = "$(grep -c ^loss all)" ]
	sqlite3 -separator ' ' db 'SELECT result, count(*) FROM hs GROUP BY 1' >got
	grep ^hs all | cut -f7 | sort | uniq -c | awk '{ print $2, $1 }' >want
	diff got want
	sqlite3 db 'SELECT sum(bytes_dst) FROM conn' >got
	reccut conn bytes_dst all | awk '{ s += $1 } END { print s }' >want
	diff got want
	cut_made -o sql -a "it=it's" x | sqlite3 other
	[ "$(sqlite3 other 'SELECT it FROM x LIMIT 1')" = "it's" ]
	[ "$(sqlite3 other 'SELECT typeof(v) FROM x WHERE time = 3')" = null ]
}

@test "Zeek's headers name a field and a type for each column" {
	real_records | reccut -o zeek conn >conn.log
	awk -F'\t' '
	/^#fields/ { n = NF; for (i = 2; i <= NF; i++) at[$i] = i - 1 }
	/^#types/ && NF != n { exit 1 }
	/^#/ { next }
	NF != n - 1 { exit 1 }
	$at["conn_state"] == "SF" { found++ }
	END {
		split("ts id.orig_h id.orig_p id.resp_h id.resp_p duration", w, " ")
		for (i in w)
			if (!(w[i] in at))
				exit 1
		exit !found
	}' conn.log
	[ "$(cut_made -o zeek x text | sed -n 8p)" = 'a\x09b,"c"\\\xff\x1b' ]
}

@test "a table is aligned, and whole where there is no terminal" {
	need python3
	cut_made -o table hs >got
	python3 - <<-'END'
	lines = open('got').read().split('\n')
	at = lines[0].index('result')
	assert [l[at:].split()[0] for l in lines[1:4]] == ['success', 'reject',
	    'timeout']
	assert '2023-11-14 22:13:20.100000' in lines[1] and '10.00 ms' in lines[1]
	assert '250.0 us' in lines[2]
	END
}

@test "on a terminal the default is a table, cut to its width" {
	need python3
	made >in
	python3 - <<-'END'
	import fcntl, os, pty, struct, subprocess, termios
	main, other = pty.openpty()
	fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack('4H', 24, 60, 0, 0))
	p = subprocess.Popen(['reccut', 'x', '-', 'in'], stdout=other)
	os.close(other)
	text = b''
	try:
	    while (got := os.read(main, 4096)):
	        text += got
	except OSError:
	    pass
	assert p.wait() == 0
	lines = text.decode().split('\r\n')
	assert 'text' in lines[0] and '\t' not in text.decode(), text
	assert all(len(l) <= 60 for l in lines), lines
	END
}

@test "rows of a live stream's table come while it lasts" {
	mkfifo fifo
	reccut -o table hs - fifo >got &
	exec 7>fifo
	made >&7
	until_true 10 grep -q reject got
	exec 7>&-
	wait
}

@test "conditions compare numbers, durations, addresses and text" {
	[ "$(sports 'took > 1ms')" = 1000 ]
	[ "$(sports 'took<=250us')" = 1001 ]
	[ "$(sports 'dport in 80,8000-8010')" = "1000 1001" ]
	[ "$(sports 'src in 10.0.0.0/8')" = "1000 1002" ]
	[ "$(sports 'src = 2001:db8:0::1')" = 1001 ]
	[ "$(sports 'src !in 10.0.0.0/8,2001:db8::/32')" = "" ]
	[ "$(sports 'result != success' 'sport >= 1.002k')" = 1002 ]
	[ "$(sports 'result ~ ^(re|su)')" = "1000 1001" ]
	[ "$(sports 'result !~ e')" = "" ]
	[ "$(sports 'filters = web')" = 1000 ]
	[ "$(sports 'filters in TX,other')" = 1002 ]
	[ "$(sports 'time >= 2023-11-14T22:14Z')" = "1001 1002" ]
	[ "$(sports 'why = -')" = "1000 1002" ]
	[ "$(sports 'took != 10ms')" = "1001 1002" ]
}

@test "-f and -t limit the time, absolute or from the first record" {
	hs() { cut_made "$@" hs sport | tail -n +2 | xargs; }
	[ "$(hs -f +1m)" = "1001 1002" ]
	[ "$(hs -t +1m)" = 1000 ]
	[ "$(hs -f @1700000000.2 -t '2023-11-14 22:20')" = 1001 ]
	[ "$(hs -f 2023-11-14T23:14+01:00)" = "1001 1002" ]
	[ "$(hs -f -1h)" = "" ]
}

@test "-H repeats the header line" {
	[ "$(cut_made -H 60 hs sport | xargs)" = \
	    "sport 1000 sport 1001 sport 1002" ]
	[ "$(cut_made -H 700 hs sport | xargs)" = "sport 1000 1001 sport 1002" ]
}

@test "columns move with a later header, and one that goes leaves no value" {
	made >in
	printf '#hs\tsport\tresult\nhs\t9\tabort\n' >>in
	[ "$(reccut hs time,result,sport in | tail -1)" = $'\tabort\t9' ]
}

@test "a column that is not there is an error that lists those that are" {
	run -1 --separate-stderr cut_made hs time,rtt
	[[ $stderr == "reccut: stdin:2: no column 'rtt' in 'hs' records, which have time src "* ]]
	run -1 --separate-stderr cut_made -w 'nothing = 1' x
	[[ $stderr == *"no column 'nothing' in 'x' records, which have time text v" ]]
}

@test "a kind that never comes is reported, with those that did" {
	run -1 --separate-stderr cut_made rtt
	[ "$stderr" = "reccut: no rtt records came; kinds seen: hs, x; was -p forgotten?" ]
	printf '#\033x\n' >raw
	run -1 --separate-stderr reccut rtt - raw
	[[ $stderr == *'kinds seen: \x1bx; '* ]]
	run -0 reccut rtt - /dev/null
	[ "$output" = "" ]
}

@test "wrong conditions, times and forms are reported in words" {
	wrong() {
		run -2 --separate-stderr reccut "${@:2}" hs - /dev/null
		[[ $stderr == *"$1"* ]]
	}
	wrong "must be COLUMN OP VALUE" -w result
	wrong "'x': must be of the type number, as 'sport' is" -w 'sport = x'
	wrong "'10.0': must be of the type address" -w 'src in 10.0'
	wrong "'(': Unmatched" -w 'result ~ ('
	wrong "invalid time 'soon'" -f soon
	wrong "invalid form 'xml'" -o xml
	wrong "must be NAME=VALUE" -a file
	run -2 reccut
	run -2 reccut -o csv hs,rtt
}
