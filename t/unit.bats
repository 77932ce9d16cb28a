#!/usr/bin/env bats
# The pure modules, each by a program of its own, and the fuzzers' corpora.

load helper

unit() {
	"$BUILD/t/unit/$1"
}

@test "addresses are parsed and formatted as libc does" { unit addr; }

@test "numbers and times are parsed and formatted exactly" { unit number; }

@test "text is escaped to one line of valid UTF-8" { unit text; }

@test "lines are split into fields wherever blocks and buffers end" { unit split; }

@test "a record without a field for each column aborts the program" { unit write; }

@test "headers, tunnels and ICMP quotes are decoded" { unit decode; }

@test "banners of servers are parsed, cut at any length" { unit banner; }

@test "capture files of any kind and byte order are parsed" { unit savefile; }

@test "link layers are converted to Linux cooked" { unit cooked; }

@test "flows are found in both directions, and the one idle longest is the oldest" { unit flow; }

@test "round trips are matched, and marked if ambiguous" { unit rtt; }

@test "states and histories of connections are Zeek's" { unit state; }

@test "filters match attempts by direction, address and port" { unit attemptfilter; }

@test "connections end, and the causes of losses are distinguished" { unit track; }

@test "lines of HTTP/1 are parsed as the RFCs say" { unit http1; }

@test "a ClientHello gives its names, wherever segments begin" { unit tls; }

@test "streams are delivered in order, and missing bytes are reported" { unit reassembly; }

@test "HTTP connections are parsed, however they are cut and disordered" { unit http; }

@test "of escaped payload only what HTTP looks at is unescaped" { unit payload; }

@test "decimals are parsed and formatted exactly" { unit nano; }

@test "moments are exact, however the values were divided and merged" { unit moments; }

@test "percentiles are within 1/128 of the exact ones" { unit histogram; }

@test "groups are found by key, and share one beyond the limit" { unit groups; }

@test "answers of name servers have a time to live" { unit dns; }

@test "names are cached, evicted, expire, and are not awaited from silent servers" { unit cache; }

@test "the same ends in two networks are two connections, whatever tags each direction has" { unit nets; }

@test "held lines keep their order" { unit held; }

@test "results of probes become bursts, traces and scans, within bounds" { unit vitals; }

@test "statistics of bursts are exact" { unit burst; }

@test "lists of hosts are parsed as connmonitor does, or refused" { unit hostlist; }

@test "tasks come in the order in which they are due" { unit schedule; }

@test "an answer finds its probe until the number is reused" { unit flight; }

@test "all echo requests of a flow have the same checksum" { unit echo; }

@test "traces end where they should, and changed paths are found" { unit trace; }

@test "timestamps that step become one time line" { unit clock; }

@test "segments are judged as a receiver would, and what a capture misses is not held against them" { unit accept; }

@test "copies and retransmissions are distinguished" { unit copies; }

@test "the command line of a job has no circle" { unit line; }

@test "an outage is three losses in the order of sending" { unit outage; }

@test "every unit test has a name above" {
	for source in "$BATS_TEST_DIRNAME"/unit/*.c; do
		name=$(basename "$source" .c)
		grep -q "unit $name;" "$BATS_TEST_FILENAME"
	done
}

@test "the corpora of the fuzzers do no harm" {
	for dir in "$BATS_TEST_DIRNAME"/fuzz/corpus/*; do
		"$BUILD/t/fuzz/${dir##*/}" "$dir"/*
	done
}

@test "datagrams are put together from fragments, within bounds" { unit fragments; }
