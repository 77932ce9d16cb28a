#!/usr/bin/env bats
# The programs together: the pipelines of connpipe(7), captures cut at any length,
# signals, live captures.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	cp "$SAMPLE" wan.pcap
}

teardown() {
	[ -z "${running:-}" ] || kill "$running" 2>/dev/null || true
	uncable
}

# The examples of connpipe(7) that can run here, a file each.
examples() {
	awk '
		/^\.\\" live/ { live = 1 }
		/^\.Ed/ { if (on) close(name); on = 0 }
		on { print > name }
		/^\.Bd -literal/ {
			on = !live
			live = 0
			name = "example." ++n
		}' "$BUILD/man/man7/connpipe.7"
}

@test "every pipeline in connpipe(7) runs and prints something" {
	examples
	[ -e example.1 ] || [ -e example.2 ]
	for example in example.*; do
		case $(cat "$example") in
		*sqlite3*) command -v sqlite3 >/dev/null || continue ;;
		*wan.pcap*) ;;
		*) continue ;;		# a picture or a record, not a command
		esac
		cat "$example"
		sh "$example" >out
		[ -s out ]
	done
}

@test "a pipeline and files in between give the same records" {
	pcapsrc -r wan.pcap | tcpdecode | rttmatch -Q >piped
	tcpdecode wan.pcap >records.tsv
	rttmatch -Q records.tsv >files
	same files piped
}

@test "every capture passes all three programs without a crash" {
	captures wan crafted cases packets real
	for capture in "${captures[@]}"; do
		echo "$capture"
		for command in "pcapsrc -r $capture" "tcpdecode $capture"; do
			status=0
			$command >out 2>said || status=$?
			[ $status -le 1 ]
			[ $status -eq 0 ] || [ -s said ]
		done
		rttmatch out >rtt || [ $? -le 1 ]
	done
}

@test "captures cut at many lengths give whole packets, then an error" {
	need mergecap
	mergecap -F pcapng -w mixed.pcapng "$PACKETS"/{one-request,ppp,cooked2}.pcap
	for capture in wan.pcap mixed.pcapng "$PACKETS"/qinq-pppoe.pcap \
	    "$PACKETS"/nano-big.pcap "$REAL"/33-* "$REAL"/4[01]-*; do
		[ -f "$capture" ] || continue
		for n in 0 1 3 4 23 24 25 39 40 $(seq 41 131 4096); do
			head -c "$n" "$capture" >short
			status=0
			tcpdecode short >out 2>said || status=$?
			[ $status -le 1 ]
			[ $status -eq 0 ] || grep -q '^tcpdecode: short: ' said
			status=0
			pcapsrc -r short 2>said >out.pcap || status=$?
			[ $status -le 1 ]
			# The same whole packets, either way.
			if [ -s out.pcap ]; then
				tcpdecode out.pcap | same out - || {
				    echo "$capture at $n"; false; }
			fi
		done
	done
}

@test "SIGUSR1 prints counts and the program continues" {
	mkfifo fifo
	tcpdecode <fifo >out 2>said &
	running=$!
	exec 7>fifo
	head -c 2000 wan.pcap >&7
	until_true 30 grep -q ^pkt out
	until_caught $running USR1
	kill -USR1 $running
	until_true 30 grep -q '^tcpdecode: packets [0-9]' said
	tail -c +2001 wan.pcap >&7
	exec 7>&-
	wait $running
	running=
	tcpdecode wan.pcap | same - out
}

@test "SIGUSR1 prints all counts so far, including bad lines" {
	for filter in rttmatch hsclass flowtrack httpreq summarize vitals; do
		rm -f fifo said
		mkfifo fifo
		$filter <fifo >out 2>said &
		running=$!
		exec 7>fifo
		header count time prog name value >&7
		echo >&7
		until_true 30 grep -qs 'stdin:2: ' said
		until_caught $running USR1
		kill -USR1 $running
		until_true 30 grep -q "^$filter: .*bad_lines 1" said
		exec 7>&-
		wait $running || true
		running=
	done
}

@test "after Ctrl-C a filter reads the rest of its pipe" {
	mkfifo fifo
	tcpdecode wan.pcap >records.tsv
	rttmatch <fifo >out &
	running=$!
	exec 7>fifo
	head -n 20 records.tsv >&7
	until_true 30 grep -q ^rtt out
	kill -INT $running
	tail -n +21 records.tsv >&7
	exec 7>&-
	wait $running
	running=
	rttmatch records.tsv | same - out
}

@test "a second Ctrl-C ends a filter at once" {
	mkfifo fifo
	rttmatch <fifo >out &
	running=$!
	exec 7>fifo
	tcpdecode wan.pcap | head -n 20 >&7
	until_true 30 grep -q ^rtt out
	kill -INT $running
	status=0
	( until ! kill -INT $running 2>/dev/null; do sleep 0.05; done ) &
	wait $running || status=$?
	running=
	exec 7>&-
	[ $status -eq 130 ]
}

# Two hosts: a server on one, the pipeline on the other.
live() {
	need pgrep
	cable
	server
	ip netns exec "$A" "$BUILD/bin/pcapsrc" -i va 2>said 7>&- |
	    tcpdecode 2>>said | rttmatch -Q 2>>said |
	    while IFS= read -r line; do
		printf '%s\t%s\n' "$EPOCHREALTIME" "$line"
	    done >out &
	running=$!
	until_true 30 pgrep -f "^$BUILD/bin/pcapsrc -i va" >/dev/null
}

# Did the capture see these requests?  It may begin after the first ones.
seen() {
	ask 20
	grep -q '	rtt	' out
}

source_pid() { pgrep -f "^$BUILD/bin/pcapsrc -i va"; }

@test "live, a round trip is printed within 100 ms of its packet" {
	live
	until_true 60 seen
	# Of most; a busy machine may delay some.
	awk -F'\t' '$2 == "rtt" { n++; soon += $1 - $3 < 0.1 }
		END { print n, soon; exit !(n > 20 && soon > n / 2) }' out
	[ ! -s said ] || { cat said; false; }
}

@test "live, Ctrl-C prints all records, the counts last" {
	live
	until_true 60 seen
	kill -INT "$(source_pid)"
	until_true 30 grep -q 'rttmatch	bad_lines' out
	tail -1 out | grep -q '	count	.*	rttmatch	'
	grep -q '	tcpdecode	packets	' out
}

@test "live and idle, the pipeline uses no CPU" {
	live
	until_true 60 seen
	pids="$(source_pid) $(pgrep -n -x tcpdecode) $(pgrep -n -x rttmatch)"
	ticks() {
		for pid in $pids; do
			awk '{ print $14 + $15 }' "/proc/$pid/stat"
		done | awk '{ n += $1 } END { print n }'
	}
	before=$(ticks)
	sleep 10	# the time that is measured
	after=$(ticks)
	echo "$before $after"
	[ $((after - before)) -le 2 ]
}
