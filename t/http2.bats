#!/usr/bin/env bats
# httpreq: HTTP/2 without TLS, in captures of nghttp, nginx, curl and python-h2,
# compared with tshark and with what the servers did; t/data/http2/README.md
# says how they were made.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	has_hpack || skip "httpreq was built without nghttp2"
	H2=$BUILD/t/data/http2
}

# tshark's requests of HTTP/2 and of an upgrade: port, method and path; or its
# final responses: port and status.
tshark_requests() {
	tshark -n --disable-protocol grpc -r "$1" -Y 'http2.headers.method or http.upgrade' -T fields \
	    -e tcp.srcport -e tcp.dstport -e http2.headers.method \
	    -e http2.headers.path -e http.request.method \
	    -e http.request.uri -e http2.type 2>/dev/null | awk -F'\t' '
	$5 != "" { print $1, $5, $6; next }
	{
		n = split($3, method, ",")
		split($4, path, ",")
		for (i = 1; i <= n; i++)	# pushed ones come from the server
			print ($2 > $1 ? $2 : $1), method[i], path[i]
	}' | sort
}

tshark_responses() {
	tshark -n --disable-protocol grpc -r "$1" -Y http2.headers.status -T fields -e tcp.dstport \
	    -e http2.headers.status 2>/dev/null | awk -F'\t' '
	{
		n = split($2, status, ",")
		for (i = 1; i <= n; i++)
			if (status[i] >= 200)
				print $1, status[i]
	}' | sort
}

@test "requests and final responses are those that tshark lists" {
	need tshark
	for name in nghttp push load nginx streams; do
		echo "$name"
		tcpdecode -d all "$H2/$name.pcap" | httpreq >out.tsv
		tshark_requests "$H2/$name.pcap" >want
		fields req 'sport method path' <out.tsv | sort | same want -
		tshark_responses "$H2/$name.pcap" >want
		fields req 'sport status' <out.tsv | awk '$2 != "-"' | sort |
		    same want -
	done
}

@test "a head in CONTINUATION frames is one request, which tshark does not list" {
	tcpdecode -d all "$H2/continuation.pcap" | httpreq >out.tsv
	fields req 'n method path version status note' <out.tsv >got
	printf '%s\n' '1 GET /f10 2 200 long-head' '2 GET /f1 2 200 long-head' |
	    same - got
}

@test "a server without HTTP/2 answers the preface in HTTP/1" {
	tcpdecode -d all "$H2/refused.pcap" | httpreq >out.tsv
	fields req 'method path status note' <out.tsv >got
	printf '%s\n' '- - 400 unasked' 'GET /f10 - cut' | same - got
	fields http 'reqs close note' <out.tsv >got
	echo '1 server-close h2c' | same - got
}

@test "streams: interim, trailers, reset, padded, events, GOAWAY, an upgrade" {
	tcpdecode -d all "$H2/streams.pcap" | httpreq >out.tsv
	fields req 'n method host path version status note' <out.tsv >got
	same - got <<-'END'
	1 GET h2.example /hello 2 200 -
	2 GET h2.example /grpc 2 200 -
	3 GET h2.example /grpcfail 2 200 -
	4 GET h2.example /reset 2 200 reset
	5 GET h2.example /noanswer 2 - reset
	6 GET h2.example /early 2 200 -
	7 GET h2.example /padded 2 200 -
	8 GET h2.example /events 2 200 events
	1 GET up.example /first 1.1 200 -
	2 GET h2.example /after 2 200 -
	1 POST h2.example /p 2 200 -
	1 GET h2.example /a 2 200 -
	2 GET h2.example /b 2 200 -
	3 GET h2.example /c 2 200 -
	4 GET h2.example /a 2 200 -
	5 GET h2.example /bye 2 200 -
	END
	fields http 'reqs close by note' <out.tsv >got
	same - got <<-'END'
	8 client-fin client h2c
	2 client-fin client h2c
	1 client-fin client unused,h2c
	5 server-close client h2c
	END
	# The server sent three events, 0.2 s apart, after its head.
	fields req 'path wait took' <out.tsv | awk '
	$1 == "/events" { n++; bad = $2 > 0.1 || $3 < 0.4 || $3 - $2 < 0.4 }
	$1 == "/early" { n++; bad = bad || $2 < 0.05 }
	END { exit bad || n != 2 }'
}

# known FILE: of the records of out.tsv, whatever is known is in FILE, which has
# those of the whole capture: time, port, method, host, path and status.
known() {
	fields req 'time sport method host path status' <out.tsv |
	    awk -v file="$1" '
	BEGIN {
		while ((getline line <file) > 0)
			all[++n] = line
	}
	{
		for (i = 1; i <= n; i++) {
			m = split(all[i], want, " ")
			for (j = 2; j <= m && ($j == "-" || $j == want[j]); j++)
				;
			if (j > m)
				next
		}
		print "wrong: " $0
		bad = 1
	}
	END { exit bad }'
}

# whole NAME: the records of a capture are in in.tsv, what httpreq finds in them
# is in all; print how many packets they are.
whole() {
	tcpdecode -d all "$H2/$1.pcap" >in.tsv
	httpreq in.tsv | fields req 'time sport method host path status' >all
	records pkt <in.tsv | wc -l
}

# without FILE N, from FILE N: the records in FILE but for the Nth packet, or from
# it on.
without() { awk -F'\t' -v n="$2" '$1 != "pkt" || ++i != n' "$1"; }
from() { awk -F'\t' -v n="$2" '$1 != "pkt" || ++i >= n' "$1"; }

@test "a capture that begins anywhere: nothing is guessed, what is known is right" {
	found=0
	for name in nghttp nginx streams push load; do
		echo "$name"
		packets=$(whole "$name")
		for n in $(seq "$packets"); do
			from in.tsv "$n" | httpreq >out.tsv
			known all
			found=$((found + $(fields req note <out.tsv |
			    awk '/hpack/ { n++ } END { print n + 0 }')))
		done
	done
	[ $found -gt 0 ]
}

@test "a missing packet loses no exchange whose bytes it did not have" {
	for name in nghttp nginx streams push load; do
		echo "$name"
		packets=$(whole "$name")
		for n in $(seq "$packets"); do
			without in.tsv "$n" | httpreq >out.tsv
			known all
			# The frames of a packet are of at most 64 exchanges.
			[ $(($(wc -l <all) - $(records req <out.tsv | wc -l))) \
			    -le 64 ]
		done
	done
}
