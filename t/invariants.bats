#!/usr/bin/env bats
# What must hold of the records of any capture, whatever is in it.

load helper

# check FILE...: t/invariants.py finds nothing in the records of each.
check() {
	local file
	for file; do
		{ tcpdecode -d all "$file" 2>/dev/null || true; } |
		    rttmatch -p 2>/dev/null | flowtrack -e -p 2>/dev/null |
		    hsclass -p 2>/dev/null | httpreq -p 2>/dev/null |
		    python3 "$top/t/invariants.py" "${file##*/}" || true
	done >violations
	same /dev/null violations
}

setup() {
	need python3
	cd "$BATS_TEST_TMPDIR"
}

@test "times, sums and answers agree with the packets: crafted captures" {
	captures crafted cases packets
	check "${captures[@]}"
}

@test "times, sums and answers agree with the packets: real links" {
	captures wan real
	check "${captures[@]}"
}

@test "times, sums and answers agree with the packets: damaged captures" {
	check "$top"/t/fuzz/corpus/savefile/*
}

@test "the checker finds what does not hold" {
	tcpdecode "$CRAFTED/hs.pcap" | hsclass -p | flowtrack -p >right
	python3 "$top/t/invariants.py" <right
	# A time that no packet has; a missing connection; an answered attempt.
	awk -F'\t' -v OFS='\t' '$1 == "hs" && !n++ { $2 = "1.000000001" } 1' \
	    right >wrong
	run python3 "$top/t/invariants.py" <wrong
	[[ $status -eq 1 && $output == *"a packet at time"* ]]
	awk -F'\t' '$1 != "conn" || n++' right >wrong
	run python3 "$top/t/invariants.py" <wrong
	[[ $status -eq 1 && $output == *"packets of connections"* ]]
	awk -F'\t' -v OFS='\t' '$1 == "hs" && $7 == "success" && !n++ {
		$7 = "pending"; $8 = "no-answer" } 1' right >wrong
	run python3 "$top/t/invariants.py" <wrong
	[[ $status -eq 1 && $output == *"no-answer only"* ]]
}
