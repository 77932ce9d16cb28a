#!/usr/bin/env bats
# vitals: the text and JSON for records of probes, byte by byte as connvitals'.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	T=$((1795147507 * 1000000000))	# Fri Nov 20 04:05:07 2026
	run=0
}

heads() {
	for kind in ping hop port; do
		printf '#%s\ttime\thost\taddr\tline\trun\tindex\tof\trtt\tfrom\tttl' $kind
		[ $kind != port ] || printf '\tport'
		printf '\tstate\tinfo\n'
	done
	printf '#conf\ttime\thost\taddr\tline\trun\tinfo\n'
	printf '#host\ttime\thost\taddr\tline\trun\tstate\tinfo\n'
}

seconds() { printf '%d.%09d' $(($1 / 1000000000)) $(($1 % 1000000000)); }

# conf LINE HOST ADDR OPTIONS: the options of a line of the list.
conf() {
	printf 'conf\t%s\t%s\t%s\t%s\t1\t%s\n' "$(seconds $T)" "$2" "$3" "$1" "$4"
}

# record KIND LINE HOST ADDR INDEX OF RTT FROM TTL STATE INFO [PORT]: answered at
# T.  RTT is in ns.
record() {
	local rtt=$7 time=$T port=''
	if [ "$rtt" != - ]; then
		time=$((T - rtt))
		rtt=$(seconds "$rtt")
	fi
	[ $# -lt 12 ] || port="	${12}"
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s%s\t%s\t%s\n' "$1" \
	    "$(seconds $time)" "$3" "$4" "$2" $run "$5" "$6" "$rtt" "$8" \
	    "$9" "$port" "${10}" "${11}"
}

# pings LINE HOST ADDR RTT...: a burst; STATE or STATE:INFO in place of an RTT.
pings() {
	local line=$1 host=$2 addr=$3 i=0
	shift 3
	run=$((run + 1))
	for rtt; do
		i=$((i + 1))
		case $rtt in
		*[!0-9]*:*) record ping $line $host $addr $i $# - - - \
		    ${rtt%%:*} "${rtt#*:}" ;;
		*[!0-9]*) record ping $line $host $addr $i $# - - - $rtt - ;;
		*) record ping $line $host $addr $i $# $rtt $addr 64 ok - ;;
		esac
	done
}

# trace LINE HOST ADDR END FROM=RTT...: * for a silent hop.
trace() {
	local line=$1 host=$2 addr=$3 end=$4 i=0 state info
	shift 4
	run=$((run + 1))
	for hop; do
		i=$((i + 1)) info=-
		[ $i -lt $# ] || info=$end
		if [ "$hop" = '*' ]; then
			record hop $line $host $addr $i $# - - - lost $info
		else
			record hop $line $host $addr $i $# ${hop#*=} \
			    ${hop%=*} 64 ok $info
		fi
	done
}

# scan LINE HOST ADDR PORT,STATE,RTT,INFO...
scan() {
	local line=$1 host=$2 addr=$3 i=0 port state rtt info
	shift 3
	run=$((run + 1))
	for one; do
		i=$((i + 1))
		IFS=, read -r port state rtt info <<<"$one"
		record port $line $host $addr $i $# $rtt $addr - $state \
		    "$info" $port
	done
}

# block WANT [OPTION...]: vitals prints exactly WANT for the records on standard
# input.
block() {
	local want=$1
	shift
	printf '%s\n' "$want" >want
	{ heads; cat; } | vitals "$@" >got
	same want got
}

@test "a burst: host, local time, then min avg max std loss" {
	{
		conf 1 10.99.3.2 10.99.3.2 'timestamp=1 json=0'
		pings 1 10.99.3.2 10.99.3.2 211000 224330 224330 224330 296000
	} >in
	block '10.99.3.2
Fri Nov 20 04:05:07 2026
0.211	0.236	0.296	0.034	0.000' <in
	for zone in CET-1 Europe/Berlin; do
		[ $zone = CET-1 ] || [ -e /usr/share/zoneinfo/$zone ] || continue
		TZ=$zone block '10.99.3.2
Fri Nov 20 05:05:07 2026
0.211	0.236	0.296	0.034	0.000' <in
	done
}

@test "timestamp=0 prints no time" {
	{
		conf 1 10.99.1.1 10.99.1.1 'timestamp=0 json=0'
		pings 1 10.99.1.1 10.99.1.1 46000 91997 91997 105997 106000 158000
	} | block '10.99.1.1
0.046	0.100	0.158	0.036	0.000'
}

@test "the address follows a name, but not itself" {
	{
		conf 1 localhost 127.0.0.1 'timestamp=0 json=0'
		pings 1 localhost 127.0.0.1 20000 29997 40000
	} | block 'localhost 127.0.0.1
0.020	0.030	0.040	0.010	0.000'
	pings 1 ::1 ::1 20000 29997 40000 | block '::1
Fri Nov 20 04:05:07 2026
0.020	0.030	0.040	0.010	0.000'
}

@test "total loss is -1 and 100, whether the host is down or unreachable" {
	T=$(((1795147507 + 6) * 1000000000))
	for burst in 'lost lost lost' 'unreach:host unreach:host lost' \
	    'error:full error:full'; do
		# Word splitting is intended.
		pings 1 10.99.3.2 10.99.3.2 $burst | block '10.99.3.2
Fri Nov 20 04:05:13 2026
-1.000	-1.000	-1.000	-1.000	100.000'
	done
}

@test "loss counts the pings that were sent; one answer has no deviation" {
	T=$(((1795147507 + 38) * 1000000000))
	pings 1 10.99.3.2 10.99.3.2 20508400 lost lost 22193400 lost |
	    block '10.99.3.2
Fri Nov 20 04:05:45 2026
20.508	21.351	22.193	1.191	60.000'
	# Pings that failed on this machine are not lost.
	pings 1 10.99.3.2 10.99.3.2 1000000 lost error:full error:full |
	    block '10.99.3.2
Fri Nov 20 04:05:45 2026
1.000	1.000	1.000	0.000	50.000'
}

@test "a trace: a line for each hop, a star for a silent one" {
	T=$(((1795147507 + 149) * 1000000000))
	trace 1 10.99.3.2 10.99.3.2 reached 10.99.1.1=70000 \
	    10.99.2.2=40327000 10.99.3.2=40298000 | block '10.99.3.2
Fri Nov 20 04:07:36 2026
10.99.1.1	0.070
10.99.2.2	40.327
10.99.3.2	40.298'
	trace 1 10.99.3.2 10.99.3.2 silent 10.99.1.1=70000 '*' '*' |
	    block '10.99.3.2
Fri Nov 20 04:07:36 2026
10.99.1.1	0.070
*
*'
}

@test "a scan: http, https and mysql" {
	T=$((1795146760 * 1000000000))
	scan 1 10.99.3.2 10.99.3.2 '80,open,4419000,http 301 nginx/1.22.1' \
	    '443,closed,100000,-' '3306,open,265000,mysql 5.7.42-log' |
	    block '10.99.3.2
Fri Nov 20 03:52:40 2026
4.419, 301, nginx/1.22.1	None	0.265, 5.7.4'
	scan 1 10.99.3.2 10.99.3.2 '80,open,4419000,http 200' \
	    '443,open,4419000,tls1.3 cn=example.org http 404 gws' \
	    '3306,open,265000,mysql error 1130' |
	    block '10.99.3.2
Fri Nov 20 03:52:40 2026
4.419, 200, Unkown	4.419, 404, gws	None'
	scan 1 10.99.3.2 10.99.3.2 80,open,4419000,timeout \
	    '443,open,100000,tls1.2 reset' 3306,filtered,-,- |
	    block '10.99.3.2
Fri Nov 20 03:52:40 2026
None	None	None'
}

@test "JSON of a burst has blanks after commas if it has no time" {
	T=1795147457204410400
	{
		conf 1 localhost 127.0.0.1 'json=1 timestamp=1'
		pings 1 localhost 127.0.0.1 28133 36240 51975
	} | block '{"addr":"127.0.0.1","name":"localhost","timestamp":1795147457204.410400,"ping":{"min":0.028133,"avg":0.038783,"max":0.051975,"std":0.012123,"loss":0.000000}}'
	{
		conf 1 10.99.9.9 10.99.9.9 'json=1 timestamp=0'
		pings 1 10.99.9.9 10.99.9.9 295401 303027 311614 343561
	} | block '{"addr":"10.99.9.9", "name":"10.99.9.9", "ping":{"min":0.295401,"avg":0.313401,"max":0.343561,"std":0.021169,"loss":0.000000}}'
	T=1795147533050748047
	{
		conf 1 10.99.3.77 10.99.3.77 'json=1 timestamp=1'
		pings 1 10.99.3.77 10.99.3.77 lost lost
	} | block '{"addr":"10.99.3.77","name":"10.99.3.77","timestamp":1795147533050.748047,"ping":{"min":-1.000000,"avg":-1.000000,"max":-1.000000,"std":-1.000000,"loss":100.000000}}'
}

@test "JSON of a trace" {
	T=1795147331463889893
	{
		conf 1 10.99.9.9 10.99.9.9 'json=1 timestamp=1'
		trace 1 10.99.9.9 10.99.9.9 reached 10.99.1.1=70810 \
		    10.99.2.2=118494 10.99.9.9=71764
	} | block '{"addr":"10.99.9.9","name":"10.99.9.9","timestamp":1795147331463.889893,"trace":[["10.99.1.1", 0.070810],["10.99.2.2", 0.118494],["10.99.9.9", 0.071764]]}'
	T=1795147379713371094
	{
		conf 1 10.99.3.77 10.99.3.77 'json=1 timestamp=1'
		trace 1 10.99.3.77 10.99.3.77 silent 10.99.1.1=88930 \
		    10.99.2.2=411749 '*' '*' '*'
	} | block '{"addr":"10.99.3.77","name":"10.99.3.77","timestamp":1795147379713.371094,"trace":[["10.99.1.1", 0.088930],["10.99.2.2", 0.411749],["*"],["*"],["*"]]}'
}

@test "JSON of a scan" {
	T=1795147672335948730
	{
		conf 1 10.99.3.2 10.99.3.2 'json=1 timestamp=1'
		scan 1 10.99.3.2 10.99.3.2 \
		    '80,open,140429,http 301 nginx/1.22.1' \
		    443,closed,100000,- 3306,closed,100000,-
	} | block '{"addr":"10.99.3.2","name":"10.99.3.2","timestamp":1795147672335.948730,"scan":{"http":{"rtt":0.140429,"response code":"301","server":"nginx/1.22.1"},"https":"None","mysql":"None"}}'
	T=1795146029350978760
	{
		conf 1 10.99.3.2 10.99.3.2 'json=1 timestamp=1'
		scan 1 10.99.3.2 10.99.3.2 \
		    '80,open,140429,http 301 nginx/1.22.1' \
		    443,closed,100000,- '3306,open,548601,mysql 5.7.42-log'
	} | block '{"addr":"10.99.3.2","name":"10.99.3.2","timestamp":1795146029350.978760,"scan":{"http":{"rtt":0.140429,"response code":"301","server":"nginx/1.22.1"},"https":"None","mysql":{"rtt":0.548601,"version":"5.7.4"}}}'
}

@test "-b prints a block for each host, in the order of the list, without time" {
	{
		scan 2 localhost 127.0.0.1 80,closed,1,- 443,closed,1,- \
		    3306,closed,1,-
		pings 2 localhost 127.0.0.1 111000 131206 135788 182000
		pings 1 10.99.3.2 10.99.3.2 2208200 2314536 2234550
		trace 2 localhost 127.0.0.1 reached 127.0.0.1=67000
		scan 1 10.99.3.2 10.99.3.2 \
		    '80,open,4820000,http 301 nginx/1.22.1' 443,closed,1,- \
		    3306,closed,1,-
		trace 1 10.99.3.2 10.99.3.2 reached 10.99.1.1=213000 \
		    10.99.2.2=2465000 10.99.3.2=2337000
	} | block '10.99.3.2
2.208	2.252	2.315	0.055	0.000
10.99.1.1	0.213
10.99.2.2	2.465
10.99.3.2	2.337
4.820, 301, nginx/1.22.1	None	None
localhost (127.0.0.1)
0.111	0.140	0.182	0.030	0.000
127.0.0.1	0.067
None	None	None' -b
	{
		conf 1 10.99.3.2 10.99.3.2 'json=1 timestamp=1'
		pings 1 10.99.3.2 10.99.3.2 2194881 2199507 2216577 2227306
		trace 1 10.99.3.2 10.99.3.2 reached 10.99.1.1=82970
		scan 1 10.99.3.2 10.99.3.2 \
		    '80,open,8555412,http 301 nginx/1.22.1' 443,closed,1,- \
		    3306,closed,1,-
	} | block '{"addr":"10.99.3.2","name":"10.99.3.2","ping":{"min":2.194881,"avg":2.209568,"max":2.227306,"std":0.015063,"loss":0.000000},"trace":[["10.99.1.1", 0.082970]],"scan":{"http":{"rtt":8.555412,"response code":"301","server":"nginx/1.22.1"},"https":"None","mysql":"None"}}' -b
}

# printed PATH...: which of these paths to h are printed.  A path is like a,*,h,
# or a,b! if it did not reach its end.
printed() {
	local n=0 end hops
	for path; do
		n=$((n + 1)) hops='' end=reached
		[ "$path" = "${path%!}" ] || end=unreach
		for hop in $(tr , ' ' <<<"${path%!}" | sed 's/\*/-/g'); do
			case $hop in
			-) hops="$hops *" ;;
			*) hops="$hops fd00::$hop=$((n * 1000000))" ;;
			esac
		done
		set -f
		trace 1 h 10.0.0.9 $end $hops
		set +f
	done >in
	{ heads; cat in; } | vitals | awk '/^fd00|^\*/ {
		sub(/fd00::/, ""); sub(/\t.*/, "")
		line = line (line == "" ? "" : ",") $0; next
	}
	/^h/ && line { print line; line = "" } END { print line }'
}

@test "a trace is printed if its path differs from the last one" {
	printed a,b,c a,b,c a,d,c a,d,c a,b,c >got
	printf '%s\n' a,b,c a,d,c a,b,c | same - got
	# Its end gets nearer or farther, or is not reached.
	printed a,b,c a,c a,b,c a,b! >got
	printf '%s\n' a,b,c a,c a,b,c a,b | same - got
}

@test "a hop that is silent now is no difference" {
	printed a,b,c 'a,*,c' a,b,c 'a,b,*' 'a,*,*' '*,*,*,*' a,b,c >got
	echo a,b,c | same - got
	# A hop that was silent is printed with its first answer, once.
	printed 'a,*,c' a,b,c 'a,*,c' a,b,c a,d,c >got
	printf '%s\n' 'a,*,c' a,b,c a,d,c | same - got
	# To get further than before is a difference.
	printed '*,*,*' 'a,*,*' 'a,b,*' a,b,c 'a,*,*' >got
	printf '%s\n' '*,*,*' 'a,*,*' 'a,b,*' a,b,c | same - got
}

@test "a trace that could not be sent is no change of the path" {
	{
		trace 1 a 10.0.0.9 reached 10.0.0.1=1000000 10.0.0.9=2000000
		run=2
		record hop 1 a 10.0.0.9 1 1 - - - error 'Network is unreachable'
		trace 1 a 10.0.0.9 reached 10.0.0.1=1000000 10.0.0.9=2000000
	} >in
	block 'a 10.0.0.9
Fri Nov 20 04:05:07 2026
10.0.0.1	1.000
10.0.0.9	2.000' -w <in 2>messages
	echo 'WW: Could not probe 10.0.0.9: 1 of 1 - Network is unreachable -	 Fri Nov 20 04:05:07 2026' |
	    same - messages
}

@test "each line of the list has its own path and its own options" {
	{
		conf 1 a 10.0.0.1 'ping=500 json=0 timestamp=0'
		conf 2 a 10.0.0.1 'ping=500 json=1 timestamp=0'
		trace 1 a 10.0.0.1 reached 10.0.0.1=1000000
		trace 2 a 10.0.0.1 reached 10.0.0.1=1000000
		trace 1 a 10.0.0.1 reached 10.0.0.1=1000000
		conf 1 a 10.0.0.1 'ping=500 json=1 timestamp=0'
		pings 1 a 10.0.0.1 1000000
	} | block 'a 10.0.0.1
10.0.0.1	1.000
{"addr":"10.0.0.1", "name":"a", "trace":[["10.0.0.1", 1.000000]]}
{"addr":"10.0.0.1", "name":"a", "ping":{"min":1.000000,"avg":1.000000,"max":1.000000,"std":0.000000,"loss":0.000000}}'
}

@test "concurrent bursts are kept apart, a late answer belongs to none" {
	{
		record ping 1 a 10.0.0.1 1 2 1000000 10.0.0.1 64 ok -
		run=1
		record ping 1 a 10.0.0.1 1 2 3000000 10.0.0.1 64 ok -
		record ping 1 a 10.0.0.1 2 2 3000000 10.0.0.1 64 ok -
		run=0
		record ping 1 a 10.0.0.1 2 2 - - - lost -
		record ping 1 a 10.0.0.1 2 2 1000000 10.0.0.1 64 late -
	} | block 'a 10.0.0.1
Fri Nov 20 04:05:07 2026
3.000	3.000	3.000	0.000	0.000
a 10.0.0.1
Fri Nov 20 04:05:07 2026
1.000	1.000	1.000	0.000	50.000'
}

@test "-e adds percentiles, jitter, late, dup, ttl and errors" {
	{
		conf 1 a 10.0.0.1 'json=0 timestamp=0'
		conf 2 a 10.0.0.1 'json=1 timestamp=0'
		for line in 1 2; do
			record ping $line a 10.0.0.1 1 1 9 10.0.0.1 64 late -
			record ping $line a 10.0.0.1 1 1 9 10.0.0.1 64 dup -
			record ping $line a 10.0.0.1 1 1 9 10.0.0.1 64 dup -
			trace $line a 10.0.0.1 reached 10.0.0.1=1
			pings $line a 10.0.0.1 1000000 3000000 lost 2000000 \
			    unreach:host-admin 6000000
			pings $line a 10.0.0.1 lost
		done
	} | block 'a 10.0.0.1
10.0.0.1	0.000
end	reached
a 10.0.0.1
1.000	3.000	6.000	2.160	33.333	2.000	6.000	6.000	2.333	2	1	64	1	host-admin
a 10.0.0.1
-1.000	-1.000	-1.000	-1.000	100.000	-1.000	-1.000	-1.000	-1.000	0	0	-	0	-
{"addr":"10.0.0.1", "name":"a", "trace":[["10.0.0.1", 0.000001]],"end":"reached"}
{"addr":"10.0.0.1", "name":"a", "ping":{"min":1.000000,"avg":3.000000,"max":6.000000,"std":2.160247,"loss":33.333333,"p50":2.000000,"p90":6.000000,"p99":6.000000,"jitter":2.333333,"dup":2,"late":1,"ttl":64,"errors":1,"error":"host-admin"}}
{"addr":"10.0.0.1", "name":"a", "ping":{"min":-1.000000,"avg":-1.000000,"max":-1.000000,"std":-1.000000,"loss":100.000000,"p50":-1.000000,"p90":-1.000000,"p99":-1.000000,"jitter":-1.000000,"dup":0,"late":0,"ttl":null,"errors":0,"error":null}}' -e
}

@test "-e prints why a trace ended, and the path before" {
	{
		conf 1 a 10.0.0.9 'json=0 timestamp=0'
		conf 2 a 10.0.0.9 'json=1 timestamp=0'
		for line in 1 2; do
			trace $line a 10.0.0.9 reached 10.0.0.1=1000000 \
			    10.0.0.9=2000000
			trace $line a 10.0.0.9 silent 10.0.0.2=1000000 '*'
		done
	} | block 'a 10.0.0.9
10.0.0.1	1.000
10.0.0.9	2.000
end	reached
a 10.0.0.9
10.0.0.2	1.000
*
end	silent
was	10.0.0.1,10.0.0.9
{"addr":"10.0.0.9", "name":"a", "trace":[["10.0.0.1", 1.000000],["10.0.0.9", 2.000000]],"end":"reached"}
{"addr":"10.0.0.9", "name":"a", "trace":[["10.0.0.2", 1.000000],["*"]],"end":"silent","path_changed":[["10.0.0.1","10.0.0.9"],["10.0.0.2","*"]]}' -e
}

@test "other ports are listed by number, with -e all ports are" {
	{
		conf 1 a 10.0.0.9 'json=0 timestamp=0'
		conf 2 a 10.0.0.9 'json=1 timestamp=0'
		for line in 1 2; do
			scan $line a 10.0.0.9 '80,open,1000000,http 200 x' \
			    '8443,open,2000000,tls1.3 cn=a http 200' \
			    22,filtered,-,-
		done
	} >in
	block 'a 10.0.0.9
1.000, 200, x	None	None	8443 open 2.000 tls1.3 cn=a http 200	22 filtered
{"addr":"10.0.0.9", "name":"a", "scan":{"http":{"rtt":1.000000,"response code":"200","server":"x"},"https":"None","mysql":"None","ports":{"8443":{"state":"open","rtt":2.000000,"info":"tls1.3 cn=a http 200"},"22":{"state":"filtered","rtt":null,"info":null}}}}' <in
	{ heads; cat in; } | vitals -e >got
	grep -q '	80 open 1.000 http 200 x	8443 ' got
	grep -q '"ports":{"80":{"state":"open","rtt":1.000000,"info":"http 200 x"},' got
}

@test "JSON is valid whatever the network sent" {
	need jq
	# Text as records have it, and a byte that is not UTF-8, which none should
	# have.
	for nasty in 'x"},"y":\\x00\t\x1b[0m </script> é' $'"\xff'; do
		{
			heads
			conf 1 'a"b\\' 10.0.0.9 'json=1 timestamp=1'
			scan 1 'a"b\\' 10.0.0.9 "80,open,1,http 200 $nasty" \
			    "3306,open,1,mysql 5.é$nasty" "443,open,1,$nasty"
			pings 1 'a"b\\' 10.0.0.9 "unreach:$nasty"
			trace 1 'a"b\\' 10.0.0.9 '"]' 10.0.0.1=1
		} >in
		for options in '' -e -b -be; do
			vitals $options in >out
			jq -e . out >/dev/null
		done
		vitals in | jq -r 'select(.scan).scan.http.server' >>got
	done
	# Text is that of the record, with its escapes.
	printf '%s\n' 'x"},"y":\\x00\t\x1b[0m </script> é' '"\xff' | same - got
}

@test "a block is one write" {
	need strace
	for i in $(seq 50); do
		pings 1 a 10.0.0.1 1000000
	done >in
	# The leak sanitizer does not work under strace.
	{ heads; cat in; } | ASAN_OPTIONS=detect_leaks=0 strace -qqe trace=write -o calls vitals >out
	[ "$(grep -c '^write(1, "a 10.0.0.1' calls)" -eq 50 ]
	[ "$(grep -c '^write(1' calls)" -eq 50 ]
}

@test "pings that were stopped are no loss" {
	{
		pings 1 a 10.0.0.1 error:stopped error:stopped
		pings 1 a 10.0.0.1 lost error:stopped error:stopped
		scan 1 a 10.0.0.1 80,open,1000,- 443,error,-,stopped
		pings 1 a 10.0.0.1 1000000 lost error:stopped error:stopped
	} >in
	block 'a 10.0.0.1
Fri Nov 20 04:05:07 2026
1.000	1.000	1.000	0.000	50.000' <in
	block 'a (10.0.0.1)
1.000	1.000	1.000	0.000	50.000' -b <in
	{ heads; cat in; } | vitals -w 2>&1 >/dev/null | same /dev/null -
}

@test "-w prints warnings as connvitals does, with the time of the stream" {
	{
		heads
		scan 1 a 10.99.3.2 443,closed,1000,- 80,filtered,-,- \
		    3306,unreach,-,host 22,open,1000,-
		pings 1 a 10.99.3.2 1000000 'error:rxoverflow'
	} | vitals -w 2>messages >out
	same messages - <<-'END'
	WW: Could not connect to 10.99.3.2:443 - [Errno 111] Connection refused -	 Fri Nov 20 04:05:07 2026
	WW: Could not connect to 10.99.3.2:80 - timed out -	 Fri Nov 20 04:05:07 2026
	WW: Could not connect to 10.99.3.2:3306 - [Errno 113] No route to host -	 Fri Nov 20 04:05:07 2026
	WW: Could not probe 10.99.3.2: 1 of 2 - rxoverflow -	 Fri Nov 20 04:05:07 2026
	END
}

@test "contradictory records are bad lines, the others count" {
	{
		heads
		record ping 1 a 10.0.0.1 1 2 1000000 10.0.0.1 64 ok -
		record ping 1 a 10.0.0.1 1 2 1000000 10.0.0.1 64 ok -
		record ping 1 a 10.0.0.1 3 2 1000000 10.0.0.1 64 ok -
		record ping 1 a 10.0.0.1 2 3 1000000 10.0.0.1 64 ok -
		record ping 1 a 10.0.0.1 2 2 - 10.0.0.1 64 ok -
		record ping 1 a 10.0.0.1 2 2 1 10.0.0.1 64 fine -
		record ping 1 a 10.0.0.1 2 2 3000000 10.0.0.1 64 ok -
	} >in
	status=0
	vitals in >got 2>messages || status=$?
	[ $status -eq 1 ]
	grep -q '^1.000	2.000	3.000' got
	same messages - <<-'END'
	vitals: in:7: index: had a result already
	vitals: in:8: index: must be 1 to of
	vitals: in:9: of: differs within the run, or exceeds -n
	vitals: in:10: rtt: missing, although state is ok
	vitals: in:11: state: not a state
	END
}

@test "-n bounds what is kept: the run idle longest is dropped, with a warning" {
	{
		heads
		record ping 1 a 10.0.0.1 1 2 1000000 10.0.0.1 64 ok -
		record ping 2 b 10.0.0.2 1 2 1000000 10.0.0.2 64 ok -
		record ping 2 b 10.0.0.2 2 2 1000000 10.0.0.2 64 ok -
	} >in
	vitals -n 2 in >got 2>messages
	[ "$(grep -c '^b' got)" -eq 1 ]
	echo 'vitals: 1 incomplete bursts, traces or scans were dropped: raise -n' |
	    same - messages
	run -1 vitals -n 1 in
	[[ "$output" == *"of: differs within the run, or exceeds -n"* ]]
	# A burst that exceeds -n allocates nothing.
	{ heads; record ping 1 a 10.0.0.1 1 4294967295 1 10.0.0.1 64 ok -; } >in
	run -1 vitals in
}

@test "beyond -n lines the one idle longest is forgotten" {
	{
		heads
		for line in 1 2 3; do
			conf $line h$line 10.0.0.$line 'json=1 timestamp=0'
		done
		for line in 1 3; do
			pings $line h$line 10.0.0.$line 1000000
		done
	} | vitals -n 2 >got
	same got - <<-'END'
	h1 10.0.0.1
	Fri Nov 20 04:05:07 2026
	1.000	1.000	1.000	0.000	0.000
	{"addr":"10.0.0.3", "name":"h3", "ping":{"min":1.000000,"avg":1.000000,"max":1.000000,"std":0.000000,"loss":0.000000}}
	END
}

@test "a block is printed as soon as it is complete" {
	mkfifo fifo
	vitals <fifo >out &
	running=$!
	exec 7>fifo
	{ heads; pings 1 a 10.0.0.1 1000000; } >&7
	until_true 30 grep -q '^1.000' out
	exec 7>&-
	wait $running
}

@test "a full disk is a reported error, a closed pipe is not" {
	[ -c /dev/full ] || skip "no /dev/full"
	for i in $(seq 500); do
		pings 1 a 10.0.0.1 1000000
	done >in
	{ heads; cat in; } >probes.tsv
	for options in '' -b; do
		status=0
		vitals $options probes.tsv >/dev/full 2>messages || status=$?
		[ $status -eq 1 ]
		grep -q 'No space left' messages
	done
	vitals probes.tsv 2>messages | head -c 100 >/dev/null
	same /dev/null messages
}

@test "wrong options are refused with status 2" {
	for wrong in '-n 0' '-n x' -p; do
		# Word splitting is intended.
		run -2 vitals $wrong
	done
	run -1 vitals missing.tsv
}

@test "-F prints nothing, since vitals writes no records" {
	run -0 vitals -F
	[ -z "$output" ]
}

# traces PATH...: hop records of a trace for each path, a letter a hop, * for a
# silent one.
traces() {
	local run=0 path i hop
	header hop time host addr line run index of rtt from ttl state info
	for path; do
		run=$((run + 1))
		for ((i = 0; i < ${#path}; i++)); do
			hop=${path:i:1}
			printf 'hop\t%d.%09d\th\t10.0.0.9\t1\t%d\t%d\t%d\t' \
			    $((1700000000 + run)) "$i" $run $((i + 1)) ${#path}
			case $hop in
			\*)	printf -- '-\t-\t-\tlost\t-\n' ;;
			*)	printf '0.001\t10.0.0.%d\t64\tok\t-\n' "$hop" ;;
			esac
		done
	done
}

@test "an outage is printed once, with where the path ends, and its end once" {
	traces 129 1*9 1***** 1***** '******' 129 129 | vitals >out
	grep -v '^h\|^[A-Z]' out | grep -v '^10.0.0.9$' | same - <(cat <<-'END'
	10.0.0.1	1.000
	10.0.0.2	1.000
	10.0.0.9	1.000
	10.0.0.1	1.000
	*
	*
	*
	*
	*
	10.0.0.1	1.000
	10.0.0.2	1.000
	10.0.0.9	1.000
	END
	)
}

@test "a scan has the time that a server took to answer, if that is known" {
	printf '#port\ttime\thost\taddr\tline\trun\tindex\tof\trtt\tfrom\tttl\tport\tstate\tinfo\twait\n' >in
	printf 'port\t1700000000.1\th\t10.0.0.9\t1\t1\t%d\t2\t%s\t10.0.0.9\t-\t%d\topen\t%s\t%s\n' \
	    1 0.001 80 'http 200 nginx' 0.042 2 0.002 3306 'mysql 8.0.1' - >>in
	vitals in | tail -n 1 | same - <(printf '42.000, 200, nginx\tNone\t2.000, 8.0.1\n')
	vitals -e in | grep -qF '80 open 1.000 http 200 nginx'
}
