# Compare clean round trips with the truth: the 'rtt' records of one capture over
# a link of known delays.  near and far are the one-way delays in ms, slack how
# much longer a round trip may be.  Prints for rtt_seq, then for rtt_ts, the
# number of clean ones, those below the truth, and those within slack of it.

BEGIN { FS = "\t" }

$1 == "#rtt" {
	for (i = 2; i <= NF; i++)
		f[$i] = i
}

function judge(what, dirty,   v, truth) {
	v = $f["rtt_" what]
	if (v == "-" || $f["note"] ~ dirty)
		return
	truth = $f["src"] ~ /^(10\.77\.1\.|fd77:1:)/ ? near / 500 : far / 500
	n[what]++
	if (v < truth - 0.0001)
		below[what]++
	else if (v <= truth + slack / 1000)
		within[what]++
}

$1 == "rtt" {
	judge("seq", "r")
	judge("ts", "[amer]")
}

END {
	printf "%d %d %d %d %d %d\n", n["seq"], below["seq"], within["seq"],
	    n["ts"], below["ts"], within["ts"]
}
