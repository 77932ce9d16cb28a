#!/usr/bin/env bats
# make truth itself: what it draws, what a link does, and whether the judge finds
# what is wrong.  The programs are judged by make truth, not here.

load helper

RUN=$top/t/truth/run.py
WANLINK=$BUILD/truth/wanlink

# Two links, made once: number 1 loses nothing, number 4 does on both sides.
setup_file() {
	cd "$BATS_FILE_TMPDIR"
	links_work || return 0
	for k in 1 4; do
		$RUN -s 9 -k $k -t 2 "$WANLINK" "$BUILD/bin" . >made.$k 3>&- &
		echo $! >pid.$k
	done
	wait
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	need python3
}

links_work() {
	[ "$(id -u)" -eq 0 ] && [ -c /dev/net/tun ] && command -v python3 &&
	    command -v iptables && ip netns add "tr-$$-try" &&
	    ip netns del "tr-$$-try"
}

need_links() {
	[ -f "$BATS_FILE_TMPDIR/9-4/errors.txt" ] ||
	    skip "needs root, namespaces, /dev/net/tun and iptables"
}

# judged K PROGRAM AWK: the errors of link K if an awk program edits what a
# program writes.
judged() {
	cp -r "$BATS_FILE_TMPDIR/9-$1" .
	mkdir bin
	for p in tcpdecode rttmatch flowtrack hsclass httpreq; do
		ln -s "$BUILD/bin/$p" bin/
	done
	rm "bin/$2"
	edit_output "$3" "$2"
	$RUN -j -s 9 -k "$1" "$WANLINK" bin . >said || true
	sort "9-$1/errors.txt"
}

# What is wrong after that edit and was not before.
newly_wrong() {
	judged "$@" >after
	sort "$BATS_FILE_TMPDIR/9-$1/errors.txt" | comm -13 - after
}

@test "a seed draws the same links again, another seed draws others" {
	$RUN -l -s 1 - - - >one
	$RUN -l -s 1 - - - >again
	same one again
	$RUN -l -s 2 - - - >two
	run -1 cmp -s one two
	[ "$(wc -l <one)" -eq 61 ]
}

@test "delays, rates and losses of links are within their bounds" {
	for seed in 1 2 3; do
		$RUN -l -s $seed - - - | sed 1d
	done | python3 -c '
import json, sys
for line in sys.stdin:
    link = json.loads(line)
    halves = link["near"], link["far"]
    assert 0 <= sum(h["delay"] for h in halves) <= 150, link
    assert all(0 <= h.get("loss", 0) <= 0.08 for h in halves), link
    assert any(1 <= h.get("rate", 0) <= 400 for h in halves), link'
}

@test "each packet leaves a half after it entered, and no two at once" {
	need_links
	awk -F'\t' '
		/^#/ { next }
		$7 > 0 && $7 < $6 { print "left first: " $0 }
		$7 > 0 && ($4 == "near") == ($5 == "A") && seen[$7]++ {
			print "one stamp twice: " $0
		}' "$BATS_FILE_TMPDIR/9-4/link.tsv" >wrong
	same /dev/null wrong
}

@test "the capture has what the log says passed the capture point" {
	need_links
	cd "$BATS_FILE_TMPDIR"
	awk -F'\t' '$7 > 0 && $9 == "tcp" && ($4 == "near") == ($5 == "A") {
		print substr($7, 1, 10) "." substr($7, 11), $15
	}' 9-4/link.tsv | sort >want
	tcpdecode 9-4/link.pcap | awk '$1 == "pkt" { print $2, $8 }' |
	    sort >got
	same want got
}

@test "a link that loses nothing: round trips, verdicts and HTTP are right" {
	need_links
	cd "$BATS_FILE_TMPDIR"
	run -1 grep -E '^(below|attempt|exchange|connection)' 9-1/errors.txt
	awk '$1 == "clean" { print $6, ($3 > 100) }' made.1 >got
	echo 0 1 | same - got
}

@test "a link that loses packets: the judge knows which" {
	need_links
	awk -F'\t' '$8 == "lost" && $9 == "tcp" { n++ } END { print (n > 10) }' \
	    "$BATS_FILE_TMPDIR/9-4/link.tsv" >got
	echo 1 | same - got
	awk '$1 == "loss-both" {
		split($7, lost, "/"); split($9, up, "/")
		print (lost[2] + up[2] > 5), (lost[1] + up[1] > 5)
	}' "$BATS_FILE_TMPDIR/made.4" >got
	echo 1 1 | same - got
}

@test "the judge finds a round trip that is too short" {
	need_links
	newly_wrong 1 rttmatch 'BEGIN { FS = OFS = "\t" }
		$1 == "rtt" && $8 != "-" && $9 == "-" && !done {
			$8 = sprintf("%.9f", $8 / 2)
			done = 1
		}
		{ print }' | grep -E 'rtt_seq'
}

@test "the judge finds a loss that is missing, and one that is invented" {
	need_links
	newly_wrong 4 flowtrack 'BEGIN { FS = OFS = "\t" }
		$1 == "loss" && $8 ~ /rto|fast|tail|upstream/ && !done {
			$9 = sprintf("%.0f", ($9 + 1e9) % 4294967296)
			done = 1
		}
		{ print }' >found
	grep missing found
	grep wrong found
}

@test "the judge finds a wrong verdict and a wrong status" {
	need_links
	newly_wrong 1 hsclass 'BEGIN { FS = OFS = "\t" }
		$1 == "hs" && $7 == "reject" && !done { $7 = "timeout"; done = 1 }
		{ print }' | grep '^attempt wrong'
	rm -r bin 9-1
	newly_wrong 1 httpreq 'BEGIN { FS = OFS = "\t" }
		$1 == "req" && $12 == 204 && !done { $12 = 200; done = 1 }
		{ print }' | grep '^exchange wrong'
}

@test "nothing is left behind" {
	need_links
	for k in 1 4; do
		read -r pid <"$BATS_FILE_TMPDIR/pid.$k"
		run -1 grep -c "^tr-$pid-" <(ip netns)
		run -1 pgrep -f "tr-$pid-"
	done
}
