#!/usr/bin/env bats
# What a packet costs: the same on every run and on a busy machine.

load helper

LIMIT=1.05

@test "no stage needs over 5 % more instructions a packet than is written" {
	need valgrind
	want=$top/t/bench/instructions.tsv
	built="# $(cat "$BUILD/bench/built-by")"
	[ "$built" = "$(head -1 "$want")" ] ||
	    skip "counts are for ${want##*/}'s compiler, not ${built#\# }"
	cd "$BATS_TEST_TMPDIR"
	BENCHDIR=$BUILD/bench DATADIR=$WAN "$top/t/bench/instructions.sh" "$BUILD/bin" >got
	same <(cut -f1,2 "$want") <(cut -f1,2 got)
	awk -F'\t' -v limit=$LIMIT '
	FNR <= 2 { next }
	NR == FNR { want[$1, $2] = $3; next }
	$3 > limit * want[$1, $2] {
		printf "%s of %s: %d instructions a packet, written are %d" \
		    " (if it is worth them: make instructions)\n", $1, $2, $3,
		    want[$1, $2]
		more = 1
	}
	END { exit more }' "$want" got
}
