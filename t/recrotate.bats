#!/usr/bin/env bats
# recrotate: files that can be read alone, and together hold what was read.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir out
}

teardown() {
	exec 7>&-
	! mountpoint -q full 2>/dev/null || umount full
}

# made N: N records, one a second from 1700000000, of two kinds in turn.
made() {
	printf '#a\ttime\tv\n#b\ttime\ttook\n'
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "%s\t%d.000000000\t%.9f\n", i % 2 ? "b" : "a",
			    1700000000 + i, i % 2 ? 0 : i
	}'
}

# without_headers FILE...: the records in them.
without_headers() { cat "$@" | grep -v '^#'; }

@test "-G cuts at multiples of its seconds, each file with its headers" {
	made 100 >in
	recrotate -G 30 out/r-%H%M%S.tsv in
	[ "$(ls out | xargs)" = "r-221300.tsv r-221330.tsv r-221400.tsv r-221430.tsv" ]
	without_headers out/* >got
	without_headers in >want
	cmp got want
	for f in out/*; do
		[ "$(head -2 "$f" | cut -f1 | xargs)" = "#a #b" ]
		summarize "$f" >/dev/null
	done
	[ "$(without_headers out/r-221330.tsv | wc -l)" -eq 30 ]
}

@test "-C begins a file before one is too large" {
	tcpdecode "$SAMPLE" | rttmatch -p >in
	recrotate -C 5k out/part in
	[ "$(ls out | wc -l)" -gt 5 ]
	[ -z "$(find out -size +5000c)" ]
	cat $(ls -v out/*) | grep -v '^#' | cmp - <(grep -v '^#' in)
	cat out/* | summarize -k rtt -o tsv | tail -n +2 | cut -f4- >got
	summarize -k rtt -o tsv in | tail -n +2 | cut -f4- >want
	diff got want
}

@test "a header that comes later is in force in the next file" {
	made 40 >in
	printf '#a\ttime\tw\na\t1700000100.0\tx\na\t1700000140.0\ty\n' >>in
	recrotate -G 30 out/%s in
	for f in out/1700000100 out/1700000130; do
		[ "$(grep '^#a' $f | tail -1)" = $'#a\ttime\tw' ]
	done
}

@test "-Z compresses, -z gets the name of each whole file" {
	need gzip
	made 100 | recrotate -G 30 -Z gzip -z "echo done >>$PWD/log; printf '%s\n' >>$PWD/log" out/%s
	[ "$(ls out/*.gz | wc -l)" -eq 4 ]
	[ "$(ls out | wc -l)" -eq 4 ]
	grep -v done log | diff - <(ls out/*.gz)
	gzip -dc out/*.gz | grep -v '^#' | cmp - <(made 100 | grep -v '^#')
}

@test "-W and -M keep the newest files, those of earlier runs as well" {
	made 300 | recrotate -G 30 -W 3 out/r-%s
	[ "$(ls out | xargs)" = "r-1700000220 r-1700000250 r-1700000280" ]
	made 300 | recrotate -G 30 -W 2 -Z gzip out/r-%s
	[ "$(ls out | wc -l)" -eq 2 ]
	touch out/other
	made 300 | recrotate -G 30 -M 1500 out/r-%s
	[ "$(cat out/r-* | wc -c)" -le 1500 ]
	[ -f out/other ]
}

@test "nothing that is there is overwritten" {
	echo mine >out/same
	made 10 | recrotate out/same
	[ "$(cat out/same)" = mine ]
	[ "$(without_headers out/same.1 | wc -l)" -eq 10 ]
}

@test "-p passes everything along" {
	made 50 >in
	recrotate -p -G 10 out/%s <in >got
	without_headers got | cmp - <(without_headers in)
	[ "$(awk '/^#/ { seen[substr($1, 2)] = 1 }
	!/^#/ && !($1 in seen)' got)" = "" ]
}

@test "a file of a live stream is there while the stream lasts" {
	mkfifo fifo
	recrotate -G 30 out/%s fifo &
	exec 7>fifo
	made 40 >&7
	until_true 10 test -f out/1699999980
	until_true 10 grep -q 1700000039 out/1700000010.part
	exec 7>&-
	wait
	[ ! -e out/1700000010.part ]
}

@test "killed, it leaves whole files" {
	mkfifo fifo
	recrotate out/file fifo 3>&- &
	exec 7>fifo
	made 40 >&7
	until_true 10 grep -q 1700000039 out/file.part
	kill -9 $!
	exec 7>&-
	until_true 10 test -f out/file
	without_headers out/file | cmp - <(made 40 | grep -v '^#')
}

@test "a full disk loses the newest records aloud, and no more" {
	need_root
	mkdir full
	mount -t tmpfs -o size=20k none full || skip "no tmpfs"
	run -1 --separate-stderr recrotate -G 500 -W 1 full/%s < <(made 2500)
	[[ $stderr == *"No space left on device: records are lost"* ]]
	[[ $stderr == *" bytes of records lost"* ]]
	# Whole lines alone, and after the oldest went, the newest are there.
	cat full/* | awk -F'\t' 'NF != 3 { exit 1 }'
	grep -q 1700002499 full/*
}

@test "a command that fails is reported" {
	run -1 --separate-stderr recrotate -z false out/x < <(made 3)
	[ "$stderr" = "recrotate: out/x: the command of -z failed" ]
	run -2 recrotate
	run -2 recrotate -Z rar x
	run -2 recrotate -C 10Q x
}
