#!/bin/sh
# run.sh BINDIR: the programs in BINDIR beside their peers, on a made-up trace
# and on one of real TCP.  Prints tables of medians, how cost and memory grow
# with the flows, and the targets.
#
# From the environment: BENCHDIR has gentrace, readloop and timed
# (build/bench); PACKETS, CONNS and RUNS make the trace and the table; REAL is
# how many packets the real trace has at most, 0 for none, made by realtrace.sh
# as root; FLOWS is how many are live when memory is measured, WEB how many
# connections the HTTP trace has; TMPDIR needs about 2 GB.

set -eu

packets=${PACKETS:-5000000}
conns=${CONNS:-50000}
runs=${RUNS:-5}
flows=${FLOWS:-1000000}
web=${WEB:-20000}
real=${REAL:-2000000}
slice=100000
status=0

say() { printf '%s\n' "$*"; }
complain() { printf 'bench: %s\n' "$*" >&2; status=1; }
absolute() { (cd "$1" && pwd); }

[ $# -eq 1 ] || { echo "usage: run.sh bindir" >&2; exit 2; }
bin=$(absolute "$1")
bench=$(absolute "${BENCHDIR:-build/bench}")
here=$(absolute "$(dirname "$0")")
PATH=$bin:$bench:$PATH
dir=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

for program in gentrace genhttp readloop timed flood pcapsrc tcpdecode \
    rttmatch hsclass flowtrack httpreq summarize; do
	[ -x "$bin/$program" ] || [ -x "$bench/$program" ] ||
	    { complain "$program: not built"; exit 1; }
done

# row COMMAND [PACKETS]: a line of the table.  The command is its name.
rows=0
row() {
	if ! command -v "${1%% *}" >/dev/null; then
		say "(${1%% *} is not installed: left out)"
		return
	fi
	rows=$((rows + 1))
	say "$1" >$rows.command
	say "${2:-$packets}" >$rows.packets
}

run_row() {
	timed "$1.times" "$(cat "$1.command")" </dev/null >/dev/null \
	    2>"$1.errors" && return
	complain "$(cat "$1.command"): exit status $?"
	cat "$1.errors" >&2
}

# One round runs every row once, so that a slow moment of the machine falls
# on all of them.
run_round() {
	n=1
	while [ $n -le $rows ]; do
		run_row $n
		n=$((n + 1))
	done
}

# Every row several times, after a round that warms the caches up.
measure() {
	run_round
	rm -f ./*.times
	round=0
	while [ $round -lt "$runs" ]; do
		run_round
		round=$((round + 1))
	done
	results >medians
}

# median FILE FIELD
median() {
	cut -d' ' -f"$2" "$1" | sort -n | awk '
	    { v[NR] = $1 }
	    END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# The results as records: command, packets, wall s, CPU s, KB.
results() {
	n=1
	while [ $n -le $rows ]; do
		printf '%s\t%s\t%s\t%s\t%s\n' "$(cat $n.command)" \
		    "$(cat $n.packets)" "$(median $n.times 1)" \
		    "$(median $n.times 2)" "$(median $n.times 3)"
		n=$((n + 1))
	done
}

# print_table PACKETS: wall and CPU time also as parts of tcptrace's.
print_table() {
	awk -F'\t' -v all="$1" '
	NR == FNR { if ($1 ~ /^tcptrace/) { peer = $3; peercpu = $4 } next }
	FNR == 1 {
		printf "%-48s %7s %7s %8s %7s %10s\n", "", "", "", "", "",
		    "/tcptrace"
		printf "%-48s %7s %7s %8s %7s %5s %5s\n", "", "wall s",
		    "CPU s", "peak MB", "ns/pkt", "wall", "CPU"
	}
	{
		scale = all / $2
		printf "%-48s %7.2f %7.2f %8.1f %7.0f", $1, $3 * scale,
		    $4 * scale, $5 / 1024, $4 / $2 * 1e9
		if (peer)
			printf " %5.2f %5.2f\n", $3 * scale / peer,
			    $4 * scale / peercpu
		else
			printf " %5s %5s\n", "-", "-"
	}' medians medians
}

# peak CONNECTIONS PACKETS [COMMAND [PERMILLE]]: peak MB on a trace whose
# connections all stay open and which loses that many packets.
peak() {
	rm -f peak.times
	gentrace -l -c "$1" -n "$2" -L "${4:-5}" | tcpdecode |
	    timed peak.times "${3:-rttmatch -Q}" >/dev/null || return
	awk '{ printf "%.1f\n", $3 / 1024 }' peak.times
}

# verdict WHAT MEASURED LIMIT UNIT
verdict() {
	awk -v what="$1" -v is="$2" -v limit="$3" -v unit="$4" 'BEGIN {
		printf "%-48s %8s %-3s at most %5s %-3s %s\n", what,
		    is == "" ? "-" : is, unit, limit, unit, \
		    is == "" ? "not measured" : is <= limit + 0 ? "yes" : "NO"
	}'
}

# ratio COMMAND [PEER [WHAT]]: wall time of a command, or WHAT is CPU, in those of
# its peer.
ratio() {
	awk -F'\t' -v command="$1" -v peer="${2:-tcptrace}" -v what="${3:-wall}" '
	{ time = what == "CPU" ? $4 : $3 }
	index($1, peer) == 1 { base = time }
	$1 == command { own = time }
	END { if (base && own) printf "%.2f\n", own / base }' medians
}

# against COMMAND PEER CPU [WALL]: two lines of the targets.
against() {
	verdict "$1 / $2, CPU" "$(ratio "$1" "$2" CPU)" "$3" x
	[ $# -lt 4 ] ||
	    verdict "$1 / $2, wall" "$(ratio "$1" "$2")" "$4" x
}

# The slowest stage alone; the one into a pipe counts as well.
slowest() {
	awk -F'\t' '
	$1 ~ /^(pcapsrc|tcpdecode|rttmatch|hsclass|flowtrack)/ &&
	    $1 !~ /\| *(tcp|rtt|hs|flow)/ &&
	    $1 !~ /^(rtt|hs|flow).*pcap$/ {
		ns = $4 / $2 * 1e9
		if (ns > most)
			most = ns
	}
	END { printf "%.0f\n", most }' medians
}

say "$packets packets, $conns connections, medians of $runs interleaved runs"
say "$(uname -sm), $(getconf _NPROCESSORS_ONLN) cores"
gentrace -n "$packets" -c "$conns" -w trace.pcap
tcpdecode trace.pcap >pkt.tsv || complain "tcpdecode: exit status $?"
[ "$slice" -lt "$packets" ] || slice=$packets

# rows of a trace: the programs that read it, alone and in pipelines.
trace_rows() {
	row 'readloop trace.pcap'
	row 'tcpdump -nn -r trace.pcap'
	row 'tcptrace -n -l trace.pcap'
	row "tshark -n -c $slice -r trace.pcap" "$slice"
	row 'rttmatch -Q trace.pcap'
	row 'hsclass trace.pcap'
	row 'flowtrack trace.pcap'
	row 'pcapsrc -r trace.pcap'
	row 'pcapsrc -r trace.pcap | cat'
	row 'tcpdecode trace.pcap'
	row 'rttmatch -Q <pkt.tsv'
	row 'hsclass <pkt.tsv'
	row 'flowtrack <pkt.tsv'
	row 'tcpdecode trace.pcap | rttmatch -Q'
	row 'pcapsrc -r trace.pcap | tcpdecode | rttmatch -Q'
	row 'tcpdecode trace.pcap | hsclass'
	row 'tcpdecode trace.pcap | flowtrack'
	row "tcpdecode trace.pcap | rttmatch -Q | $sums"
}
sums='summarize -g src -v rtt_seq -q 50,99'
trace_rows

measure
say
print_table "$packets"
say "Standard output is /dev/null, peak MB that of the largest process."
[ "$slice" -eq "$packets" ] ||
    say "tshark read $slice packets; its seconds are scaled to $packets."
rm -f trace.pcap pkt.tsv

# The same for a capture of real TCP, in a folder of its own.
measure_real() {
	packets=$(grep -c '^pkt' pkt.tsv)
	rows=0
	trace_rows
	measure
	say
	say "real TCP: $packets packets, cut at 256 bytes"
	print_table "$packets"
	rm -f trace.pcap pkt.tsv
}

# HTTP in whole packets.
measure_real_http() {
	mkdir http
	cd http
	"$here/realtrace.sh" $((real / 10)) 65535 "$PWD/http.pcap" || return
	rows=0
	http_rows
	measure
	print_http 'real HTTP'
	rm -f http.pcap
	cd ..
}

# http_rows: the programs that read http.pcap.
decoded='tcpdecode -d all http.pcap'
http_rows() {
	row 'httpry -q -r http.pcap -o /dev/null'
	row 'httpreq http.pcap'
	row "$decoded"
	row "$decoded | cat"
	row "$decoded | httpreq"
}

print_http() {
	say
	say "$1: $(($(wc -c <http.pcap) / 1000000)) MB of packets"
	awk -F'\t' '
	NR == 1 {
		printf "%-48s %8s %8s %8s\n", "", "wall s", "CPU s", "peak MB"
	}
	{ printf "%-48s %8.2f %8.2f %8.1f\n", $1, $3, $4, $5 / 1024 }' medians
}

mkdir real
cd real
if [ "$real" -gt 0 ] &&
    "$here/realtrace.sh" "$real" 256 "$PWD/trace.pcap" &&
    tcpdecode trace.pcap >pkt.tsv; then
	measure_real
	(measure_real_http) || say '(no real HTTP)'
else
	say '(no capture of real TCP)'
fi
cd ..

# cost FLOWS STAGE: CPU ns a packet of a stage with FLOWS live flows.
cost() {
	rm -f cost.times
	gentrace -l -c "$1" -n $((8 * flows)) | tcpdecode |
	    timed cost.times "$2" >/dev/null ||
	    complain "$2: exit status $?"
	awk -v n=$((8 * flows)) '{ printf "%.0f\n", $2 / n * 1e9 }' cost.times
}

# Cost by live flows: a thousandth of FLOWS, a hundredth, a tenth, all.
growth() {
	set -- "$1" "$(cost $((flows / 1000)) "$1")" \
	    "$(cost $((flows / 100)) "$1")" "$(cost $((flows / 10)) "$1")" \
	    "$(cost "$flows" "$1")"
	awk -v stage="$1" -v a="$2" -v b="$3" -v c="$4" -v d="$5" 'BEGIN {
		printf "%-20s %9d %9d %9d %9d %8.2fx\n", stage, a, b, c, d,
		    (a > 0 ? (d / a) ^ (1 / 3) : 0)
	}'
	[ "$2" -eq 0 ] || grown=$(echo "$grown $5 $2" | awk '{
	    printf "%.2f\n", ($2 / $3 > $1 ? $2 / $3 : $1) }')
}

grown=0		# the worst of the stages
say
say "CPU ns a packet by live flows, $((8 * flows)) packets; what ten times the flows cost"
printf '%-20s %9d %9d %9d %9d %9s\n' '' $((flows / 1000)) $((flows / 100)) \
    $((flows / 10)) "$flows" 'x10'
for stage in 'rttmatch -Q' flowtrack hsclass; do
	growth "$stage"
done

live=$(peak "$flows" $((8 * flows))) || complain "rttmatch: exit status $?"
few=$((flows / 100))
short=$(peak $few $((50 * few))) || complain "rttmatch: exit status $?"
long=$(peak $few $((500 * few))) || complain "rttmatch: exit status $?"
say
say "rttmatch, peak memory"
printf '%9s live flows, %9s packets %8s MB\n' "$flows" $((8 * flows)) \
    "$live" "$few" $((50 * few)) "$short" "$few" $((500 * few)) "$long"
conns=$(peak "$flows" $((8 * flows)) flowtrack) ||
    complain "flowtrack: exit status $?"
tenth=$(peak $((flows / 10)) $((8 * flows / 10)) flowtrack) ||
    complain "flowtrack: exit status $?"
same=$(peak $few $((50 * few)) flowtrack 0) ||
    complain "flowtrack: exit status $?"
more=$(peak $few $((500 * few)) flowtrack 0) ||
    complain "flowtrack: exit status $?"
lossy=$(peak $few $((500 * few)) flowtrack) ||
    complain "flowtrack: exit status $?"
each=$(awk -v a="$tenth" -v b="$conns" -v n="$flows" \
    'BEGIN { if (a && b) printf "%.0f\n", (b - a) * 1048576 / (0.9 * n) }')
printf 'flowtrack, peak memory\n'
printf '%9s live connections, %9s packets %8s MB\n' "$flows" $((8 * flows)) \
    "$conns" "$few" $((50 * few)) "$same" "$few" $((500 * few)) "$more"
printf '%9s of them with losses, once taken %13s MB\n' "$few" "$lossy"
rm -f peak.times
flood "$flows" | timed peak.times hsclass >/dev/null ||
    complain "hsclass: exit status $?"
pending=$(awk '{ printf "%.1f\n", $3 * 1024 / 1e6 }' peak.times)
printf 'hsclass, peak memory\n%9s pending attempts %17s MB\n' "$flows" \
    "$pending"

mkdir http
cd http
genhttp -c "$web" >http.pcap
rows=0
http_rows
measure
print_http "made-up HTTP, $web connections"
http=$(ratio "$decoded | httpreq" httpry)
rm -f http.pcap peak.times
genhttp -u -c 100000 | tcpdecode -d all | timed peak.times httpreq >/dev/null ||
    complain "httpreq: exit status $?"
heads=$(awk '{ printf "%.1f\n", $3 / 1024 }' peak.times)
printf 'httpreq, peak memory\n   100000 unfinished heads %18s MB\n' "$heads"
cd ..

say
say "targets"
verdict 'tcpdecode FILE | rttmatch -Q, to tcptrace' \
    "$(ratio 'tcpdecode trace.pcap | rttmatch -Q')" 0.5 x
verdict 'pcapsrc | tcpdecode | rttmatch -Q, to tcptrace' \
    "$(ratio 'pcapsrc -r trace.pcap | tcpdecode | rttmatch -Q')" 0.7 x
verdict 'tcpdecode FILE | hsclass, to tcptrace' \
    "$(ratio 'tcpdecode trace.pcap | hsclass')" 0.6 x
verdict 'tcpdecode FILE | flowtrack, to tcptrace' \
    "$(ratio 'tcpdecode trace.pcap | flowtrack')" 0.6 x
verdict 'tcpdecode | rttmatch -Q | summarize, to tcptrace' \
    "$(ratio "tcpdecode trace.pcap | rttmatch -Q | $sums")" 0.6 x
verdict 'CPU of the slowest stage, a packet' "$(slowest)" 200 ns
verdict "rttmatch with $flows live flows" "$live" 256 MB
verdict "hsclass with $flows pending attempts" "$pending" 128 MB
verdict "flowtrack with $flows live connections" "$conns" 400 MB
verdict 'flowtrack, a live connection' "$each" 300 B
verdict 'flowtrack, ten times the packets' \
    "$(awk -v a="$same" -v b="$more" 'BEGIN {
	if (a && b) printf "%.2f\n", b / a }')" 1.1 x
verdict 'tcpdecode -d all FILE | httpreq, to httpry' "$http" 0.8 x
verdict 'httpreq with 100000 unfinished heads' "$heads" 256 MB
verdict 'the same flows, ten times the packets' \
    "$(awk -v a="$short" -v b="$long" 'BEGIN {
	if (a && b) printf "%.2f\n", b / a }')" 1.1 x
verdict 'a packet, with a thousand times the flows' "$grown" 2.2 x
if [ -f real/medians ]; then
	cd real
	say
	say 'targets, real TCP'
	against 'rttmatch -Q trace.pcap' tcptrace 0.36 0.36
	against 'rttmatch -Q trace.pcap' readloop 1.8
	against 'flowtrack trace.pcap' tcptrace 0.46
	against 'hsclass trace.pcap' tcptrace 0.31
	against 'tcpdecode trace.pcap | rttmatch -Q' tcptrace 0.60 0.30
	against 'pcapsrc -r trace.pcap | tcpdecode | rttmatch -Q' tcptrace \
	    0.75 0.33
	against 'tcpdecode trace.pcap | flowtrack' tcptrace 0.70 0.36
	cd ..
fi
if [ -f real/http/medians ]; then
	cd real/http
	against 'httpreq http.pcap' httpry 0.45
	against "$decoded | httpreq" httpry 1 0.4
	cd ../..
fi
say
BENCHDIR=$bench "$here/probes.sh" "$bin" || status=1
exit $status
