#!/bin/sh
# demo.sh CAPTURE: run the main pipeline on a capture, and explain its output.
set -eu

capture=$1
printf '%s\n\n' "\$ pcapsrc -r $capture | tcpdecode | rttmatch -Q"
pcapsrc -r "$capture" | tcpdecode | rttmatch -Q | awk -F'\t' '
	/^#rtt/ || $1 == "rtt" && n++ < 12 { print }
	$1 == "rtt" { total++ }
	END { printf "... %d records\n", total }'
cat <<'END'

Each line is a round trip between the capture point and "src", the host whose
packet ended it, in seconds: by TCP timestamps (rtt_ts) and by sequence number
(rtt_seq).  "note" states how far to trust it: h a handshake, a a pure ACK was
timed, d the answer carries data, m the ACK covers several segments, r something
was retransmitted; - is clean.  The link of this capture is known: 40 ms to
10.77.1.1 and fd77:1::1, 10 ms to 10.77.2.1 and fd77:2::1.

$ ... | rttmatch -Q -c | awk: clean round trips by sequence number, in ms

END
tcpdecode "$capture" | rttmatch -Q -c | awk -F'\t' '
	/^#rtt/ { for (i in f) delete f[i]
	    for (i = 1; i <= NF; i++) f[$i] = i }
	$1 == "rtt" && $f["rtt_seq"] != "-" {
		h = $f["src"]; v = $f["rtt_seq"] * 1000
		if (!(h in n) || v < min[h]) min[h] = v
		if (v > max[h]) max[h] = v
		n[h]++; sum[h] += v
	}
	END {
		printf "%-12s %6s %8s %8s %8s\n", "host", "n", "min", "mean",
		    "max"
		for (h in n) printf "%-12s %6d %8.2f %8.2f %8.2f\n", h, n[h],
		    min[h], sum[h] / n[h], max[h] | "sort"
	}'
cat <<'END'

Live: pcapsrc -i eth0 | tcpdecode | rttmatch -Q        (as root)
END
