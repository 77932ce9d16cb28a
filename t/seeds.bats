#!/usr/bin/env bats
# What the documents of the originals say, sentence by sentence.  A sentence that
# is kept differently, in the user's favour, says how after a dash; the pages
# list these under DIFFERENCES.  What needs a live network is tested where it is
# said: signals, users and terminals in jobs.bats, devices, the socket and
# tcpeekstat in tcpeek.bats, reloads and blocks in connmonitor.bats.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	wrong=0
	LOCAL='--local 10.77.1.1 --local fd77:1::1'
}

# says SENTENCE COMMAND [ARGUMENT...]: the command, which may be shell, shows that
# it is so.
says() {
	eval "${*:2}" >says.log 2>&1 || {
		echo "not so: $1"
		cat says.log
		wrong=1
	}
}

# The report of tcpeek on a capture of ours, and of its sums by filter.
peek() {
	local capture=$1
	shift
	# shellcheck disable=SC2086
	tcpeek $LOCAL -r "$capture" "$@" 2>&1
}
sums() {
	awk '/^------/ { getline; name = $1 }
		/Success:/ { good = $2 }
		/Failure:/ { print name, good, $2 }'
}
sum() { peek "$SAMPLE" -q "${@:2}" | sums | grep -qx "$1"; }

@test "tcpeek: error detection, resending detection" {
	peek "$WAN/handshake.pcap" --icmp >icmp
	peek "$WAN/handshake.pcap" >plain
	peek "$SAMPLE" >sample
	peek "$WAN/handshake-loss.pcap" >loss
	says 'monitors and aggregates the errors that occur when a TCP session is established' \
	    grep -q '"TCPEEK SUMMARY"' icmp
	says 'Counts sessions rejected by RST' \
	    grep -q '"Connection Rejected   :     24"' icmp
	says 'ICMP Unreach counts the sessions that have detected inaccessibility' \
	    grep -q '"ICMP Unreachable      :     24"' icmp
	says '--icmp: specify this option to interpret ICMP unreachable messages' \
	    '! grep -q Unreach plain'
	says 'counts the sessions that timed out' \
	    'tcpeek -q --local 10.88.1.2 -t 3 -r "$CASES/late-synack.pcap" 2>&1 |
	    grep -q "Timed Out  : .*[1-9]"'
	says 'Counts sessions where the retransmission of the SYN segment occurred' \
	    grep -q '"SYN Segment Duplicate :      1"' sample
	says 'SYN / ACK counts the sessions where the segment retransmission occurred' \
	    grep -q '"S/A Segment Duplicate : *[1-9]"' loss
	[ $wrong -eq 0 ]
}

@test "tcpeek: filters and expressions" {
	says 'specify the filter in the combination of IP address and port number' \
	    sum "'x 2 1'" x:TX@10.77.2.1:80:81
	says 'Multiple filters can be specified' \
	    'sum "a 4 0" a:TX@%:80 b:TX@%:81 && sum "b 0 2" a:TX@%:80 b:TX@%:81'
	says 'a filter such as excluding this port' sum "'TX 0 2'" :TX@*:80
	says 'if you specify only the interface, the filters RX and TX are specified' \
	    'sum "RX 0 0" && sum "TX 4 2"'
	says '% and * are the wild card' 'sum "f 4 2" f:TX@%:% && sum "f 4 2" "f:TX@*:*"'
	says 'The IP address can also be a network address' \
	    sum "'f 2 1'" f:TX@10.77.2.0/24:%
	says 'You can specify multiple port numbers with a : separator' \
	    sum "'f 2 1'" f:TX@10.77.2.1:79:80:81
	says 'more than one combination of IP address and port number separated by ,' \
	    sum "'f 4 1'" 'f:TX@10.77.2.1:80:81,[fd77:2::1]:80'
	says 'If you omit the filter name, it becomes an exclusion filter' \
	    sum "'f 0 2'" f:TX@%:% :TX@%:80
	says 'the order of description does not matter' \
	    sum "'f 0 2'" :TX@%:80 f:TX@%:%
	says 'the session that matches the condition will not be recorded in all filters' \
	    '[ "$(peek "$SAMPLE" :ANY@%:% | grep -c success)" -eq 0 ]'
	says 'Sessions that match more than one filter are aggregated across all of them' \
	    'sum "a 4 2" a:TX@%:% b:TX@%:80 && sum "b 4 0" a:TX@%:% b:TX@%:80'
	says 'direction RX' sum "'f 0 0'" f:RX@%:%
	says 'names of filters - in any alphabet' sum "'フィルタ 4 0'" フィルタ:TX@%:80
	says 'options and expressions in any order, as getopt_long(3) has it' \
	    'tcpeek f:TX@%:80 -q $LOCAL -r "$SAMPLE" 2>&1 | sums | grep -qx "f 4 0"'
	[ $wrong -eq 0 ]
}

pipes() { tcpeek --pipeline -i eth0 "$@" | head -n 1; }
has() { pipes "${@:2}" | grep -qF -- "$1"; }

@test "tcpeek: options" {
	says '-u --user=uid: setuid to the specified user' \
	    'has "-Z nobody" -u nobody && has "-Z nobody" --user=$(id -u nobody)'
	says '-i --interface=dev specifies the interface name' \
	    'has "pcapsrc -i eth0" && tcpeek --pipeline --interface=x | grep -q "pcapsrc -i x"'
	says '-U --socket=path, default /var/run/tcpeek/tcpeek.sock' \
	    'tcpeek --pipeline -i x | grep -q -- "-U /var/run/tcpeek/tcpeek.sock" &&
	    tcpeek --pipeline -i x --socket=/s | grep -q -- "-U /s"'
	says '-c --checksum=[0|1|2], default 0' \
	    'has "tcpdecode |" -c 0 && has "tcpdecode -k 2 |" --checksum=2 &&
	    ! tcpeek --pipeline -i x -c 3'
	says '-t --timeout=sec, default 60' \
	    'has "-t 60 " && has "-t 7 " --timeout=7 && has "-t 2000 " -t 2000'
	says '-B --buffer in MB - default 16' 'has "-B 16384 " && has "-B 3072 " --buffer 3'
	says '-l --loglevel: status is not working' has tcpdecode -l 5
	says '-q --quiet to suppress real-time session information output' \
	    '[ "$(peek "$SAMPLE" -q | grep -c success)" -eq 0 ]'
	says '--promisc' 'has " -p " && ! has " -p " --promisc'
	says '-h --help: exit with help' 'tcpeek -h | grep -q ^usage'
	says '-v --version: display the version and exit' \
	    'tcpeek -v | grep -q ^tcpeek && tcpeek --version | grep -q ^tcpeek'
	says 'long options may be abbreviated, and have one dash' \
	    'has "-t 5 " --tim=5 && ! has " -p " --p && ! has "-U -E" -icmp'
	[ $wrong -eq 0 ]
}

@test "tcpeek: result output" {
	peek "$SAMPLE" >out
	sed -n 3p out >line
	says 'is output to the standard error' \
	    '[ -z "$(tcpeek $LOCAL -r "$SAMPLE" 2>/dev/null)" ]'
	says 'the head of the table' \
	    'grep -qF " TIME(s) |       TIMESTAMP       |      SRC IP:PORT            DST IP:PORT     |      RESULTS      | DUP SYN  DUP S/A" out'
	says 'a line as documented' \
	    'grep -qF "   0.050 | 26-11-20 05:08:31.989 |       10.77.1.1:42398       10.77.2.1:80    |      success      |       0        0 " line'
	says 'TIME(s): seconds spent on establishing a TCP session' \
	    'grep -q "^   1.081 .*37888" out'
	says 'TIMESTAMP: the time when the TCP session started' \
	    'grep -q "05:08:32.548 .*37888" out'
	says 'SRC IP:PORT of the client, DST IP:PORT of the server' \
	    'grep -q "10.77.1.1:34572 .*10.77.2.1:81 " out'
	says 'RESULTS' 'grep -q "failure (reject)" out'
	says 'DUP SYN: the number of times the SYN segment was retransmitted' \
	    'grep -q "37888.*|       1        0 " out'
	says 'failure (timeout): TIME is that of the last packet' \
	    'tcpeek --local 10.88.1.2 -t 20 -r "$CASES/late-synack.pcap" 2>&1 |
	    grep "failure (timeout)" | grep -vq "^  *20.000 "'
	says 'a SYN/ACK before the time-out since the last SYN is a success' \
	    'tcpeek --local 10.88.1.2 -r "$CASES/late-synack.pcap" 2>&1 |
	    grep -q "success      |      10 "'
	[ $wrong -eq 0 ]
}

@test "tcpeek: statistical output" {
	peek "$SAMPLE" http-tx:TX@%:80 >out
	says 'from: aggregate start-time' grep -q '"^     from : 2026-11-20 05:08:30$"' out
	says 'to: aggregate end-time' grep -q '"^       to : 2026-11-20 05:08:35$"' out
	says 'time: seconds' grep -q '"^     time :         4.208 (sec)$"' out
	says 'filter name' grep -qx '" http-tx"' out
	says 'number of successful sessions' grep -q '"^   Success: 4 session$"' out
	says 'number of sessions where the handshake failed' \
	    grep -q '"^   Failure: 2 session$"' out
	says 'the lines of a filter' \
	    '[ "$(grep -c "SYN Segment Duplicate\|Timed Out\|Rejected" out)" -eq 9 ]'
	says 'the end' '[ "$(tail -n 1 out)" = ==================================== ]'
	[ $wrong -eq 0 ]
}

@test "tcpeekstat: its options" {
	says '-g --gmetric' 'tcpeekstat -h | grep -q -- "-g, --gmetric"'
	says '-U --socket=path, default /var/run/tcpeek/tcpeek.sock' \
	    'tcpeekstat -h | grep -q "U, --socket path .*/var/run/tcpeek/tcpeek.sock"'
	says '-v --version' 'tcpeekstat -v | grep -q ^tcpeekstat'
	says '-h --help' 'tcpeekstat --help | grep -q ^usage'
	[ $wrong -eq 0 ]
}

@test "connmon: what it reports" {
	connmon -m -r "$SAMPLE" >out 2>said
	connmon -r "$SAMPLE" >people 2>/dev/null
	says 'connmon does not inject traffic: it needs no socket for a file' \
	    '[ -s out ]'
	says 'operates on TCP headers, v4 or v6' \
	    'grep -q "+10.77.1.1:" out && grep -q "+fd77:1::1:" out'
	says 'Output lines are printed on standard output, in eight fields' \
	    '! awk "NF != 8" out | grep .'
	says 'packet capture time' 'head -n 1 out | grep -q "^179515131[12]\.[0-9]* "'
	says 'TSval-based and Seqno-based round trip delay' \
	    'grep -q "^[0-9.]* 0.01[0-9]* 0.01" out'
	says 'Difference of seqno from expected seqno' \
	    'connmon -mq -r "$WAN/bulk-loss-near.pcap" | awk "\$4 > 0" | grep -q .'
	says 'whether the packet is a duplicate ack (time since original was seen)' \
	    'connmon -mq -r "$WAN/bulk-loss-far.pcap" | awk "\$5 > 0" | grep -q .'
	says 'Bytes in the packet payload' \
	    'awk "\$6 == 1448" out | grep -q .'
	says 'Bytes seen so far in this flow' \
	    'awk "{ if (\$7 < n[\$8]) exit 1; n[\$8] = \$7 }" out'
	says 'flow in the form srcIP:port+dstIP:port' \
	    'grep -q " 10.77.2.1:80+10.77.1.1:42398$" out'
	says 'holes and out-of-orders are between the sending host and the capture point' \
	    'connmon -mq -r "$WAN/bulk-loss-near.pcap" | awk "\$4 > 0" | grep -q "10.77.1.1:.*+10.77.2.1"'
	says 'a flag to disregard ppings where the source packet is a pure ack - rttmatch -c' \
	    'connmon --pipeline -mq -r "$SAMPLE" | sed "s/rttmatch/& -c/" | sh | grep -q .'
	[ $wrong -eq 0 ]
}

@test "connmon: flags" {
	connmon -mq -r "$SAMPLE" >out
	says '-Q only prints lines when there is an RTD' \
	    '! connmon -mqQ -r "$SAMPLE" | awk "\$2 == \"*\" && \$3 == \"*\"" | grep .'
	says 'can read from a pcapfile: -r' '[ -s out ]'
	says '-e outputs the lines at roughly real time' \
	    'connmon --pipeline -e -r x | grep -q "pcapsrc -r x -e 1"'
	says '-i monitors tcp traffic on an interface' \
	    'connmon --pipeline -i en0 | grep -q "pcapsrc -i en0"'
	says '-c: how many packets' \
	    'connmon -m -c 100 -r "$SAMPLE" 2>&1 | grep -q "Captured 100 packets"'
	says '-s: how long' 'connmon -m -s 2 -r "$SAMPLE" 2>&1 | grep -q "in .* seconds"'
	says '-f: a bpf filter for what packets to capture' \
	    '! connmon -mq -f "net 45.57 or 74.125" -r "$SAMPLE" | grep .'
	says '-m machine-friendly output format' \
	    'head -n 1 out | grep -q "^[0-9]*\.[0-9]\{6\} "'
	says '-h and --help describe the flags' \
	    'connmon -h | grep -q -- --quick && connmon --help | grep -q -- --quick'
	says 'just connmon: the usage - and what is missing' \
	    'connmon 2>&1 | grep -q "no input: -i device captures, -r file reads"'
	says 'output may be redirected to a file or piped' \
	    '[ "$(connmon -mq -r "$SAMPLE" | head -n 1 | wc -l)" -eq 1 ]'
	for flag in --count --filter --interface --machine --quick --quiet \
	    --read --seconds --showLocal --sumInt --rtdMaxAge --flowMaxIdle \
	    --verbose; do
		says "$flag" "connmon -h | grep -q -- '$flag'"
	done
	[ $wrong -eq 0 ]
}

@test "http_connection_monitor" {
	http_connection_monitor -n -i "$SAMPLE" >out
	says 'Monitors outbound HTTP requests for number of requests made over a connection' \
	    'grep -q "^10.77.2.1.80          2$" out'
	says 'Calculates per-destination and aggregate statistics' \
	    'grep -q "^Aggregate:" out && grep -q "^Per-connection:" out'
	says 'Allows offline processing of pcap dump files' '[ -s out ]'
	says 'Can drop root privileges after opening the packet capture devices' \
	    'http_connection_monitor --pipeline -i x -Z nobody | grep -q "Z nobody"'
	says 'Allows capture from multiple ports and devices simultaneously' \
	    'http_connection_monitor --pipeline --port 80,3000 -i en0 -i en1 |
	    grep -q "i en0 -i en1 .*P 80,3000"'
	says '--show-filter' \
	    '[ "$(http_connection_monitor --port 80,3000 --show-filter)" = "$(mkfilter -p 80,3000 classic)" ]'
	says 'the filter of the document' \
	    'http_connection_monitor --port 80,3000 --show-filter | tr -d "\n\\\\" | tr -s " " |
	    grep -qF "((tcp dst port 80) or (tcp src port 80 and (tcp[tcpflags] & tcp-fin != 0)))"'
	says '-i production_packets.pcap --port 80,3000' \
	    'http_connection_monitor -n -i "$SAMPLE" --port 80,3000 | same out -'
	[ $wrong -eq 0 ]
}

# Does probesrc accept a list, of these lines?
accepts() {
	printf '%s\n' "$@" | timeout 30 probesrc -1 -w 0.01 2>&1 |
	    grep -q ^conf
}
refuses() { ! accepts "$@"; }
conf() { printf '%s\n' "$1" | timeout 30 probesrc -1 -w 0.01 2>/dev/null | grep ^conf; }

@test "connmonitor: usage and list" {
	printf 'localhost\n' >list
	says 'connmonitor [input file]' \
	    'connmonitor --pipeline list | grep -q "^probesrc .* list |"'
	says 'If not specified, reads input of the same format from stdin' \
	    'connmonitor --pipeline | grep -qv list'
	says '-v or --version: the version is printed to stdout' \
	    'connmonitor -v | grep -q "^connmonitor Version" &&
	    connmonitor --version | grep -q "^connmonitor Version"'
	says 'config lines are case-insensitive' accepts "'127.0.0.1 PING=0 SCAN=0 Trace=0'"
	says 'Empty lines are ignored at any point' accepts "''" "'127.0.0.1 ping=0'" "''"
	says 'Each line must begin with a host' refuses "'ping=500'"
	says 'either an IP address or a FQDN' accepts "'localhost ping=0'"
	says 'IPv6 is not supported - it is' accepts "'::1 ping=0'"
	says 'ping: any positive, rational number or 0' \
	    'accepts "127.0.0.1 ping=0" && accepts "127.0.0.1 ping=100.5 numpings=1"'
	for option in numpings=3 payload=41 trace=0 trace=30000 \
	    hops=40 scan=0 scan=60000 json=1 json=0 json=True json=False \
	    json=7 timestamp=0 timestamp=True; do
		says "the option $option is valid" accepts "'127.0.0.1 ping=0 $option'"
	done
	for option in numpings=0 numpings=x payload=-1 hops=0 ping=x json=maybe \
	    unknown=1 'ping =5'; do
		says "the option $option is not" refuses "'127.0.0.1 $option'"
	done
	says 'the same option cannot be specified multiple times' \
	    refuses "'127.0.0.1 ping=500 ping=500'"
	says 'separated by any amount of whitespace' \
	    accepts '"127.0.0.1	 	 ping=0    scan=0"'
	[ $wrong -eq 0 ]
}

@test "connmonitor: defaults and output" {
	need jq
	echo 127.0.0.1 | timeout 30 probesrc -1 -w 0.01 2>/dev/null |
	    grep -q '^ping' || skip 'this user may not send echo requests'
	conf 127.0.0.1 >conf
	says 'ping default 500' grep -q '"ping=500\b"' conf
	says 'numpings default 10' grep -q '"numpings=10\b"' conf
	says 'payload default 41' grep -q '"payload=41\b"' conf
	says 'hops default 30' grep -q '"hops=30\b"' conf
	says 'trace and scan default 0' \
	    '! grep -q "trace=[1-9]" conf && ! grep -q "scan=[1-9]" conf'
	connvitals -p 2 127.0.0.1 >out
	says 'a human-readable date on the second line, in ctime format' \
	    'sed -n 2p out | grep -q "^[A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 0-9][0-9] ..:..:.. 20..$" ||
	    ! connmonitor -h | grep -q ctime'
	connvitals -j -p 2 127.0.0.1 >json
	says 'output in JSON' 'jq -e .ping.min json'
	says 'each statistic is reported individually' \
	    'connmonitor --pipeline list | grep -q "vitals -w$"'
	says 'the systemd unit looks for /var/run/connmonitor.conf' \
	    'grep -q /run/connmonitor.conf "$top/share/systemd/connmonitor.service"'
	says 'and creates it with the default contents' \
	    'grep -q "echo localhost trace=5000 scan=5000 json=True >/run" "$top/share/systemd/connmonitor.service"'
	says 'logs to /var/log/connmonitor.log and .err' \
	    'grep -q "append:/var/log/connmonitor.log" "$top/share/systemd/connmonitor.service" &&
	    grep -q "append:/var/log/connmonitor.err" "$top/share/systemd/connmonitor.service"'
	says 'systemctl reload reads in the new configuration' \
	    'grep -q "^ExecReload=.*HUP" "$top/share/systemd/connmonitor.service"'
	[ $wrong -eq 0 ]
}
