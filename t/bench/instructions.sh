#!/bin/sh
# instructions.sh BINDIR: the instructions that each stage needs for a packet, as
# valgrind counts them: the same on a busy machine as on an idle one.
#
# Prints what built the programs, then a line for each command and input:
# instructions a packet, without those that the program needs on an empty input.
# BENCHDIR has gentrace, genhttp, nosandbox.so and built-by (build/bench), DATADIR
# has captures of the tests (build/t/data/wan).

set -eu

absolute() { (cd "$1" && pwd); }

[ $# -eq 1 ] || { echo "usage: instructions.sh bindir" >&2; exit 2; }
bin=$(absolute "$1")
bench=$(absolute "${BENCHDIR:-build/bench}")
data=$(absolute "${DATADIR:-build/t/data/wan}")
PATH=$bin:$bench:$PATH
dir=$(mktemp -d "${TMPDIR:-/tmp}/instructions.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

# collected COMMAND [ARG ...]: instructions of a run, with input from stdin.
collected() {
	if ! LD_PRELOAD=$bench/nosandbox.so valgrind --tool=callgrind \
	    --callgrind-out-file=/dev/null "$@" 2>valgrind.err >/dev/null
	then
		cat valgrind.err >&2
		exit 1
	fi
	sed -n 's/.*Collected *: *//p' valgrind.err
}

# row INPUT COMMAND [ARG ...]: a line of the table; the command reads INPUT.
row() {
	input=$1
	shift
	empty=${input%.*}.empty
	most=$(collected "$@" <"$input")
	least=$(collected "$@" <"$empty")
	printf '%s\t%s\t%d\n' "$*" "$input" \
	    $(((most - least) / $(cat "${input%.*}.packets")))
}

# input NAME: make records of the capture NAME.pcap, and NAME.empty, its header
# alone.
input() {
	tcpdecode -d all "$1.pcap" >"$1.data"
	tcpdecode "$1.pcap" >"$1.tsv"
	grep -c '^pkt' "$1.tsv" >"$1.packets"
	head -c 24 "$1.pcap" >"$1.empty"
}

gentrace -n 20000 -c 400 -w made-up.pcap
genhttp -c 100 >made-up-http.pcap
cp "$data/bulk-loss-far.pcap" "$data/http.pcap" .
for name in made-up bulk-loss-far made-up-http http; do
	input $name
done

printf '# '
cat "$bench/built-by"
printf 'command\tinput\tinstructions\n'
for name in made-up bulk-loss-far; do
	row $name.pcap tcpdecode
	row $name.pcap rttmatch -Q
	row $name.pcap hsclass
	row $name.pcap flowtrack
	: >$name.empty
	row $name.tsv rttmatch -Q
	row $name.tsv hsclass
	row $name.tsv flowtrack
done
for name in made-up-http http; do
	row $name.pcap httpreq
	: >$name.empty
	row $name.data httpreq
done
