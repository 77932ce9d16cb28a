#!/bin/sh
# realtrace.sh PACKETS SNAPLEN FILE: a capture of at most PACKETS packets of real
# TCP: two network namespaces with a cable of 1 ms each way, small and large
# files from nginx by wrk, and bulk transfers by iperf3, at the same time.
#
# Reports programs that are missing on standard error, and does without them.
# Exits 3 if nothing was captured: it needs root, ip and tcpdump.

set -eu

[ $# -eq 3 ] || { echo "usage: realtrace.sh packets snaplen file" >&2; exit 2; }
packets=$1 snaplen=$2 file=$3
secs=${SECS:-60}
a=bench-$$-a b=bench-$$-b
dir=$(mktemp -d "${TMPDIR:-/tmp}/realtrace.XXXXXX")

say() { printf 'realtrace: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null || { say "$1 is not installed"; return 1; }; }

started=''
# start NAMESPACE COMMAND: in the background, until the end.
start() {
	ip netns exec "$@" >>"$dir/log" 2>&1 &
	started="$started $!"
}

# await FILE: wait up to ten seconds until it is not empty.
await() {
	for _ in $(seq 100); do
		[ ! -s "$1" ] || return 0
		sleep 0.1
	done
}

clean_up() {
	# shellcheck disable=SC2086 # one process each
	[ -z "$started" ] || kill $started 2>/dev/null || :
	ip netns del "$a" 2>/dev/null || :
	ip netns del "$b" 2>/dev/null || :
	rm -rf "$dir"
}

[ "$(id -u)" -eq 0 ] || { say 'needs root'; exit 3; }
have ip && have tcpdump || exit 3
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# Without super-segments, as on a wire.
cable() {
	ip netns add "$a"
	ip netns add "$b"
	ip link add va netns "$a" type veth peer name vb netns "$b"
	for end in "$a va 1" "$b vb 2"; do
		# shellcheck disable=SC2086 # three words
		set -- $end
		ip -n "$1" addr add "10.98.0.$3/24" dev "$2"
		ip -n "$1" link set "$2" gso_max_segs 1 up
		ip -n "$1" link set lo up
		have tc || continue
		ip netns exec "$1" tc qdisc add dev "$2" root netem \
		    delay 1ms limit 10000 || say "no delay on $2"
	done
}

web() {
	have nginx && have wrk || return 0
	mkdir "$dir/www"
	head -c 2000 /dev/urandom >"$dir/www/small"
	head -c 200000 /dev/urandom >"$dir/www/large"
	cat >"$dir/nginx.conf" <<-END
	user root;
	daemon off;
	pid $dir/nginx.pid;
	error_log $dir/nginx.log;
	events { }
	http {
		access_log off;
		keepalive_requests 20;
		server { listen 10.98.0.2:80; root $dir/www; }
	}
	END
	start "$b" nginx -c "$dir/nginx.conf"
	await "$dir/nginx.pid"
	start "$a" wrk -t 1 -c 100 -d "$secs" http://10.98.0.2/small
	start "$a" wrk -t 1 -c 10 -d "$secs" http://10.98.0.2/large
}

bulk() {
	have iperf3 || return 0
	start "$b" iperf3 -s
	sleep 1		# iperf3 -s does not show when it is ready
	start "$a" iperf3 -c 10.98.0.2 -t "$secs" -P 4 -b 50M
}

cable
start "$b" tcpdump -Z root -i vb -s "$snaplen" -B 65536 -c "$packets" -w "$file" tcp
capture=${started##* }
await "$file"
web
bulk
for _ in $(seq "$secs"); do
	kill -0 "$capture" 2>/dev/null || break
	sleep 1
done
kill -INT "$capture" 2>/dev/null || :
wait "$capture" || :
[ "$(wc -c <"$file")" -gt 24 ] || { say 'nothing captured'; exit 3; }
