#!/usr/bin/env bats
# The steps of share/doc/HACKING.md, performed on a copy of the tree.

load helper

# The steps: what stands between ```sh and ```.
steps() {
	awk '/^```/ { on = $0 == "```sh"; next } on' \
	    "$BATS_TEST_DIRNAME/../share/doc/HACKING.md"
}

setup_file() {
	command -v xz >/dev/null || skip "xz is not installed"
	cd "$BATS_FILE_TMPDIR"
	mkdir tree
	for part in .clang-format Makefile README.md cmd lib share t; do
		cp -R "$BATS_TEST_DIRNAME/../$part" tree
	done
	steps >steps.sh
	( cd tree && sh -e ../steps.sh )
	# Whatever the build under test is, and as fast as can be.
	MAKEFLAGS='' make -s -C tree BUILD=build CFLAGS=-O0 all tests
}

setup() {
	BUILD=$BATS_FILE_TMPDIR/tree/build
	PATH=$BUILD/bin:$PATH
	PACKETS=$BUILD/t/data/packets
	cd "$BATS_FILE_TMPDIR/tree"
}

# Run one of the copy's tests there.
tests_pass() { BUILD=$BUILD bats --tap "$@"; }

@test "the new column is in the table, in records and in the page" {
	rttmatch -F | grep -q '^rtt	clean	number	1 if rtt_seq is unambiguous'
	tcpdecode "$SAMPLE" | rttmatch -Q >rtt.tsv
	awk -F'\t' '
	/^#rtt/ { for (i = 2; i <= NF; i++) at[$i] = i; next }
	$1 == "rtt" {
		n[$at["clean"]]++
		if ($at["clean"] != ($at["rtt_seq"] != "-" &&
		    $at["note"] !~ /r/))
			bad = 1
	}
	END { exit bad || !n[0] || !n[1] }' rtt.tsv
	grep -q '^\.It Cm clean Pq number' "$BUILD/man/man5/connpipe-records.5"
	summarize -k rtt -g clean -v rtt_seq rtt.tsv | grep -q clean
}

@test "the new kind has a section in the page" {
	grep -q '^\.Ss pause' "$BUILD/man/man5/connpipe-records.5"
}

@test "the new program passes its test, and those of every program" {
	need mandoc col
	tests_pass t/pauses.bats
	tests_pass -f 'SYNOPSIS|version|page and a test|pages are clean|unknown options' \
	    t/house.bats
}

@test "the packet written as text is a capture" {
	tcpdecode -k 2 "$PACKETS/one-syn.pcap" >records.tsv
	[ "$(records pkt <records.tsv | cut -f3-8)" = \
	    "192.0.2.1	40000	198.51.100.2	80	S	1000" ]
	[ "$(counted tcpdecode bad_checksum <records.tsv)" -eq 0 ]
}

@test "the new unit test and the new fuzzer are run" {
	tests_pass -f '32 bits|has a name' t/unit.bats
	"$BUILD/t/fuzz/prefix" t/fuzz/corpus/prefix/*
	tests_pass -f 'corpora' t/unit.bats
}

@test "names in the documents exist" {
	# What stands in backquotes and looks like a path.
	grep -ho '`[a-z]*/[A-Za-z0-9_./-]*`' share/doc/*.md README.md |
	    tr -d '`' | sort -u | grep -v -e '^build/' -e PROGRAM |
	    while read -r path; do
		[ -e "$path" ] || [ -e "lib/$path" ] || [ -e "lib/$path.c" ] ||
		    [ -e "lib/$path.h" ] || [ -e "share/$path" ] ||
		    { echo "no $path"; exit 1; }
	done
}

@test "make format changes little, and twice no more than once" {
	command -v clang-format-14 >/dev/null || need clang-format
	MAKEFLAGS='' make -s format >changed
	[ "$(grep -c '^[-+]' changed)" -lt \
	    $(($(cat cmd/*.c lib/*/*.[ch] | wc -l) / 100)) ]
	MAKEFLAGS='' make -s format | same /dev/null -
}

# The lines of README.md after "    $ ", and what is shown after each.
@test "README.md shows what its lines print, typed as they stand" {
	[ -x "$BUILD/bin/reccut" ] || skip "reccut needs libsmartcols"
	cd "$top"
	sed -n 's/^    \$ //p' README.md | sed '/^PATH=/d' \
	    >"$BATS_TEST_TMPDIR/lines"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/lines")" -ge 5 ]
	sh -e "$BATS_TEST_TMPDIR/lines" | sed 's/ *$//' >"$BATS_TEST_TMPDIR/got"
	awk '/^    \$ / { shown = 1; next } !/^    / { shown = 0 }
	    shown { sub(/^    /, ""); print }' README.md | same - \
	    "$BATS_TEST_TMPDIR/got"
}
