# Turn the output of tshark (-T fields, with a header line) into the lines that
# tcpdecode should write for what=pkt or icmp.  SACK blocks are given by their
# lengths, since tshark counts their edges from the start of the connection.

function last(s,   a, n) {
	n = split(s, a, ",")
	return n > 0 ? a[n] : ""
}

function first(s,   a) {
	split(s, a, ",")
	return a[1]
}

function or_none(s) { return s == "" ? "-" : s }

function hex(s,   i, v) {
	v = 0
	s = tolower(s)
	sub(/^0x/, "", s)
	for (i = 1; i <= length(s); i++)
		v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return v
}

function letters(v,   i, s) {
	s = ""
	for (i = 1; i <= 9; i++) {
		if (v % 2)
			s = s substr("FSRPAUECN", i, 1)
		v = int(v / 2)
	}
	return or_none(s)
}

# The lengths of the blocks with these left and right edges.
function blocks(left, right,   l, r, n, i, s, d) {
	n = split(left, l, ",")
	split(right, r, ",")
	s = ""
	for (i = 1; i <= n; i++) {
		d = r[i] - l[i]
		if (d < 0)
			d += 4294967296
		s = s (i > 1 ? ";" : "") d
	}
	return or_none(s)
}

function field(name) { return $f[name] }

BEGIN { FS = OFS = "\t" }

NR == 1 {
	for (i = 1; i <= NF; i++)
		f[$i] = i
	next
}

{
	type = last(field("icmp.type")) last(field("icmpv6.type"))
	is_icmp = type != ""
	if (field("tcp.srcport") == "" || is_icmp != (what == "icmp"))
		next
	src = last(field("ip.src")) last(field("ipv6.src"))
	dst = last(field("ip.dst")) last(field("ipv6.dst"))
	sport = last(field("tcp.srcport"))
	dport = last(field("tcp.dstport"))
	seq = last(field("tcp.seq_raw"))
}

what == "icmp" {
	print field("frame.time_epoch"),
	    first(field("ip.src")) first(field("ipv6.src")), type,
	    last(field("icmp.code")) last(field("icmpv6.code")),
	    src, sport, dst, dport
}

what == "pkt" {
	print field("frame.time_epoch"), src, sport, dst, dport,
	    letters(hex(last(field("tcp.flags")))), seq,
	    last(field("tcp.ack_raw")), last(field("tcp.window_size_value")),
	    last(field("tcp.len")),
	    or_none(last(field("tcp.options.timestamp.tsval"))),
	    or_none(last(field("tcp.options.timestamp.tsecr"))),
	    or_none(last(field("tcp.options.mss_val"))),
	    or_none(last(field("tcp.options.wscale.shift"))),
	    blocks(field("tcp.options.sack_le"), field("tcp.options.sack_re"))
}
