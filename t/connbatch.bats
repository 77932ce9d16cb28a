#!/usr/bin/env bats
# connbatch: many captures, with the same result however they are divided.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	need parallel
	export HOME=$PWD
	mkdir in
	for f in handshake http bulk-loss-far nots http-loss; do
		cp "$WAN/$f.pcap" in/
	done
}

teardown() {
	# shellcheck disable=SC2086
	[ -z "${hosts:-}" ] || kill $hosts 2>/dev/null || true
}

# by_hand: the report of one pipeline over all, without connbatch.
by_hand() {
	for f in $(ls in/*.pcap | LC_ALL=C sort -V); do
		tcpdecode $f | rttmatch -p | hsclass -p | flowtrack -e -p
	done | summarize -k rtt,hs,conn,loss "$@"
}

@test "the report equals that of one pipeline, for any number of jobs" {
	connbatch -j 1 -r '-o tsv' in >one 2>said
	connbatch -j 3 -r '-o tsv' in >three
	cmp one three
	by_hand -o tsv | diff - one
	[ ! -s said ]
}

@test "compressed captures, files and folders" {
	need gzip
	gzip in/http.pcap
	mkdir in/more
	mv in/nots.pcap "in/more/it's nots.pcap"
	echo text >in/readme
	connbatch -P handshakes -r '-g result -o tsv' in | cut -f4- >got
	for f in in/*.pcap* in/more/*; do
		hsclass "$f"
	done | summarize -k hs -g result -v took -o tsv | cut -f4- | diff - got
}

@test "records of a pipeline come in the order of the captures" {
	connbatch -p "hsclass | reccut -o jsonl -w 'result = reject' -a file={} hs" \
	    -j 2 in >got
	need jq
	[ "$(jq -r .file got | uniq)" = in/handshake.pcap ]
	tcpdecode in/handshake.pcap | hsclass | records hs |
	    awk -F'\t' '$7 == "reject"' | wc -l >want
	wc -l <got | diff - want
}

@test "a capture that fails is named, and the others count" {
	head -c 3000 in/http.pcap >in/cut.pcap
	echo nothing >in/none.pcap
	run -1 --separate-stderr connbatch -P rtt -r '-o tsv' in
	[[ $stderr == *"connbatch: in/cut.pcap: "*"cut"* ]]
	[[ $stderr == *"connbatch: in/none.pcap: "* ]]
	[ "$(echo "$stderr" | wc -l)" -eq 2 ]
	[ "${#lines[@]}" -gt 3 ]
}

@test "a run that was killed continues where it was" {
	connbatch -d work -r '-o tsv' in >want
	[ "$(tail -n +2 work/log | wc -l)" -eq 5 ]
	# As if it was killed before the last two captures.
	for n in $(sed 1,4d work/log | cut -f1); do
		rm work/out/$n*
	done
	sed -i '5,$d' work/log
	connbatch -d work -r '-o tsv' in >got
	diff want got
	[ "$(tail -n +2 work/log | cut -f1 | sort -n | xargs)" = "1 2 3 4 5" ]
	run -1 --separate-stderr connbatch -d work -P rtt in
	[[ $stderr == *"has the results of other captures or another pipeline"* ]]
}

@test "-s reads the pieces of a capture as one" {
	need python3
	mkdir pieces
	python3 - <<-'END'
	# Five pieces, wherever a packet ends.
	import struct
	data = open('in/http-loss.pcap', 'rb').read()
	at, ends = 24, []
	while at < len(data):
	    at += 16 + struct.unpack_from('<I', data, at + 8)[0]
	    ends.append(at)
	cut = [24] + [ends[len(ends) * i // 5 - 1] for i in range(1, 6)]
	for i in range(5):
	    open('pieces/p%d.pcap' % i, 'wb').write(data[:24] + data[cut[i]:cut[i + 1]])
	END
	connbatch -s -r '-o tsv' pieces >got 2>said
	connbatch -r '-o tsv' in/http-loss.pcap | diff - got
	[ "$(cat said)" = "connbatch: the captures of a folder are one: 1 streams" ]
}

# host ADDRESS: a server of ssh there, and its line for the clients' file.
host() {
	"$(command -v sshd)" -D -e -f /dev/null -h "$PWD/key" -p 2299 \
	    -o ListenAddress="$1" -o AuthorizedKeysFile="$PWD/key.pub" \
	    -o StrictModes=no -o PidFile=none -o UsePAM=no \
	    -o PermitRootLogin=yes -o MaxStartups=100 2>"log.$1" 3>&- &
	hosts="$hosts $!"
}

@test "two hosts by ssh give the same bytes, also if one goes away" {
	need ssh sshd ssh-keygen rsync
	need_root
	mkdir -p /run/sshd
	ssh-keygen -qt ed25519 -N '' -f key
	hosts=''
	host 127.0.0.2
	host 127.0.0.3
	printf '%s\n' "Port 2299" "IdentityFile $PWD/key" \
	    "StrictHostKeyChecking no" "UserKnownHostsFile /dev/null" \
	    "LogLevel ERROR" >ssh.conf
	on="ssh -F $PWD/ssh.conf root@127.0.0"
	until_true 10 $on.2 true
	until_true 10 $on.3 true
	connbatch -r '-o tsv' "$PWD/in" >want
	connbatch -d work -S "2/$on.2,2/$on.3" -r '-o tsv' "$PWD/in" >got
	diff want got
	[ "$(tail -n +2 work/log | cut -f2 | grep -c 127.0.0)" -eq 5 ]
	# One of them is killed; the run is resumed on the other.
	for n in $(sed 1,3d work/log | cut -f1); do
		rm work/out/$n*
	done
	sed -i '4,$d' work/log
	kill ${hosts##* }
	connbatch -d work -S "2/$on.2" -r '-o tsv' "$PWD/in" >got
	diff want got
	# Captures that the hosts do not see are copied.
	(cd in && connbatch -c -S "2/$on.2" -r '-o tsv' *.pcap) >got
	diff want got
}

@test "-n prints the jobs" {
	connbatch -n -P rtt in >got
	[ "$(wc -l <got)" -eq 5 ]
	[ "$(head -1 got)" = "runpipe tcpdecode in/bulk-loss-far.pcap '|' rttmatch -c  '|'  summarize -g src -v rtt_seq -o stat" ]
}

@test "wrong usage" {
	run -2 connbatch
	run -2 connbatch -P nothing in
	mkdir empty
	run -1 --separate-stderr connbatch empty
	[ "$stderr" = "connbatch: no captures in these folders" ]
}
