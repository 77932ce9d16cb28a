#!/bin/sh
# probes.sh BINDIR: probesrc beside fping on hosts of loopback.  Prints what a
# probe costs, memory, loss, and how wrong round trips are while the cores are
# busy: on loopback the truth is some millionths of a second.
#
# From the environment: BENCHDIR has timed; HOSTS and SECS are how many hosts
# are pinged once a second, for how long; BUSY_SECS how long beside busy cores.

set -eu

hosts=${HOSTS:-10000}
secs=${SECS:-60}
busy_secs=${BUSY_SECS:-20}
busy_hosts=1000
# fping has numbers for 65535 pings in ten seconds, and ends without one.
fping_secs=$((60000 / hosts))
[ $fping_secs -gt 0 ] || fping_secs=1
status=0

say() { printf '%s\n' "$*"; }
complain() { printf 'bench: %s\n' "$*" >&2; status=1; }
absolute() { (cd "$1" && pwd); }

[ $# -eq 1 ] || { echo "usage: probes.sh bindir" >&2; exit 2; }
bin=$(absolute "$1")
PATH=$bin:$(absolute "${BENCHDIR:-build/bench}"):$PATH
dir=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
loops=''
# shellcheck disable=SC2086 # one process each
trap 'rm -rf "$dir"; [ -z "$loops" ] || kill $loops' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

if ! echo '127.0.0.1 numpings=1' | probesrc -1 >/dev/null 2>&1; then
	say "(no sockets for ICMP: probes left out)"
	exit 0
fi

# hosts N: N addresses, and the list that pings each once a second.
make_hosts() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "127.%d.%d.%d\n", 1 + int(i / 50000), \
			    int(i / 200) % 250, i % 200 + 1
	}' >hosts.txt
	sed 's/$/ ping=1000 numpings=1/' hosts.txt >list
}

# The timed runs, each for some seconds: times in NAME.times, round trips in
# microseconds in NAME.us, "sent lost" in NAME.sent.
run_probesrc() {
	timed probesrc.times "timeout --foreground --preserve-status -s INT $1 \
	    probesrc -r $((hosts + hosts / 5)) list" >out ||
	    complain "probesrc: exit status $?"
	awk -F'\t' '$1 == "ping" && $9 != "-" { print $9 * 1e6 }' out \
	    >probesrc.us
	awk -F'\t' '$1 == "count" { n[$4] = $5 }
	    END { print n["sent"], n["lost"] + n["error"] }' out >probesrc.sent
}

run_fping() {
	# Its status is 1 where one is lost.
	timed fping.times "fping -c $1 -p 1000 -i 0.01 -f hosts.txt ||
	    [ \$? -eq 1 ]" >out 2>errors || complain "fping: exit status $?"
	sed -n 's/.* bytes, \([0-9.e-]*\) ms .*/\1/p' out |
	    awk '{ print $1 * 1000 }' >fping.us
	awk -v sent=$(($(wc -l <hosts.txt) * $1)) \
	    'END { print sent, sent - NR }' fping.us >fping.sent
}

have_fping() {
	command -v fping >/dev/null
}

# row NAME SECONDS
row() {
	paste -d' ' "$1.times" "$1.sent" | awk -v name="$1" -v secs="$2" '{
		printf "%-10s %8d %6d %8.1f %8.2f %8.1f\n", name, $4, $5, \
		    100 * $2 / secs, 1e6 * $2 / $4, $3 / 1024
	}'
	rm "$1.times"
}

# percentile NAME P
percentile() {
	sort -n "$1.us" | awk -v p="$2" '{ v[NR] = $1 }
	    END { if (NR) printf "%.1f\n", v[int((NR - 1) * p / 100) + 1] }'
}

row_us() {
	printf '%-10s %8s %8s %8s\n' "$1" "$(percentile "$1" 50)" \
	    "$(percentile "$1" 99)" "$(percentile "$1" 100)"
}

have_fping || say "(fping is not installed: left out)"
say "$hosts hosts on loopback, each pinged once a second"
say "(probesrc for $secs s, spread over the second; fping $fping_secs s, all at once)"
printf '%-10s %8s %6s %8s %8s %8s\n' '' pings lost '% core' us/ping 'peak MB'
make_hosts "$hosts"
run_probesrc "$secs"
row probesrc "$secs"
if have_fping; then
	run_fping "$fping_secs"
	row fping "$fping_secs"
fi

make_hosts $busy_hosts
for _ in $(seq "$(getconf _NPROCESSORS_ONLN)"); do
	while :; do :; done &
	loops="$loops $!"
done
say
say "$busy_hosts hosts, $busy_secs s, all cores busy: round trips in microseconds"
printf '%-10s %8s %8s %8s\n' '' p50 p99 max
run_probesrc "$busy_secs"
row_us probesrc
if have_fping; then
	run_fping "$busy_secs"
	row_us fping
fi
exit $status
