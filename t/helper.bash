# Loaded by every test file: the programs on PATH, and what a test may need.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
BUILD=${BUILD:-$top/build}
PATH=$BUILD/bin:$PATH
PCAPS=${PCAPS:-$top/../shared/pcaps}
SAMPLE=$top/share/samples/wan.pcap
export BUILD PATH PCAPS SAMPLE
export LC_ALL=C TZ=UTC ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99}

# Skip a test, aloud, where a command, the captures or root are missing.
need() {
	local c
	for c; do
		command -v "$c" >/dev/null || skip "$c is not installed"
	done
}

need_pcaps() {
	[ -d "$PCAPS/real" ] || skip "no captures at $PCAPS"
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

need_netns() {
	need_root
	need ip
	ip netns add "cp-$$-try" 2>/dev/null || skip "no network namespaces"
	ip netns exec "cp-$$-try" true 2>/dev/null ||
	    { ip netns del "cp-$$-try"; skip "no network namespaces"; }
	ip netns del "cp-$$-try"
}

# The records of a kind, without their header.
records() { awk -F'\t' -v k="$1" '$1 == k'; }

# same A B: two files are equal, or a diff says how not.
same() { diff -u "$1" "$2"; }

# counted PROG NAME: what PROG counted as NAME in the stream on standard input.
counted() {
	awk -F'\t' -v p="$1" -v n="$2" \
	    '$1 == "count" && $3 == p && $4 == n { print $5 }'
}

# until_true SECONDS COMMAND...: wait for something, not longer than that.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}
