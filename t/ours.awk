# Convert records of tcpdecode to the form of tshark.awk.

function option(name,   a, n, i) {
	n = split($f["opts"], a, ",")
	for (i = 1; i <= n; i++)
		if (index(a[i], name "=") == 1)
			return substr(a[i], length(name) + 2)
	return "-"
}

function blocks(text,   a, e, n, i, s, d) {
	if (text == "-")
		return text
	n = split(text, a, ";")
	for (i = 1; i <= n; i++) {
		split(a[i], e, ":")
		d = e[2] - e[1]
		if (d < 0)
			d += 4294967296
		s = s (i > 1 ? ";" : "") d
	}
	return s
}

# Return the ICMP or ICMPv6 type of an error.
function number(name, v6) {
	if (name == "unreach")
		return v6 ? 1 : 3
	if (name == "timex")
		return v6 ? 3 : 11
	if (name == "param")
		return v6 ? 4 : 12
	return name == "toobig" ? 2 : name == "quench" ? 4 : 5
}

BEGIN { FS = OFS = "\t" }

$1 == "#" what {
	for (i = 2; i <= NF; i++)
		f[$i] = i
}

$1 == what && what == "pkt" {
	print $f["time"], $f["src"], $f["sport"], $f["dst"], $f["dport"],
	    $f["flags"], $f["seq"], $f["ack"], $f["win"], $f["len"],
	    $f["tsval"], $f["tsecr"], option("mss"), option("ws"),
	    blocks(option("sack"))
}

$1 == what && what == "icmp" {
	print $f["time"], $f["from"], number($f["what"], $f["src"] ~ /:/),
	    $f["code"], $f["src"], $f["sport"], $f["dst"], $f["dport"]
}
