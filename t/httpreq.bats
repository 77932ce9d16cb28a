#!/usr/bin/env bats
# httpreq: requests, responses and the ends of connections, compared with what a
# client did, with what tshark lists, and for conversations written by hand.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	uncable
}

# The 'pkt' records of a conversation, after a handshake.  Each line is a
# segment: its sender, C or S, and its escaped payload, or FIN or RST.  "C! text"
# is missing in the capture, "C< text" is captured after the next line, "C= text"
# twice; "+ 5" lets 5 seconds pass.  Each segment is sent 10 ms after the last.
conversation() {
	printf '#pkt\ttime\tsrc\tsport\tdst\tdport\tflags\tseq\tack\twin\tlen'
	printf '\ttsval\ttsecr\topts\tdata\n'
	awk -v OFS='\t' '
	function put(who, flags, n, data, line) {
		now += 0.01
		line = "pkt" OFS sprintf("%.9f", now) OFS ends[who] OFS flags \
		    OFS seq[who] OFS (flags == "S" ? 0 : seq[other[who]]) OFS \
		    1000 OFS n OFS "-" OFS "-" OFS "-" OFS data
		seq[who] += n + (flags ~ /[SF]/)
		return line
	}
	function size(text) {
		gsub(/\\x[0-9a-f][0-9a-f]/, "x", text)
		gsub(/\\[tnr\\]/, "x", text)
		return length(text)
	}
	BEGIN {
		ends["C"] = "10.0.0.1\t1000\t10.0.0.2\t80"
		ends["S"] = "10.0.0.2\t80\t10.0.0.1\t1000"
		other["C"] = "S"; other["S"] = "C"
		seq["C"] = 1000; seq["S"] = 2000000000
		now = 100
		print put("C", "S", 0, "-")
		print put("S", "SA", 0, "-")
		print put("C", "A", 0, "-")
	}
	$1 == "+" { now += $2; next }
	NF {
		who = substr($1, 1, 1)
		how = substr($1, 2)
		text = substr($0, length($1) + 2)
		if (text == "FIN")
			line = put(who, "FA", 0, "-")
		else if (text == "RST")
			line = put(who, "RA", 0, "-")
		else
			line = put(who, "PA", size(text), text)
		if (how == "<") {
			late = line
			next
		}
		if (how != "!")
			print line
		if (how == "=")
			print line
		if (late != "")
			print late
		late = ""
	}'
}

# requests NAMES, connections NAMES: these columns of 'req' records, of 'http'.
requests() { fields req "$1"; }
connections() { fields http "$1"; }

# gives WANT...: the conversation on standard input gives requests with this
# method, path, status and note, and a connection with these reqs, close, by and
# note.
gives() {
	printf '%s\n' "$@" >want
	conversation >in.tsv
	httpreq in.tsv >out.tsv
	requests 'method path status note' <out.tsv >got
	connections 'reqs close by note' <out.tsv >>got
	same want got
}

@test "every connection over a link has the requests and statuses it had" {
	for name in http http-loss; do
		tcpdecode -d all "$WAN/$name.pcap" | httpreq >out.tsv
		requests 'src sport dst dport status' <out.tsv | awk '
		{ key = $1 " " $2 " " $3 " " $4; n[key]++
		  list[key] = list[key] " " $5 }
		END { for (key in n) print key, n[key] list[key] }' |
		    sort >got
		awk -F'\t' 'NR > 1 && $5 > 0 {
			print $1, $2, $3, $4, $5, $6 }' \
		    "$WAN/$name.http.tsv" | sort >want
		same want got
		connections 'src sport dst dport reqs' <out.tsv | sort >got
		awk -F'\t' 'NR > 1 { print $1, $2, $3, $4, $5 }' \
		    "$WAN/$name.http.tsv" | sort >want
		same want got
	done
}

@test "every connection over a link ended for the reason it had" {
	tcpdecode -d all "$WAN/http.pcap" | httpreq >out.tsv
	connections 'src sport dst dport close by note' <out.tsv | sort >got
	# What the client did is the last column of the truth.
	awk -F'\t' '
	BEGIN {
		end["one-unused"] = "client-fin client unused"
		end["client-close"] = "client-close server -"
		end["server-close"] = "server-close server -"
		end["http10"] = "http10 server -"
		end["until-close"] = "until-close server -"
		end["server-rst"] = "rst-in-response server -"
		end["none"] = "client-fin client empty"
	}
	NR > 1 {
		print $1, $2, $3, $4,
		    $7 in end ? end[$7] : "client-fin client -"
	}' "$WAN/http.http.tsv" | sort >want
	same want got
}

@test "times and sizes over a link are those of the server and the path" {
	tcpdecode -d all "$WAN/http.pcap" | httpreq >out.tsv
	# The round trip from the capture point to the server takes 10 ms.  It
	# takes 250 ms to answer /slow.  Nagle's algorithm delays a second
	# response until the first is acknowledged, 50 ms later.
	requests 'path wait' <out.tsv | awk '
	$2 != "-" {
		think = $2 - 0.010 - ($1 == "/slow" ? 0.250 : \
		    $1 ~ /^.(p2|p3|in)$/ ? 0.050 : 0)
		if (think < 0 || think > 0.020) { print; bad = 1 }
		n++
	}
	END { exit bad || n < 60 }'
	# The body is as long as was asked for.
	requests 'path respbytes' <out.tsv | awk '
	/=/ && !/^.h/ {
		split($1, a, "=")
		head = $2 - a[2]
		if (head < 30 || head > 120) { print; bad = 1 }
		n++
	}
	END { exit bad || n < 6 }'
	# A body of 5000 bytes ends with the connection.
	requests 'path respbytes' <out.tsv | grep /untilclose >got
	printf '/untilclose 5019\n/untilclose 5019\n' >want
	same want got
}

# tshark's requests and responses of a capture, a header line first: what stands
# beside a capture of others, or what the tshark here says.
reference() {
	local kept=$REAL/ref/${1##*/}.http.tsv fields='' f
	if [ "${1%/*}" = "$REAL" ] && [ -f "$kept" ]; then
		cat "$kept"
		return
	fi
	for f in frame.number frame.time_epoch tcp.stream ip.src ip.dst \
	    ipv6.src ipv6.dst tcp.srcport tcp.dstport http.request.method \
	    http.host http.request.uri http.request.version http.response_in \
	    http.request_in http.response.code; do
		fields="$fields -e $f"
	done
	# shellcheck disable=SC2086
	tshark -n -r "$1" -Y 'http.request || http.response' -T fields \
	    -E header=y -E separator=/t -E occurrence=a -E aggregator=, \
	    $fields 2>/dev/null
}

# Captures that tshark sees HTTP in.
with_http() {
	local capture
	captures=("$WAN"/http*.pcap "$PACKETS"/{one-request,wrap,null}.pcap \
	    "$PACKETS"/{nano-big,vlan,qinq-pppoe,ipv6-options}.pcap)
	for capture in "$REAL"/ref/*.http.tsv; do
		[ ! -f "$capture" ] || {
			capture=${capture##*/}
			captures+=("$REAL/${capture%.http.tsv}")
		}
	done
}

# The reference's requests: ends, method and target, a line each, in order.
# Several of one packet stand in one line with commas; a target may have a
# comma itself, but no such packet has several.
reference_requests() {
	reference "$1" | awk -F'\t' 'NR > 1 && $8 != "" && $10 != "" {
		last = split($4 $6, src, ",")
		src_addr = src[last]
		last = split($5 $7, dst, ",")
		n = split($10, method, ",")
		if (n == 1)
			target[1] = $12
		else
			split($12, target, ",")
		for (i = 1; i <= n; i++)
			print src_addr, $8, dst[last], $9, method[i], target[i]
	}'
}

@test "every capture has the requests that tshark lists, in their order" {
	need tshark
	with_http
	for capture in "${captures[@]}"; do
		echo "$capture"
		reference_requests "$capture" >want
		[ -s want ] || [ "${capture%/*}" = "$REAL" ]
		tcpdecode -d all "$capture" | httpreq |
		    requests 'time src sport dst dport method path' |
		    awk '$6 != "-"' | sort -s -k1,1n | cut -d' ' -f2- >got
		case ${capture##*/} in
		http*)	# tshark does not know the method PURGE
			[ "$(grep -c 'PURGE /cache$' got)" -eq 2 ]
			sed -i '/PURGE/d' got ;;
		04-*)	# tshark knows no HTTP on port 5005
			grep -v ' 5005 ' got >without
			[ "$(grep -c '10.0.0.138 5005 SUBSCRIBE /evt/' got)" \
			    -eq 1 ]
			mv without got ;;
		19-*)	# the first segment comes last: tshark misses it
			[ "$(head -n 1 got | cut -d' ' -f5-)" = \
			    "GET /acts.html" ]
			sed -i 1d got ;;
		39-*)	# a target with a blank; tshark cuts it there
			sed -i 's,\(wget+\) .*,\1,' got ;;
		esac
		same want got
	done
}

@test "every request that tshark lists in the crafted captures is found" {
	need tshark
	local more=0
	for capture in $(grep -laE 'HTTP/1|HTTP/2' "$CASES"/*.pcap); do
		echo "$capture"
		reference "$capture" | awk -F'\t' '
		NR > 1 && $10 != "" {
			n = split($10, method, ",")
			split($12, target, ",")
			for (i = 1; i <= n; i++)
				print method[i], target[i]
		}' | sort >want
		tcpdecode -d all "$capture" 2>/dev/null | httpreq |
		    requests 'method path' | grep -v '^- ' | sort >got || true
		case ${capture##*/} in
		# The receiver refuses the segment with it (RFC 9293, 3.10.7.3).
		ack-of-nothing.*) continue ;;
		# tshark does not escape bytes that are not text.
		hostile-http.*)
			[ "$(wc -l <got)" -eq "$(wc -l <want)" ]
			continue ;;
		# tshark misses requests in place of which it saw segments that
		# the receiver refuses, or a connection with the same ends, ...
		ack-never-sent.* | data-out-of-window.* | rst-blind* | \
		syn-stale-inside.* | vlan-overlap.*) ;;
		# ... and requests after a missing byte or a PROXY header.
		one-direction-late* | http-proxy-v1.* | two-captures-cat.* | \
		response-head-not-captured.* | midstream-in*) ;;
		# A target is kept up to 8 KiB.
		http-url-20k.*) continue ;;
		*)	same want got ;;
		esac
		comm -23 want got | same /dev/null -
		more=$((more + $(wc -l <got) - $(wc -l <want)))
	done
	[ $more -gt 0 ]
}

# The reference's responses: client, server and status, a line each, sorted.
reference_responses() {
	reference "$1" | awk -F'\t' 'NR > 1 && $8 != "" && $16 != "" {
		n = split($16, status, ",")
		for (i = 1; i <= n; i++)
			if (status[i] >= 200)
				print $5 $7, $9, $4 $6, $8, status[i]
	}' | sort
}

@test "every capture has the final responses that tshark lists" {
	need tshark
	with_http
	for capture in "${captures[@]}"; do
		echo "$capture"
		reference_responses "$capture" >want
		tcpdecode -d all "$capture" | httpreq |
		    requests 'src sport dst dport status' |
		    awk '$5 != "-"' | sort >got
		case ${capture##*/} in
		02-* | 04-* | 11-* | http-loss.*)
			# Some responses begin in a packet that came out of
			# turn, where tshark sees only the rest; none may be
			# missing.
			comm -23 want got >missing
			same /dev/null missing ;;
		*)
			same want got ;;
		esac
	done
}

@test "responses without a body, interim ones, and one that ends with the connection" {
	gives 'HEAD /h 200 -' 'GET /n 204 -' 'GET /m 304 -' 'PUT /p 201 early' \
	    'GET /u 200 -' '5 until-close server -' <<-'END'
	C HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n
	C GET /n HTTP/1.1\r\n\r\n
	S HTTP/1.1 204 No Content\r\n\r\n
	C GET /m HTTP/1.1\r\n\r\n
	S HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n
	C PUT /p HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n
	S HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n
	C ab
	S HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n
	C cd
	C GET /u HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 this is a body\r\n\r\n
	S more of it
	S FIN
	C FIN
	END
}

@test "chunks with extensions and trailers, in both directions" {
	gives 'POST /c 200 -' 'GET /d 200 -' '2 client-fin client -' <<-'END'
	C POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nab
	C cde\r\n1\r\n\n\r\n0\r\nX: y\r\n\r
	C \n
	S HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nA\r
	S \n0123456789\r\n000\r\nTrailer: 1\r\n\r\n
	C GET /d HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C FIN
	S FIN
	END
}

@test "pipelined requests, in one segment, split, retransmitted and out of order" {
	gives 'GET /1 200 -' 'GET /2 404 pipelined' 'GET /3 200 pipelined' \
	    'PURGE /4 405 -' '4 client-fin client -' <<-'END'
	C GET /1 HTTP/1.1\r\n\r\nGET /2 HT
	C< TP/1.1\r\nHos
	C t: a\r\n\r\n
	C= GET /3 HTTP/1.1\r\n\r
	C \n
	S HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 404 Not Fo
	S= und\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le
	S ngth: 2\r\n\r\nok
	C \r\nPURGE /4 HTTP/1.1\r\n\r\n
	S HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n
	C FIN
	S FIN
	END
}

@test "a body that looks like requests is not parsed" {
	gives 'POST /t 200 -' '1 client-fin client unused' <<-'END'
	C POST /t HTTP/1.1\r\nContent-Length: 38\r\n\r\n
	C GET /fake HTTP/1.1\r\nHost: not.real\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n
	C FIN
	S FIN
	END
}

@test "why connections end" {
	ask='C GET / HTTP/1.1\r\n\r\n'
	ok='S HTTP/1.1 200 OK\r\nContent-Length: 0'
	# ends WANT LINE...: the end after a request, its response and the lines.
	ends() {
		want=$1
		shift
		printf '%s\n' "$ask" "$ok\r\n\r\n" "$@" >lines
		conversation <lines | httpreq | connections 'close by note' >got
		printf '%s\n' "$want" >want
		same want got
	}
	ends 'client-fin client unused' 'C FIN' 'S FIN'
	ends 'server-fin server unused' 'S FIN' 'C FIN'
	ends 'keepalive-timeout server unused' '+ 15' 'S FIN' 'C FIN'
	ends 'client-fin client unused' 'C FIN'
	ends 'rst-idle client unused' 'C RST'
	ends 'rst-idle server unused' 'S RST'
	ends 'open - -'
	ends 'rst-in-response client -' "$ask" 'C RST'
	ends 'rst-in-response server -' "$ask" \
	    'S HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab' 'S RST'
	ends 'rst-in-request client -' 'C POST / HTTP/1.1\r\nContent-Le' 'C RST'
	ends 'rst-in-request server -' \
	    'C POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab' 'S RST'
	ends 'client-close server -' \
	    'C GET / HTTP/1.1\r\nConnection: TE, Close\r\n\r\n' \
	    "$ok\r\nConnection: close\r\n\r\n" 'S FIN' 'C FIN'
	ends 'server-close server -' "$ask" "$ok\r\nConnection: close\r\n\r\n" \
	    'S FIN' 'C FIN'
	ends 'server-close client -' "$ask" "$ok\r\nConnection: close\r\n\r\n" \
	    'C FIN' 'S FIN'
	ends 'until-close server -' "$ask" 'S HTTP/1.1 200 OK\r\n\r\nbody' \
	    'S FIN' 'C FIN'
	ends 'http10 server -' 'C GET / HTTP/1.0\r\n\r\n' "$ok\r\n\r\n" \
	    'S FIN' 'C FIN'
	ends 'client-fin client -' \
	    'C GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n' \
	    'S HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n' \
	    'C FIN' 'S FIN'
	ends 'max-requests server -' "$ask" \
	    "$ok\r\nKeep-Alive: timeout=5, max=1\r\n\r\n" "$ask" \
	    "$ok\r\nConnection: close\r\n\r\n" 'S FIN' 'C FIN'
	# The server promised how long it would wait.
	ends 'keepalive-timeout server -' "$ask" \
	    "$ok\r\nKeep-Alive: timeout=30\r\n\r\n" '+ 30' 'S FIN' 'C FIN'
	ends 'server-fin server -' "$ask" \
	    "$ok\r\nKeep-Alive: timeout=30\r\n\r\n" '+ 9' 'S FIN' 'C FIN'
	ends 'upgrade client websocket' \
	    'C GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n' \
	    'S HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi' \
	    'C GET /not HTTP/1.1\r\n\r\n' 'C FIN' 'S FIN'
	ends 'upgrade server tunnel' 'C CONNECT h:443 HTTP/1.1\r\n\r\n' \
	    'S HTTP/1.1 200 OK\r\n\r\n' 'C \x16\x03\x01' 'S FIN' 'C FIN'
}

@test "wait, took and idle are times between bytes" {
	conversation >in.tsv <<-'END'
	+ 2
	C POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n
	+ 1
	C ab
	+ 3
	S HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab
	+ 5
	S cd
	+ 7
	C FIN
	S FIN
	END
	httpreq in.tsv >out.tsv
	# Each segment adds 10 ms.
	requests 'wait took idle reqbytes respbytes' <out.tsv >got
	connections 'took idle' <out.tsv >>got
	printf '%s\n' '3.010000000 9.030000000 2.010000000 40 42' \
	    '18.080000000 7.010000000' >want
	same want got
}

@test "missing bytes are a gap, after which the next message is found" {
	# In a body a gap is harmless.
	gives 'GET /a 200 gap' 'GET /b 200 -' '2 client-fin client gap' <<-'END'
	C GET /a HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab
	S! cdefgh
	S ij
	C GET /b HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C FIN
	S FIN
	END
	# A request is missing: its response belongs to none.
	gives 'GET /a 200 -' '- - 404 unasked' 'GET /c 200 -' \
	    '2 client-fin client gap' <<-'END'
	C GET /a HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C! GET /b HTTP/1.1\r\n\r\n
	S HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n
	C GET /c HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C FIN
	S FIN
	END
	# A response is missing: the client acknowledged it before it sent /c.
	gives 'GET /a 200 -' 'GET /b - gap' 'GET /c 200 -' \
	    '3 client-fin client gap' <<-'END'
	C GET /a HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C GET /b HTTP/1.1\r\n\r\n
	S! HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n
	C GET /c HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C FIN
	S FIN
	END
	[ "$(counted httpreq gaps <out.tsv)" -eq 1 ]
	[ "$(counted httpreq gap_bytes <out.tsv)" -eq 38 ]
}

@test "a missing packet loses only the exchanges whose bytes it had, and the next one" {
	need python3
	tcpdecode -d all "$WAN/http.pcap" | awk '/^[^p]/ || ++n <= 860' |
	    grep '^#\{0,1\}pkt' >in.tsv
	run -0 python3 "$top/t/deleted.py" in.tsv
	[ "$output" = 860 ]
}

@test "with a missing packet, the same input gives the same output every time" {
	tcpdecode -d all "$WAN/http.pcap" |
	    awk -F'\t' '$1 != "pkt" || ++i != 112' >in.tsv
	httpreq in.tsv >want
	for _ in 1 2 3 4 5 6; do
		httpreq in.tsv | same want -
	done
	# Its response: 204 is missing, those that follow belong to their requests.
	requests 'sport path status' <want | grep ' /\(204\|304\|z\) ' |
	    head -3 >got
	same - got <<-'END'
	51178 /204 -
	51178 /304 304
	51178 /z 200
	END
}

@test "of segments that are cut short only heads are lost" {
	tcpdecode -d all "$WAN/http.pcap" | httpreq |
	    requests 'src sport method path status' >want
	tcpdecode -d 300 "$WAN/http.pcap" | httpreq |
	    requests 'src sport method path status' >got
	same want got
}

@test "TLS and HTTP/2 are recognised, other protocols have no record" {
	# A ClientHello with the extensions server_name and ALPN alone.
	hello='\x16\x03\x01\x00H\x01\x00\x00D\x03\x03'
	hello=$hello'01234567890123456789012345678901\x00\x00\x02\x13\x01\x01\x00'
	hello=$hello'\x00\x19\x00\x00\x00\x0c\x00\n\x00\x00\x07a.b.org'
	hello=$hello'\x00\x10\x00\x05\x00\x03\x02h2'
	for cut in 1 9 70; do
		# In two segments, split after $cut bytes.
		printf '%s' "$hello" | sed 's/\\n/\\x0a/g' |
		    grep -o '\\x[0-9a-f][0-9a-f]\|.' >bytes
		{
			printf 'C %s\n' "$(head -n "$cut" bytes | tr -d '\n')"
			printf 'C %s\n' "$(tail -n +$((cut + 1)) bytes |
			    tr -d '\n')"
			printf '%s\n' 'S \x16\x03\x03\x00\x02\x02\x00' 'C FIN' \
			    'S FIN'
		} | sed 's/\\x0a/\\n/g' | conversation | httpreq >out.tsv
		connections 'reqs close note host' <out.tsv >got
		echo '0 client-fin tls a.b.org h2' >want
		same want got
	done
	has_hpack && h2c=h2c || h2c=h2c,no-hpack
	gives "0 client-fin client $h2c" <<-'END'
	C PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04
	S \x00\x00\x00\x04
	C FIN
	S FIN
	END
	printf '%s\n' 'S SSH-2.0-OpenSSH_9.2\r\n' 'C SSH-2.0-x\r\n' 'C FIN' \
	    'S FIN' | conversation | httpreq >out.tsv
	[ "$(connections reqs <out.tsv | wc -l)" -eq 0 ]
	[ "$(counted httpreq not_http <out.tsv)" -eq 1 ]
}

@test "after a head that is too long the next one is parsed" {
	long=$(printf '%17000s' '' | tr ' ' a)
	gives 'GET /a 431 long-head' 'GET /b 200 pipelined' \
	    '2 client-fin client -' <<-END
	C GET /a HTTP/1.1\\r\\nX: $long\\r\\n\\r\\nGET /b HTTP/1.1\\r\\n\\r\\n
	S HTTP/1.1 431 Too Large\\r\\nContent-Length: 0\\r\\n\\r\\n
	S HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
	C FIN
	S FIN
	END
}

# case_gives CAPTURE WANT...: as gives, with paths of at most 4 bytes.
case_gives() {
	tcpdecode -d all "$CASES/$1.pcap" | httpreq >out.tsv
	shift
	printf '%s\n' "$@" >want
	requests 'method path status note' <out.tsv |
	    awk '{ $2 = substr($2, 1, 4); print }' >got
	connections 'reqs close by note' <out.tsv >>got
	same want got
}

@test "heads of 20 kB are parsed, and what follows them" {
	case_gives http-url-20k 'GET /xxx 200 long-head' 'GET /2 200 -' \
	    '2 client-fin client -'
	case_gives http-resp-head-20k 'GET /1 200 long-head' 'GET /2 200 -' \
	    '2 client-fin client -'
	case_gives http-head-20k-body 'POST /1 200 long-head' 'GET /2 200 -' \
	    '2 client-fin client -'
}

@test "the header of a proxy is skipped" {
	for version in v1 v2; do
		case_gives http-proxy-$version 'GET /1 200 -' 'GET /2 200 -' \
		    '2 client-fin client -'
	done
	# The addresses of version 2 cut; version 1 of an unknown client.
	for cut in 16 17 27 28; do
		printf '%s' '\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0c' \
		    '\x01\x02\x03\x04\x05\x06\x07\x08\n\r\n\r' |
		    grep -o '\\x[0-9a-f][0-9a-f]\|\\.\|.' >bytes
		gives 'GET /a 200 -' '1 client-fin client unused' <<-END
		C $(head -n $cut bytes | tr -d '\n')
		C $(tail -n +$((cut + 1)) bytes | tr -d '\n')
		C GET /a HTTP/1.1\\r\\n\\r\\n
		S HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
		C FIN
		S FIN
		END
	done
	gives 'GET /a 200 -' '1 client-fin client unused' <<-'END'
	C PROXY UNKNOWN\r\nGET /a HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C FIN
	S FIN
	END
}

# RFC 9112, 5.2; RFC 7230, 4.2
@test "folded fields and the coding identity do not hide a length" {
	for name in fold-content-length fold-te te-identity; do
		case_gives http-$name 'GET /1 200 -' 'GET /2 200 -' \
		    '2 client-fin client -'
	done
}

@test "a request with a version of three numbers is malformed, not lost" {
	gives 'GET /a 200 malformed' 'GET /b 200 -' '2 client-fin client -' \
	    <<-'END'
	C GET /a HTTP/1.0.8\r\n\r\n
	S HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n
	C GET /b HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C FIN
	S FIN
	END
}

@test "-o client is the client that a proxy names" {
	for version in v1 v2; do
		tcpdecode -d all "$CASES/http-proxy-$version.pcap" |
		    httpreq -o client,cport >out.tsv
		{ fields req 'client cport' out.tsv; fields http 'client cport' out.tsv; } |
		    sort -u >got
		echo '1.2.3.4 1111' | same - got
	done
	for line in 'TCP6 2001:db8::1 ::1 9 80|2001:db8::1 9' \
	    'UNKNOWN a b 9 80|- -' 'TCP4 1.2.3.4 1.2.3.4 99999 80|- -' \
	    'TCP4 x|- -'; do
		printf '%s\n' "C PROXY ${line%|*}\\r\\n" \
		    'C GET /a HTTP/1.1\r\n\r\n' | conversation |
		    httpreq -o cport,client >out.tsv
		[ "$(fields req 'path client cport' out.tsv)" = "/a ${line#*|}" ]
	done
}

@test "HTTP after SOCKS 4 or 5 is parsed" {
	ask='C GET /in HTTP/1.1\r\n\r\n'
	ok='S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
	inside() {
		printf '%s\n' "$@" "$ask" "$ok" 'C FIN' 'S FIN' |
		    gives 'GET /in 200 -' '1 client-fin client unused,socks'
	}
	name='\x03\ta.example\x00P'
	inside 'C \x04\x01\x00P\n\x00\x00\x01me\x00' \
	    'S \x00Z\x00\x00\x00\x00\x00\x00'
	inside 'C \x04\x01\x00P\x00\x00\x00\x01\x00a.example\x00' \
	    'S \x00Z\x00\x00\x00\x00\x00\x00'
	inside 'C \x05\x01\x00' 'S \x05\x00' \
	    "C \x05\x01\x00$name" \
	    'S \x05\x00\x00\x01\n\x00\x00\x01\x00P'
	# With a password, and cut anywhere.
	inside 'C \x05\x02' 'C \x00\x02' 'S \x05' 'S \x02' \
	    'C \x01\x02me\x03' 'C abc' 'S \x01\x00' \
	    'C \x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00' \
	    'C \x00\x00\x00\x00\x00\x00\x00\x01\x00P' \
	    'S \x05\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00' \
	    'S \x00\x00\x00\x00\x00\x00\x00\x00\x00P'
	# Another protocol inside is another protocol.
	printf '%s\n' 'C \x05\x01\x00' 'S \x05\x00' \
	    "C \x05\x01\x00$name" \
	    'S \x05\x00\x00\x01\n\x00\x00\x01\x00P' 'S SSH-2.0-a\r\n' \
	    'C SSH-2.0-b\r\n' 'C FIN' | conversation | httpreq >out.tsv
	[ -z "$(fields http reqs out.tsv)" ]
	[ "$(counted httpreq not_http <out.tsv)" -eq 1 ]
}

@test "inside a tunnel of CONNECT, HTTP is parsed and other protocols are not" {
	connect='C CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n'
	ok='S HTTP/1.1 200 OK\r\n\r\n'
	gives 'CONNECT h:80 200 -' 'GET /in 404 -' '2 client-fin client tunnel' \
	    <<-END
	$connect
	$ok
	C GET /in HTTP/1.1\\r\\n\\r\\n
	S HTTP/1.1 404 No\\r\\nContent-Length: 0\\r\\n\\r\\n
	C FIN
	S FIN
	END
	gives 'CONNECT h:80 200 -' '1 upgrade server tunnel' <<-END
	$connect
	$ok
	S SSH-2.0-a\\r\\n
	C SSH-2.0-b\\r\\n
	S FIN
	END
	# A refusal is no tunnel.
	gives 'CONNECT h:80 407 -' 'GET /b 200 -' '2 client-fin client -' <<-END
	$connect
	S HTTP/1.1 407 Who\\r\\nContent-Length: 2\\r\\n\\r\\nno
	C GET /b HTTP/1.1\\r\\n\\r\\n
	S HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
	C FIN
	END
}

@test "frames of WebSocket are counted, and are not requests" {
	long=$(printf '%300s' '' | tr ' ' x)
	conversation >in.tsv <<-END
	C GET /ws HTTP/1.1\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n
	S HTTP/1.1 101 Switching\\r\\nUpgrade: websocket\\r\\n\\r\\n\\x81\\x02hi
	C \\x81\\x85\\x01\\x02\\x03\\x04hello\\x81
	C \\x84\\x01\\x02\\x03\\x04GET 
	S \\x82~\\x01,$long\\x8a\\x00
	C \\x88\\x80abcd
	C FIN
	S FIN
	END
	httpreq -o frames_src,frames_dst,bytes_src,bytes_dst in.tsv >out.tsv
	[ "$(fields http 'reqs close note frames_src frames_dst' out.tsv)" = \
	    '1 upgrade websocket 3 3' ]
	[ "$(fields req 'path status' out.tsv)" = '/ws 101' ]
	[ "$(fields http 'bytes_src bytes_dst' out.tsv)" = "$(awk -F'\t' '
	    /^pkt/ { n[$3] += $11 }
	    END { print n["10.0.0.1"], n["10.0.0.2"] }' in.tsv)" ]
}

@test "TLS: version, ALPN, resumption, handshake and turns, without keys" {
	tcpdecode -d all "$CASES/tls13.pcap" "$CASES/tls12.pcap" |
	    httpreq -o all >out.tsv
	fields http 'host tls alpn resumed turns' out.tsv >got
	# Turns are the requests made, but for HTTP/2, which has other frames.
	same - got <<-'END'
	a.example http/1.1 1.3 - 0 3
	a.example http/1.1 1.3 - 1 3
	a.example http/1.1 1.2 http/1.1 0 2
	a.example http/1.1 1.2 http/1.1 1 2
	- h2,http/1.1 1.2 h2 0 3
	- h2,http/1.1 1.3 - 0 2
	END
	need tshark
	# By tshark: from the ClientHello to the second Finished, which is the
	# first record of the client after its ChangeCipherSpec in TLS 1.3.
	for file in tls13 tls12; do
		tshark -n -r "$CASES/$file.pcap" -d tcp.port==8443,tls -Y tls \
		    -T fields -e tcp.stream -e frame.time_epoch \
		    -e tls.record.content_type 2>/dev/null | awk -F'\t' '
		!($1 in first) { first[$1] = $2 }
		$3 ~ /20/ { last[$1] = $2 }
		END { for (s = 0; s in first; s++)
			printf "%.6f\n", last[s] - first[s] }'
	done >want
	fields http handshake out.tsv | awk '{ printf "%.6f\n", $1 }' | same want -
}

@test "gRPC's status is in the column grpc, events and polls are noted" {
	conversation >in.tsv <<-'END'
	C GET /e HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n
	+ 5
	S 3\r\na\n\n\r\n
	+ 5
	S 0\r\ngrpc-status: 7\r\n\r\n
	C GET /p HTTP/1.1\r\nPrefer: respond-async, wait=10\r\n\r\n
	+ 8
	S HTTP/1.1 204 None\r\n\r\n
	END
	httpreq -o all in.tsv >out.tsv
	fields req 'path note wait first took grpc' out.tsv >got
	printf '%s\n' '/e events 0.010000000 5.020000000 10.030000000 7' \
	    '/p poll 8.010000000 - 8.010000000 -' | same - got
}

@test "a malformed start line loses neither its exchange nor the next one" {
	while IFS='|' read -r line method path; do
		echo "$line"
		gives "$method $path 400 malformed" 'GET /b 200 -' \
		    '2 client-fin client -' <<-END
		C $line\\r\\nHost: x\\r\\n\\r\\n
		S HTTP/1.1 400 Bad\\r\\nContent-Length: 3\\r\\n\\r\\nbad
		C GET /b HTTP/1.1\\r\\n\\r\\n
		S HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
		C FIN
		END
	done <<-'END'
	GET /a|GET|/a
	GET HTTP/1.1|GET|-
	GET /a HTTP/9.9|GET|/a
	GET /a HTTP/1.12|GET|/a
	GET /a HTTP/1|GET|/a
	GET /a http/1.1|GET|/a
	GET /a HTTP/1.1x|GET|/a
	G{T /a HTTP/1.1|G{T|/a
	GET\t/a\tHTTP/1.1|GET|/a
	\x00GET /a HTTP/1.1|GET|/a
	END
	# Without a version.
	printf '%s\n' 'C GET /a\r\n\r\n' 'S HTTP/1.1 200 OK\r\n\r\n' |
	    conversation | httpreq | requests 'path version note' >got
	echo '/a - malformed' | same - got
	while read -r line; do
		gives 'GET /a 404 malformed' 'GET /b 200 -' \
		    '2 client-fin client -' <<-END
		C GET /a HTTP/1.1\\r\\n\\r\\n
		S $line\\r\\nContent-Length: 1\\r\\n\\r\\nx
		C GET /b HTTP/1.1\\r\\n\\r\\n
		S HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
		C FIN
		END
	done <<-'END'
	HTTP/2.0 404 Not Found
	HTTP/1.1  404 Not Found
	HTTP/1.1 404Not Found
	END
}

@test "surplus bytes after a body hide neither the next request nor its response" {
	post='POST /b HTTP/1.1\r\n\r\n'
	for request in "C x$post|malformed|-" "C x
C $post|-|resync"; do
		IFS='|' read -r -d '' segments note connection <<<"$request" ||
		    true
		gives 'POST /a 200 -' "POST /b 200 $note" \
		    "2 client-fin client ${connection%?}" <<-END
		C POST /a HTTP/1.1\\r\\nContent-Length: 2\\r\\n\\r\\nab
		S HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nab
		$segments
		S HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
		C FIN
		END
	done
	gives 'GET /a 200 -' 'GET /b 404 -' '2 client-fin client resync' <<-'END'
	C GET /a HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabEXTRA
	C GET /b HTTP/1.1\r\n\r\n
	S HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n
	C FIN
	END
}

@test "neither a byte before a request nor a client without HTTP hides the response" {
	gives 'GET /b 200 -' '1 client-fin client unused' <<-'END'
	C \x00
	C GET /b HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C FIN
	END
	gives '- - 400 unasked' '0 server-fin server -' <<-'END'
	C \x80\x01\x02\xff
	S HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nbad
	S FIN
	END
	# Other protocols whose requests are like those of HTTP.
	for line in 'OPTIONS rtsp://a/b RTSP/1.0|RTSP/1.0 200 OK' \
	    'GET foo|$3' 'OPTIONS sip:a@b SIP/2.0|SIP/2.0 200 OK'; do
		printf '%s\r\n\n' "C ${line%|*}" "S ${line#*|}" 'C FIN' |
		    sed 's/\r/\\r\\n/' | conversation | httpreq >out.tsv
		[ "$(counted httpreq not_http <out.tsv)" -eq 1 ]
		[ "$(counted httpreq requests <out.tsv)" -eq 0 ]
	done
}

@test "in binary data, the next segment that begins a message is found" {
	case_gives response-head-not-captured 'GET /1 - gap' 'GET /2 200 -' \
	    'GET /3 200 -' 'GET /4 200 -' '4 open - gap'
	case_gives midstream-in-binary-body 'GET /nex 200 -' \
	    '1 open - midstream'
}

@test "-s omits queries, -H adds fields, text is escaped" {
	conversation >in.tsv <<-'END'
	C GET /a?b=c?d HTTP/1.1\r\nHost: h\x1b[2J\r\nUser-Agent: A\tb \\\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C GET / HTTP/1.1\r\nx-id:  7 \r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	END
	httpreq -s -H User-Agent,X-Id in.tsv >out.tsv
	requests 'path host user-agent x-id' <out.tsv >got
	printf '%s\n' '/a h\x1b[2J A\tb \\ -' '/ - - 7' >want
	same want got
	httpreq --strip-query --headers User-Agent,X-Id in.tsv >got
	same out.tsv got
}

@test "wrong options are refused with status 2 and a reason" {
	while IFS='|' read -r wrong reason; do
		# Words are split on purpose.
		run -2 httpreq $wrong
		[ "${lines[0]}" = "httpreq: $reason" ]
		[ "${lines[1]}" = "try 'httpreq --help'" ]
	done <<-'END'
	-H a@b|-H: invalid name 'a@b': must have letters, digits, - and _ alone
	-H a,|-H: invalid name '': must be the name of a field
	-H host|-H: invalid name 'host': must not be the name of another column
	-H a,b,A|-H: invalid name 'a': must be named once
	-H a,b,c,d,e,f,g,h,i,j,k,l,m,o,p,q,r|-H: invalid list: must be at most 16 names
	-I 0|-I: invalid time '0': must be seconds, more than 0 and at most 1000000000
	-n 0|-n: invalid number '0': must be 1 to 100000000
	-D lines|-D: unknown topic 'lines': must be of all, close, exchange, accept
	-z|unknown option -z
	END
	run -2 httpreq -P 80,nothing
	[[ "${lines[0]}" == "httpreq: -P: "*nothing* ]]
}

@test "-P selects connections by the server's port" {
	conversation >in.tsv <<-'END'
	C GET / HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	END
	for ports in 80 8000,http 1-100; do
		[ "$(httpreq -P $ports in.tsv | requests n)" = 1 ]
	done
	for ports in 81 1000 8000-9000; do
		[ "$(httpreq -P $ports in.tsv | requests n)" = "" ]
	done
}

@test "-I forgets idle connections" {
	conversation >in.tsv <<-'END'
	C GET /1 HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	+ 20
	C GET /2 HTTP/1.1\r\n\r\n
	END
	httpreq -I 30 in.tsv | connections 'reqs close' >got
	echo '2 open' >want
	same want got
	httpreq --idle 10 in.tsv | connections 'reqs close note' >got
	printf '%s\n' '1 forgotten -' '1 open midstream' >want
	same want got
}

# explained OPTION ...: the explanations for in.tsv, without time and ends.
explained() {
	httpreq "$@" in.tsv 2>&1 >/dev/null | sed 's/ [0-9.]* 10[^>]*> [^ ]*//'
}

@test "-D close explains why a connection ends, with the evidence" {
	conversation >in.tsv <<-'END'
	C GET / HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n
	+ 5
	S FIN
	C FIN
	END
	httpreq -D close in.tsv 2>got >out.tsv
	cat >want <<-'END'
	httpreq: close: 105.060000000 10.0.0.2:80 > 10.0.0.1:1000: keepalive-timeout: FIN from the server, 1 request, no exchange open, idle for 5.010000000 s, Keep-Alive: timeout=5
	END
	same want got
	# The records are the same.
	httpreq in.tsv >want
	same want out.tsv

	conversation >in.tsv <<-'END'
	C GET / HTTP/1.1\r\nConnection: close\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n
	C GET / HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na
	S RST
	END
	explained -D close >got
	cat >want <<-'END'
	httpreq: close: the request announces client-close
	httpreq: close: not client-close: another request follows
	httpreq: close: rst-in-response: RST from the server, 2 requests, a response incomplete, idle for 0.010000000 s
	END
	same want got
}

@test "-D exchange explains the framing, and where the parser is out of sync" {
	conversation >in.tsv <<-'END'
	C POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
	S HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab
	S! cde
	C HEAD / HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n
	C nonsense\r\nGET / HTTP/1.1\r\n\r\n
	S HTTP/1.1 200 OK\r\n\r\n
	S FIN
	C FIN
	END
	explained --debug exchange >got
	cat >want <<-'END'
	httpreq: exchange: request 1: body in chunks
	httpreq: exchange: response 100 to request 1: interim, another response follows
	httpreq: exchange: response 200 to request 1: body of 5 bytes, by Content-Length
	httpreq: exchange: gap of 3 bytes in a body
	httpreq: exchange: request 2: no body, without Content-Length and Transfer-Encoding
	httpreq: exchange: response 200 to request 2: no body, by HEAD
	httpreq: exchange: out of sync: not a start line
	httpreq: exchange: in sync at the start line of a request
	httpreq: exchange: request 3: no body, without Content-Length and Transfer-Encoding
	httpreq: exchange: response 200 to request 3: body until the connection ends
	END
	same want got
	printf '%s\n' 'C SSH-2.0-x\r\n' 'C FIN' 'S FIN' | conversation >in.tsv
	explained -D all >got
	same - got <<-'END'
	httpreq: exchange: HTTP only if the server answers so: not a start line
	httpreq: close: client-fin: FIN from the client, 0 requests, no exchange open, idle for 0.010000000 s
	END
}

@test "-D names its topics with commas, CONNPIPE_DEBUG does too" {
	conversation >in.tsv <<-'END'
	C GET / HTTP/1.1\r\nConnection: close\r\n\r\n
	END
	explained -D close,exchange >want
	[ "$(wc -l <want)" -eq 2 ]
	CONNPIPE_DEBUG=sample,exchange,close explained >got
	same want got
	explained >got
	same /dev/null got
}

@test "without the column data the message says what to do" {
	run -1 --separate-stderr httpreq <(tcpdecode "$SAMPLE")
	[ "$stderr" = "httpreq: no 'data' column: run tcpdecode -d all" ]
}

@test "-n bounds the table: the connection idle longest is forgotten" {
	for port in 1000 1001 1002; do
		echo 'C GET / HTTP/1.1\r\n\r\n' | conversation |
		    sed "s/	1000	/	$port	/" |
		    awk -F'\t' -v OFS='\t' -v later=$port \
		    '/^pkt/ { $2 = sprintf("%.9f", $2 + later) } 1'
	done | httpreq -n 2 >out.tsv
	connections 'sport close' <out.tsv >got
	printf '%s\n' '1000 forgotten' '1001 open' '1002 open' >want
	same want got
	[ "$(counted httpreq forgotten <out.tsv)" -eq 1 ]
	[ "$(requests sport <out.tsv | wc -l)" -eq 3 ]
}

@test "a SYN on the same ports begins another connection" {
	{
		printf '%s\n' 'C GET /1 HTTP/1.1\r\n\r\n' \
		    'S HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' | conversation
		printf '%s\n' 'C GET /2 HTTP/1.1\r\n\r\n' |
		    conversation | awk -F'\t' -v OFS='\t' '/^pkt/ {
			$2 = sprintf("%.9f", $2 + 10)
			if ($3 == "10.0.0.1") $8 += 90000
			else if ($9 != 0) $9 += 90000 } 1'
	} | httpreq >out.tsv
	connections 'reqs close' <out.tsv >got
	printf '%s\n' '1 forgotten' '1 open' >want
	same want got
}

@test "live, a request is reported with its response, a connection when it ends" {
	cable
	need python3
	ip netns exec "$B" python3 -m http.server -b 10.98.0.2 80 \
	    >/dev/null 2>&1 3>&- &
	ip netns exec "$A" pcapsrc -i va 3>&- | tcpdecode -d all |
	    httpreq >out.tsv &
	get() {
		ip netns exec "$A" python3 -c '
import http.client, sys
c = http.client.HTTPConnection("10.98.0.2", 80, timeout=5)
c.request("GET", sys.argv[1])
c.getresponse().read()' "$1"
	}
	until_true 60 get /first 2>/dev/null
	seen() { get "$1"; grep -q "	GET	10.98.0.2	$1	" out.tsv; }
	until_true 60 seen /again
	# With its 404 the server announces that it closes the connection.
	ended() { connections 'reqs close' <out.tsv | grep -q '^1 server-close'; }
	until_true 60 ended
	ip netns pids "$A" | xargs -r kill -INT
	wait -n || true
	until_true 60 grep -q '^count.*httpreq' out.tsv
}

# case_is NAMES COUNTS [TOOK]: in captures of t/data/cases, the counts requests,
# responses, connections, gap_bytes and rejected, and the longest `took` of an
# http record.
case_is() {
	local f files=()
	for f in $1; do
		files+=("$CASES/$f.pcap")
	done
	tcpdecode -d all "${files[@]}" | httpreq >stream
	awk -F'\t' -v names='requests responses connections gap_bytes rejected' '
	    $1 == "count" && $3 == "httpreq" { count[$4] = $5 }
	    $1 == "http" && $8 > took { took = $8 }
	    END {
		n = split(names, name, " ")
		for (i = 1; i <= n; i++)
			printf "%d ", count[name[i]]
		print took
	    }' stream >got
	echo "$1"
	echo "$2" | same - got
}

@test "a RST that the receiver refuses ends no connection (RFC 9293, 3.10.7.4; RFC 5961, 3.2)" {
	# Requests, responses, connections, bytes missing, rejected, longest.
	case_is rst-blind-out-of-window '5 5 1 0 1 0.842000000'
	# The RST that answers a challenge ACK ends the connection before.
	case_is rst-challenge-reuse-kernel '4 4 2 0 1 0.637963212'
	case_is challenge-ack-rst-then-syn-again '1 1 1 0 2 1.140000000'
}

@test "a RST of the connection before does not end the next one on its ports (RFC 9293, 3.10.7.3)" {
	case_is rst-of-old-incarnation '3 3 2 0 2 0.416000000'
	case_is syn-rst-syn-windows '2 2 1 0 0 0.366000000'
}

@test "a stale SYN or data outside the window are no part of a connection (RFC 5961, 4.2; RFC 9293, 3.10.7.4)" {
	case_is syn-stale-inside '5 5 1 0 1 0.882000000'
	case_is data-out-of-window '5 5 1 0 1 0.882000000'
}

@test "packets captured twice are parsed once" {
	case_is any-router-twice-kernel '3 3 3 0 0 0.005078000'
	[ "$(counted httpreq copies <stream)" -eq 36 ]
}

@test "a handshake in another order begins a connection (RFC 9293, 3.5): no byte is missing" {
	case_is synack-before-syn '1 1 1 0 0 0.222200000'
	case_is split-handshake '1 1 1 0 0 0.234000000'
	case_is tfo-refused-unique '1 1 1 0 0 0.162500000'
}

@test "a clock that steps back, or a quiet hour, does not change what lasted how long" {
	for name in clock-back clock-back-100s quiet-hour; do
		case_is $name '3 3 3 0 0 0.140000000'
	done
	case_is 'clock-a clock-b' '4 4 4 0 0 0.140000000'
	[ "$(counted httpreq clock_steps <stream)" -eq 1 ]
	# The records have the time of their own packets.
	records http <stream | cut -f2 >got
	printf '%s\n' 1700000000 1700000600 1700000010 1700000500 |
	    sed 's/$/.000000000/' | same - got
	case_is ack-stamped-before-synack '1 1 1 0 0 0.140000000'
	case_is synack-stamped-before-syn '1 1 1 0 0 0.140001000'
}

@test "the same ports in two VLANs are two connections" {
	case_is vlan-overlap '6 6 2 0 0 0.548000000'
}

@test "-D accept prints which segments the receiver refuses, and why" {
	tcpdecode -d all "$CASES/rst-blind-out-of-window.pcap" |
	    httpreq -D accept 2>got >/dev/null
	tail -1 got
	[ "$(wc -l <got)" -eq 1 ]
	grep -q '^httpreq: accept: .* 10\.0\.0\.[12]:[0-9]* > 10\.0\.0\.[12]:[0-9]*: rejected: ' got
}
