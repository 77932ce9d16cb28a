#!/usr/bin/env bats
# Changes of a capture that must not change what is reported of it, for every
# capture of traffic in t/data: t/properties.py makes them, and prints the seed of
# random ones.

load helper

# holds PROPERTY: of every capture.  Those in packets, one segment in all kinds of
# frames, are no traffic.
holds() {
	captures crafted cases wan
	python3 "$top/t/properties.py" "$@" "${captures[@]}"
}

setup() {
	need python3
	cd "$BATS_TEST_TMPDIR"
	export OTHER=$CRAFTED/loss.pcap
}

@test "a packet that is captured twice is one event" {
	holds double
}

@test "both sides of a router are one path" {
	holds router
}

@test "a second mirror port, written in bursts, adds nothing" {
	holds mirror
}

@test "segments that their receiver rejects change nothing but a count" {
	holds rejected
}

@test "a capture in two files is one capture" {
	holds split
}

@test "a stray stamp holds no timer of the others, and lets none fire early" {
	holds stray
}

@test "one direction written late makes no connection and changes no verdict" {
	python3 "$top/t/properties.py" late "$WAN"/h*.pcap
}

@test "captures one after the other, whose clocks overlap, are independent" {
	holds overlap
}
