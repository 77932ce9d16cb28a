# Compare 'loss' records (the second file) with what a link did to segments with
# payload (the first file).  Prints for lost, late and dup: how many there were,
# how many of these are reported, how many are reported, how many of those are
# correct.

BEGIN {
	FS = "\t"
	class["rto"] = class["fast"] = class["tail"] = "lost"
	class["upstream"] = class["unknown"] = "lost"
	class["reorder"] = "late"
	class["netdup"] = "dup"
}

FNR == 1 {
	file++
}

file == 1 && FNR > 1 && $5 == "tcp" && $12 > 0 {
	flow = $6 " " $7 " " $8 " " $9
	if (!seen[$2, flow, $11, $12]++)
		keep(truth, $2, flow, $11, $12)
}

file == 2 && $1 == "loss" && $8 in class {
	flow = $7 == "src" ? $3 " " $4 " " $5 " " $6 : $5 " " $6 " " $3 " " $4
	if (!seen[class[$8] "reported", flow, $9, $10]++)
		keep(reported, class[$8], flow, $9, $10)
}

function keep(set, what, flow, seq, len) {
	set[what]++
	set[what, flow]++
	set[what, flow, set[what, flow]] = seq " " len
}

# Do two stretches share a byte, modulo 2^32?
function overlap(a, b,   x, y, d) {
	split(a, x, " ")
	split(b, y, " ")
	d = (y[1] - x[1] + 4294967296) % 4294967296
	return d < x[2] || (4294967296 - d) % 4294967296 < y[2]
}

# How many of one set overlap with one of the other.
function hits(one, other, what,   k, part, i, j, n) {
	n = 0
	for (k in one) {
		if (split(k, part, SUBSEP) != 3 || part[1] != what)
			continue
		for (j = 1; j <= other[what, part[2]]; j++)
			if (overlap(one[k], other[what, part[2], j])) {
				n++
				break
			}
	}
	return n
}

END {
	n = split("lost late dup", names, " ")
	for (i = 1; i <= n; i++)
		printf "%s %d %d %d %d\n", names[i], truth[names[i]],
		    hits(truth, reported, names[i]), reported[names[i]],
		    hits(reported, truth, names[i])
}
