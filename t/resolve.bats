#!/usr/bin/env bats
# resolve: every name is compared with what our own name server
# (t/nameserver.py) answers, and the queries with what that server logged.

load helper

setup() {
	need resolve python3
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	exec 7>&- 8<&-
	# shellcheck disable=SC2086
	[ -z "${running:-}" ] || kill $running 2>/dev/null || true
}

# serve [OPTION ...]: start a name server (t/nameserver.py) that logs to the
# file log; its port is $port.  serve_at LOG ...: start another.
serve() { serve_at log "$@"; }

serve_at() {
	python3 "$BATS_TEST_DIRNAME/nameserver.py" "$@" >"$1.port" 3>&- &
	running="${running:-} $!"
	until_true 10 test -s "$1.port"
	port=$(cat "$1.port")
}

# ask ...: resolve with names from that server alone.
ask() { resolve -H /dev/null -s "127.0.0.1:$port" "$@"; }

# hosts N ...: records of a kind x with the IPv4 addresses 10.0.0.N.
hosts() {
	printf '#x\thost\n'
	printf 'x\t10.0.0.%s\n' "$@"
}

# many N: records with N different addresses, all of which have a name.
many() {
	printf '#x\thost\n'
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "x\t10.%d.%d.%d\n", i / 10000, i / 100 % 100, i % 100 + 1 }'
}

# named: replace each address by the name that the server gives it.
named() { sed -E 's/([0-9a-f]+[.:]+)+([0-9]+)$/host-\2.example/'; }

# body: all records but count records.
body() { grep -v -e '^#count' -e '^count'; }

# value NAME FILE: one of resolve's counts.
value() { counted resolve "$1" <"$2"; }

# adds_up FILE: check that counts which are sums are.
adds_up() {
	local v
	for v in addresses named unnamed late asked answered not_found failed \
	    timed_out; do
		local "$v=$(value $v "$1")"
	done
	[ "$addresses" -eq $((named + unnamed + late)) ]
	[ "$asked" -eq $((answered + not_found + failed + timed_out)) ]
}

# feed ARGS ...: start resolve on a pipe that stays open, written to through
# descriptor 7; its output goes to the file out, messages to messages.
feed() {
	mkfifo fifo
	resolve -H /dev/null -s "127.0.0.1:$port" "$@" <fifo >out 2>messages &
	fed=$!
	running="${running:-} $fed"
	exec 7>fifo
}

# give TEXT N: write TEXT, then wait until there are N lines of output.
give() {
	printf '%s\n' "$1" >&7
	until_true 10 lines_are "$2"
}

lines_are() { [ "$(wc -l <out)" -ge "$1" ]; }

# most: the largest number of queries that the server had unanswered.
most() { sort -k2,2n log | tail -n 1 | cut -d' ' -f2; }

@test "addresses of a capture become names" {
	serve
	tcpdecode "$SAMPLE" | rttmatch -Q >in
	ask -c src in >out
	body <in | awk -F'\t' -v OFS='\t' '$1 == "rtt" {
		n = split($3, part, /[.:]/)
		$3 = "host-" part[n] ".example" } 1' >want
	body <out >got
	same want got
	adds_up out
	[ "$(value named out)" -eq "$(records rtt <in | wc -l)" ]
	# Each address was queried once.
	records rtt <in | cut -f3 | sort -u >want
	cut -d' ' -f1 log | sort >got
	same want got
}

@test "every kind of answer is handled and counted" {
	serve
	hosts 1 200 201 202 203 204 205 206 207 208 209 210 211 212 213 214 \
	    7 >in
	ask -t 1 -c host in >out
	long=$(awk 'BEGIN {
		for (i = 0; i < 63; i++) { a = a "a"; b = b "b"; c = c "c" }
		for (i = 0; i < 61; i++) d = d "d"
		print a "." b "." c "." d }')
	{
		printf '#x\thost\n'
		printf 'x\t%s\n' host-1.example 10.0.0.200 10.0.0.201 \
		    10.0.0.202 10.0.0.203 10.0.0.204 true-205.example \
		    host-206.example cname-207.example a-208.example \
		    10.0.0.209 "$long" 10.0.0.211 10.0.0.212 192.0.2.1 \
		    host-214.example host-7.example
	} >want
	body <out >got
	same want got
	adds_up out
	[ "$(value answered out)" -eq 9 ]
	[ "$(value not_found out)" -eq 3 ]
	[ "$(value failed out)" -eq 4 ]
	[ "$(value timed_out out)" -eq 1 ]
	# Over UDP first, then over TCP.
	grep -q '^10.0.0.206 .* udp' log
	grep -q '^10.0.0.206 .* tcp' log
}

@test "a server that resets the connection does not end the program" {
	serve
	hosts 215 1 >in
	ask -c host in >out
	hosts 215 1 | sed 's/10.0.0.1$/host-1.example/' >want
	body <out >got
	same want got
	grep -q '^10.0.0.215 .* tcp' log
	adds_up out
}

@test "IPv6 and IPv4-mapped addresses have names" {
	serve
	printf '#x\thost\nx\tfd00::2a\nx\t::ffff:10.0.0.3\nx\tFD00::2A\n' >in
	ask -c host in | body >got
	printf '#x\thost\nx\thost-42.example\nx\thost-3.example\n' >want
	printf 'x\thost-42.example\n' >>want
	same want got
	[ "$(wc -l <log)" -eq 2 ]
}

@test "records without a name are copied byte for byte" {
	serve
	hosts 200 201 202 203 200 name - 10.0.0.300 fe80::1%eth0 >one
	tcpdecode "$SAMPLE" | hsclass | body >two
	# Repeated and changed headers, and a kind without the column.
	cat one two one >in
	printf '#y\tother\thost\ny\t10.0.0.1\t10.0.0.200\n' >>in
	printf '#x\tother\nx\t10.0.0.1\n#z\nz\n' >>in
	ask -c host in >out
	body <out >got
	same in got
	adds_up out
	# The same if no server is there.
	resolve -H /dev/null -s 127.0.0.1:1 -c host in | body >got
	same in got
}

@test "-a appends the name to its address" {
	serve
	printf '#x\ta\tb\tc\nx\t10.0.0.1\tq\t10.0.0.200\nx\tname\t-\t-\n' >in
	ask -a -c c,a in | body >got
	printf '#x\ta\ta_name\tb\tc\tc_name\n' >want
	printf 'x\t10.0.0.1\thost-1.example\tq\t10.0.0.200\t-\n' >>want
	printf 'x\tname\t-\t-\t-\t-\n' >>want
	same want got
	# The other columns are unchanged.
	tcpdecode "$SAMPLE" | rttmatch -Q | body >in
	ask -a in | body >out
	cut -f1-3,5-6,8- out >got
	same in got
	head -n 1 out | grep -q 'src	src_name	sport	dst	dst_name	dport'
}

@test "columns are found by name in every kind and header" {
	serve
	{
		printf '#x\thost\tn\n#y\tn\thost\n'
		printf 'x\t10.0.0.1\t10.0.0.9\ny\t10.0.0.9\t10.0.0.2\n'
		printf '#rtt\thost\nrtt\t10.0.0.3\nx\t10.0.0.4\t10.0.0.9\n'
		printf '#x\tn\thost\nx\t10.0.0.9\t10.0.0.5\n'
		printf '#z\tn\nz\t10.0.0.9\n'
	} >in
	ask -c host in | body >got
	{
		printf '#x\thost\tn\nx\thost-1.example\t10.0.0.9\n'
		printf '#y\tn\thost\ny\t10.0.0.9\thost-2.example\n'
		printf '#rtt\thost\nrtt\thost-3.example\n'
		printf 'x\thost-4.example\t10.0.0.9\n'
		printf '#x\tn\thost\nx\t10.0.0.9\thost-5.example\n'
		printf '#z\tn\nz\t10.0.0.9\n'
	} >want
	same want got
}

@test "50 queries are in flight at once" {
	# The server answers only after all 50 queries arrived.
	serve hold 50
	many 50 >in
	ask -t 60 -c host in | body >got
	named <in >want
	same want got
	[ "$(most)" -eq 50 ]
	[ "$(wc -l <log)" -eq 50 ]
}

@test "at most 128 queries are in flight, and records keep their order" {
	serve hold 128
	many 1000 >in
	ask -t 60 -c host in >out
	body <out >got
	named <in >want
	same want got
	[ "$(most)" -eq 128 ]
	[ "$(value asked out)" -eq 1000 ]
	[ "$(value answered out)" -eq 1000 ]
	[ "$(value overdue out)" -eq 0 ]
}

@test "slow and quick answers do not change the order" {
	serve delay 0.3
	hosts 1 2 name 3 1 200 - 4 2 1 >in
	printf '#y\tn\ny\tplain\n' >>in
	ask -c host in | body >got
	sed -E 's/10.0.0.([0-9])$/host-\1.example/' in >want
	same want got
	[ "$(wc -l <log)" -eq 5 ]
}

@test "a full table drops the name unused for longest, which is queried again" {
	serve
	feed -n 16 -c host
	printf '#x\thost\n' >&7
	for i in $(seq 16); do
		give "x	10.0.0.$i" $((i + 1))
	done
	give 'x	10.0.0.1' 18
	give 'x	10.0.0.17' 19
	give 'x	10.0.0.1' 20
	give 'x	10.0.0.2' 21
	exec 7>&-
	wait $fed
	[ "$(value forgotten out)" -eq 2 ]
	[ "$(value asked out)" -eq 18 ]
	[ "$(grep -c '^10.0.0.1 ' log)" -eq 1 ]
	[ "$(grep -c '^10.0.0.2 ' log)" -eq 2 ]
	adds_up out
}

@test "a small table serves many records" {
	serve delay 0.01
	many 200 >in
	cat in in | ask -n 16 -c host >out
	cat in in | named >want
	body <out >got
	same want got
	adds_up out
}

@test "a record of a live stream is written as soon as its name is known" {
	serve delay 0.2
	feed -c host
	printf '#x\thost\nx\t10.0.0.1\n' >&7
	until_true 10 grep -q host-1.example out
	give 'x	10.0.0.1' 3
}

@test "a dead server delays three records of a live stream" {
	serve silent
	feed -t 0.1 -c host
	printf '#x\thost\n' >&7
	for i in $(seq 20); do
		give "x	10.0.0.$i" $((i + 1))
	done
	exec 7>&-
	wait $fed
	hosts $(seq 20) >want
	body <out >got
	same want got
	[ "$(value overdue out)" -eq 3 ]
	[ "$(value late out)" -eq 20 ]
	[ "$(value asked out)" -eq 20 ]
	[ "$(value timed_out out)" -eq 20 ]
	adds_up out
}

@test "a dead server delays three records of a file" {
	serve silent
	many 5000 >in
	ask -t 0.3 -c host in >out
	body <out >got
	same in got
	[ "$(value overdue out)" -eq 3 ]
	[ "$(value addresses out)" -eq 5000 ]
	[ "$(value named out)" -eq 0 ]
	adds_up out
}

# is_back: give a new address; true if any got a name.
is_back() {
	n=$((n + 1))
	give "x	10.0.1.$n" $((n + 1))
	grep -q example out
}

@test "records wait again after a server has come back" {
	serve wake awake
	feed -t 1 -c host
	printf '#x\thost\n' >&7
	for n in $(seq 6); do
		give "x	10.0.0.$n" $((n + 1))
	done
	touch awake
	until_true 10 is_back
	# From now on every record has its name.
	for i in $(seq 5); do
		n=$((n + 1))
		give "x	10.0.2.$i" $((n + 1))
	done
	exec 7>&-
	wait $fed
	[ "$(value overdue out)" -eq 3 ]
	body <out | tail -n 5 >got
	printf 'x\thost-%d.example\n' 1 2 3 4 5 >want
	same want got
	adds_up out
}

@test "an answer too late for its record serves the next one" {
	serve until now
	feed -t 2 -c host
	printf '#x\thost\n' >&7
	give 'x	10.0.0.1' 2
	[ "$(tail -n 1 out)" = 'x	10.0.0.1' ]
	touch now
	n=2
	until_true 10 next_is_named
	[ "$(grep -c '^10.0.0.1 ' log)" -le 2 ]
}

# next_is_named: give the address again; true if it gets its name now.
next_is_named() {
	n=$((n + 1))
	give 'x	10.0.0.1' $n
	[ "$(tail -n 1 out)" = 'x	host-1.example' ]
}

@test "a late answer never names another address of a small table" {
	serve delay 0.4
	feed -t 0.3 -n 16 -c host
	printf '#x\thost\n' >&7
	# After three timeouts records do not wait.
	for n in 1 2 3; do
		give "x	10.0.0.$n" $((n + 1))
	done
	many 100 | grep -v '#' >&7
	until_true 10 lines_are 104
	n=104
	until_true 10 last_is_named
	many 100 | grep -v '#' >&7
	exec 7>&-
	wait $fed
	adds_up out
	[ "$(value late out)" -gt 80 ]
	# Every address that has a name has its own.
	body <out | tail -n 100 >got
	many 100 | grep -v '#' >in
	named <in | paste got - in | awk -F'\t' '
	$2 != $4 && $2 != $6 { print; bad = 1 }
	END { exit bad || NR != 100 }'
}

# last_is_named: give the last address of many; true if it gets its name.
last_is_named() {
	n=$((n + 1))
	give 'x	10.0.0.16' $n
	[ "$(tail -n 1 out)" = 'x	host-16.example' ]
}

@test "a dead server is tried first only once if there is another" {
	serve_at dead silent
	dead=$port
	serve
	port=$dead,127.0.0.1:$port
	feed -c host -t 2
	printf '#x\thost\n' >&7
	for i in $(seq 8); do
		give "x	10.0.0.$i" $((i + 1))
	done
	exec 7>&-
	wait $fed
	[ "$(value named out)" -eq 8 ]
	[ "$(value overdue out)" -eq 0 ]
	[ "$(wc -l <dead)" -le 2 ]
}

@test "a lost query is sent again" {
	serve
	hosts 214 >in
	ask -t 2 -c host in >out
	grep -q host-214.example out
	[ "$(value asked out)" -eq 1 ]
	[ "$(grep -c 10.0.0.214 log)" -eq 2 ]
}

@test "names of the hosts file go first, and are escaped" {
	serve
	{
		echo '# a comment'
		echo '10.0.0.1 first second'
		printf '10.0.0.1\tother\n10.0.0.2\tsecond#and more\n'
		printf 'fd00::1 \tsix\n10.0.0.3\nnonsense\n10.0.0.4/8 net\n'
		printf '10.0.0.5 \033[31m\\x\200\n10.0.0.6 -\n'
	} >names
	hosts 1 2 3 4 5 6 >in
	printf 'x\tfd00::1\n' >>in
	resolve -H names -s "127.0.0.1:$port" -c host in >out
	{
		printf '#x\thost\n'
		printf 'x\t%s\n' first second host-3.example host-4.example \
		    '\x1b[31m\\x\x80' '\x2d' six
	} >want
	body <out >got
	same want got
	[ "$(value asked out)" -eq 2 ]
	adds_up out
}

@test "addresses in other columns are not queried" {
	serve
	tcpdecode "$SAMPLE" | ask -c nosuch >out 2>messages || status=$?
	[ "$status" -eq 1 ]
	grep -q "resolve: -c: no column 'nosuch' in any record" messages
	grep -q 'resolve: pkt records have time, src, sport, dst, ' messages
	[ ! -s log ]
	# The default columns need not be there.
	hosts 1 | ask >out
	[ ! -s log ]
}

@test "lines that are not records are reported and left out" {
	serve
	{
		hosts 1
		printf 'x\t10.0.0.2\ttoo many\n\nw\tno header\nx\t10.0.0.3'
	} >in
	status=0
	ask -c host in >out 2>messages || status=$?
	[ $status -eq 1 ]
	printf '#x\thost\nx\thost-1.example\n' >want
	body <out >got
	same want got
	[ "$(value bad_lines out)" -eq 4 ]
	grep -q 'resolve: in:3: 3 fields, the header has 2' messages
	grep -q 'resolve: in:6: cut short' messages
	head -c 100000 /dev/urandom >noise
	run -1 ask noise
	[ "$(wc -l <log)" -eq 1 ]
}

@test "count records come last, followed by its own" {
	serve
	tcpdecode "$SAMPLE" | rttmatch -Q >in
	ask in >out
	grep '^count' in >want
	grep '^count' out | head -n "$(wc -l <want)" >got
	same want got
	[ "$(tail -n 1 out | cut -f3)" = resolve ]
	# Their time is that of the last record.
	[ "$(tail -n 1 out | cut -f2)" = "$(records rtt <in | tail -n 1 |
	    cut -f2)" ]
}

@test "a full disk is reported, a closed pipe is not" {
	[ -c /dev/full ] || skip "no /dev/full"
	serve
	many 100 >in
	status=0
	ask -c host in >/dev/full 2>messages || status=$?
	[ $status -eq 1 ]
	grep -q 'No space left' messages
	many 20000 | sed 's/$/\t-/; s/^#.*/#x\tother\thost/' >long
	ask -c host long 2>messages | head -c 100 >/dev/null
	same /dev/null messages
}

@test "after SIGINT the rest of a pipe is read and written, with names" {
	serve delay 0.3
	feed -c host
	hosts 1 2 3 >&7
	until_true 10 test -s log
	kill -INT "$fed"
	printf 'x\t10.0.0.4\n' >&7
	exec 7>&-
	wait $fed
	hosts 1 2 3 4 | named >want
	body <out >got
	same want got
}

@test "SIGUSR1 prints the current counts" {
	serve
	feed -c host
	printf '#x\thost\n' >&7
	give 'x	10.0.0.1' 2
	kill -USR1 "$fed"
	until_true 10 grep -q '^resolve: addresses 1, named 1, .* asked 1' \
	    messages
}

@test "wrong usage is reported with status 2" {
	for args in "-s nowhere" "-s 1.2.3.4:99999" "-s 1.2.3.4:x" \
	    "-s [::1]:0" "-c a,,b" "-c a,a" "-n 15" "-t 0" "-t x"; do
		# shellcheck disable=SC2086
		run -2 resolve $args </dev/null
		[[ "$output" == "resolve: -${args:1:1}: "* ]]
	done
	run -1 resolve -H nosuchfile </dev/null
	[[ "$output" == "resolve: nosuchfile: "* ]]
	run -0 resolve -s '[::1]:5353,::1,1.2.3.4' </dev/null
}
