#!/usr/bin/env bats
# Changes of a capture that must not change what is reported of it, for every
# capture in t/data: t/properties.py makes them.  Random ones print their seed.

load helper

# holds PROPERTY: of every capture, but for those that are one segment in every
# encapsulation there is: no traffic looks like that.
holds() {
	local file files=()
	captures crafted cases packets wan
	for file in "${captures[@]}"; do
		case ${file##*/} in
		tunnels.pcap | wifi.pcap) ;;
		*) files+=("$file") ;;
		esac
	done
	python3 "$top/t/properties.py" "$@" "${files[@]}"
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

@test "captures one after the other, whose clocks overlap, are independent" {
	holds overlap
}
