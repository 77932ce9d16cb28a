#!/usr/bin/env bats
# rttmatch, flowtrack, hsclass and httpreq read captures as well as records: the
# output is the same by both ways.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	cp "$SAMPLE" wan.pcap
}

teardown() {
	[ -z "${running:-}" ] || kill "$running" 2>/dev/null || true
}

STAGES="rttmatch flowtrack hsclass httpreq"

# decode STAGE FILE...: the records that the stage needs.
decode() {
	local stage=$1
	shift
	if [ "$stage" = httpreq ]; then
		tcpdecode -d all "$@"
	else
		tcpdecode "$@"
	fi
}

# both STAGE OPTIONS FILE...: output, status and messages of the stage are those
# of tcpdecode and the stage.
both() {
	local stage=$1 options=$2 by_records=0 by_capture=0
	shift 2
	echo "$stage $options $*"
	# Word splitting is meant.
	# shellcheck disable=SC2086
	{
		decode "$stage" "$@" 2>said.records >records || by_records=1
		$stage $options <records >want 2>>said.records || by_records=1
		$stage $options "$@" >got 2>said || by_capture=1
	}
	cmp -s want got || same want got
	[ $by_records -eq $by_capture ]
	[ ! -s said ] && [ ! -s said.records ] || same \
	    <(sed 's/^[a-z]*: //' said.records | sort) \
	    <(sed 's/^[a-z]*: //' said | sort)
}

@test "captures and their records give the same output" {
	captures wan crafted cases packets real
	for stage in $STAGES; do
		for capture in "${captures[@]}"; do
			both $stage '' "$capture"
		done
	done
}

@test "with -p a capture becomes the records that tcpdecode writes" {
	captures wan crafted packets
	for stage in $STAGES; do
		for capture in "${captures[@]}"; do
			both $stage -p "$capture"
		done
	done
}

@test "options that change the output change it alike" {
	captures wan crafted
	for capture in "${captures[@]}"; do
		both rttmatch "-Q -D all" "$capture"
		both rttmatch "-c -x 10.0.0.0/8" "$capture"
		both flowtrack "-e -u 1 -D all" "$capture"
		both hsclass "-U -D all" "$capture"
		both httpreq "-s -P 80 -H user-agent" "$capture"
	done
}

@test "several captures are one stream" {
	for stage in $STAGES; do
		both $stage -p "$WAN"/http.pcap "$CRAFTED"/hs.pcap \
		    "$PACKETS"/tags.pcap wan.pcap
	done
}

@test "damaged captures give the same output, messages and status" {
	for stage in $STAGES; do
		for capture in "$top"/t/fuzz/corpus/savefile/*; do
			[ -s "$capture" ] || continue
			both $stage '' "$capture"
		done
	done
}

@test "captures cut at many lengths give the same output and messages" {
	for n in 1 3 4 23 24 25 39 40 $(seq 41 797 4096); do
		head -c "$n" wan.pcap >short
		both rttmatch '' short
		both httpreq -p short
	done
}

@test "captures on standard input, compressed or in pieces" {
	for stage in $STAGES; do
		$stage wan.pcap >want
		$stage <wan.pcap | same want -
		$stage - <wan.pcap | same want -
		pcapsrc -r wan.pcap | $stage | same want -
		gzip -c wan.pcap >wan.gz
		$stage wan.gz | same want -
		$stage <wan.gz | same want -
		{ head -c 3 wan.pcap; head -c 20 wan.pcap | tail -c +4
		tail -c +21 wan.pcap; } | $stage | same want -
	done
}

@test "records may be compressed, too" {
	tcpdecode wan.pcap >records.tsv
	flowtrack records.tsv >want
	gzip -c records.tsv | flowtrack | same want -
	gzip records.tsv
	flowtrack records.tsv.gz | same want -
}

# halves FILE STAGE: its first and second half of packets, as captures a.pcap and b.pcap
# and as records a.tsv and b.tsv.
halves() {
	need editcap
	local n
	n=$(tcpdecode "$1" | counted tcpdecode packets)
	editcap -F pcap -r "$1" a.pcap 1-$((n / 2))
	editcap -F pcap "$1" b.pcap 1-$((n / 2))
	decode "$2" a.pcap >a.tsv
	decode "$2" b.pcap >b.tsv
}

@test "a connection may begin in records and go on in a capture" {
	for capture in "$WAN/http.pcap" "$CRAFTED/hs.pcap" "$PACKETS/tags.pcap" \
	    "$PACKETS/ipv6-options.pcap"; do
		for stage in $STAGES; do
			halves "$capture" $stage
			cat a.tsv b.tsv | $stage | grep -v ^count >want
			for inputs in "a.pcap b.pcap" "a.tsv b.pcap" \
			    "a.pcap b.tsv"; do
				echo "$stage $inputs"
				# shellcheck disable=SC2086
				$stage $inputs | grep -v ^count | same want -
			done
			$stage a.tsv - <b.pcap | grep -v ^count | same want -
		done
	done
}

@test "counts of captures come after those of records, before the stage's own" {
	tcpdecode "$CRAFTED/hs.pcap" >records.tsv
	hsclass wan.pcap records.tsv | records count | cut -f3 | uniq >got
	printf '%s\n' tcpdecode hsclass | same - got
	hsclass wan.pcap records.tsv | records count |
	    awk -F'\t' '$3 == "tcpdecode" && $4 == "packets" { print $5 }' >got
	{ counted tcpdecode packets <records.tsv
	tcpdecode wan.pcap | counted tcpdecode packets; } | same - got
}

@test "packets that come live are reported when they come" {
	mkfifo fifo
	rttmatch -Q <fifo >out &
	running=$!
	exec 7>fifo
	head -c 8000 wan.pcap >&7
	until_true 30 grep -q ^rtt out
	tail -c +8001 wan.pcap >&7
	exec 7>&-
	wait $running
	running=
	rttmatch -Q wan.pcap | same - out
}

@test "SIGUSR1 prints the counts of what was decoded, too" {
	mkfifo fifo
	rttmatch -Q <fifo >out 2>said &
	running=$!
	exec 7>fifo
	head -c 8000 wan.pcap >&7
	until_true 30 grep -q ^rtt out
	kill -USR1 $running
	until_true 30 grep -q '^rttmatch: packets' said
	grep -q '^tcpdecode: packets' said
	exec 7>&-
	wait $running || true
	running=
}

@test "records of the wrong kinds are named" {
	tcpdecode wan.pcap | rttmatch -Q >rtts
	for stage in rttmatch flowtrack hsclass httpreq; do
		run -1 --separate-stderr $stage rtts
		[ "$stderr" = "$stage: no pkt records came; kinds seen: rtt; \
was -p forgotten?" ]
	done
	printf '#foo\tbar\nfoo\t1\n' >others
	run -1 --separate-stderr flowtrack others
	[[ "$stderr" = *"no pkt records came; kinds seen: others; "* ]]
	# With the others they are no error.
	tcpdecode wan.pcap | rttmatch -p | flowtrack >got
	rttmatch wan.pcap rtts >got
}

@test "no packets, or none of TCP, is no error" {
	head -c 24 wan.pcap >none.pcap
	both rttmatch '' none.pcap
	[ ! -s said ]
	tcpdecode none.pcap | rttmatch >got
	both hsclass -p "$PACKETS/fragments.pcap"
}

@test "a file that is neither records nor a capture is named as that" {
	seq 100 >numbers
	run -1 --separate-stderr rttmatch numbers wan.pcap
	[ "$stderr" = "rttmatch: numbers: neither records nor a capture" ]
	[[ "$output" = *"rtt	"* ]]
	run -1 --separate-stderr flowtrack <numbers
	[ "$stderr" = "flowtrack: stdin: neither records nor a capture" ]
}

@test "shares together report what one program does, by both ways" {
	for capture in "$WAN/http.pcap" "$CRAFTED/hs.pcap" "$CASES/pmtu-kernel.pcap" \
	    "$PACKETS/ipv6-options.pcap"; do
		for stage in rttmatch "flowtrack -e" hsclass httpreq "hsclass -p"; do
			echo "$stage $capture"
			decode "${stage%% *}" "$capture" >records
			$stage "$capture" | grep -v '^[#c]' | sort >want
			for input in "$capture" records; do
				for i in 1 2 3; do
					$stage --share $i/3 "$input"
				done >shares
				grep -v '^[#c]' shares | sort | same want -
			done
		done
	done
}

@test "counts of shares add up to those of one program" {
	sums() {
		awk -F'\t' '$1 == "count" { n[$3 " " $4] += $5 }
			END { for (k in n) print k, n[k] }' | sort
	}
	hsclass wan.pcap | sums >want
	for i in 1 2; do
		hsclass --share $i/2 wan.pcap
	done | sums | same want -
	for i in 1 2; do
		flowtrack --share $i/2 wan.pcap | counted flowtrack packets
	done >parts
	[ "$(sed -n 1p parts)" -gt 0 ]
	[ "$(sed -n 2p parts)" -gt 0 ]
}

@test "a share that cannot be is refused" {
	for share in 0/2 3/2 1 1/ /2 1/2x x/2 -1/2 1/1001 ''; do
		run -2 --separate-stderr rttmatch --share "$share" wan.pcap
		[[ "$stderr" = "rttmatch: --share: invalid share '$share': "* ]]
	done
}
