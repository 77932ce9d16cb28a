# connmon-kinds.awk: compares our connmon's lines with the original's, for a
# capture.  A field that differs must differ in a way that connmon(1) lists, and
# the packets must prove it; our field must always be what the packets prove.
#
#	awk -f connmon-kinds.awk role=tshark F.tshark.tsv role=ref ref.txt \
#	    role=ours ours.txt role=pkt records
#
# The records are those of tcpdecode -o framelen,iplen.  Prints the number of equal
# lines and of differences of each kind.  Reports any other difference on standard
# error; the exit status is then 1.

BEGIN {
	FS = "\t"
	CONVFMT = "%.0f"	# sequence numbers are keys
	W = 4294967296
	TICK = 1.1e-6
}

function last(text) { sub(/.*,/, "", text); return text }
function near(a, b) { return a - b < TICK && b - a < TICK }

# How far the sequence number or timestamp a is after b.
function past(a, b) {
	a -= b
	return a >= W / 2 ? a - W : a < -W / 2 ? a + W : a
}
function seq(a) { return a >= W ? a - W : a < 0 ? a + W : a }

# Seconds since the start of the capture, so that no digit is lost.
function seconds(t) {
	return substr(t, 1, length(t) - 10) - base + ("0" substr(t, length(t) - 9))
}

# What the original could see: four link types, until a second one appears; no
# tags, no tunnels, no IPv6 cut by the snaplen.
role == "tshark" {
	if (FNR == 1)
		next
	split($5, layer, ":")
	if (link == "")
		link = layer[1]
	if (layer[1] != link)
		stopped = 1
	if ($45 $47 != "" || $12 == "")
		next
	flow = last($8 $6) ":" last($12) "+" last($9 $7) ":" last($13)
	key = $2 SUBSEP flow SUBSEP last($15)
	saw[key, ++rows[key]] = stopped || $8 != "" && $3 != $4 || \
	    $5 !~ /^((eth|sll):ethertype|null|raw):(ip|ipv6):tcp/ ? \
	    "no" : last($17)
	next
}

# The key of a line is its flow and the bytes so far, which only grow.
role == "ref" || role == "ours" {
	n = split($0, f, " ")
	if (n != 8)
		fail("not a line", $0)
	key = role SUBSEP f[8] SUBSEP f[7]
	line[key, ++queued[key]] = $0
	total[role]++
	next
}

# The line of this packet, "" if none.
function line_of(role, flow, bytes,    key, text) {
	key = role SUBSEP flow SUBSEP bytes
	if (used_lines[key] + 0 >= queued[key] + 0)
		return ""
	text = line[key, ++used_lines[key]]
	used[role]++
	return text
}

function fail(what, text) {
	print what ": " text > "/dev/stderr"
	failed = 1
}

# Count a difference of the kind name between this packet's lines.
function kind(name) {
	if (!(name in here))
		lines[name]++
	here[name]
}

# The first or a new connection on a flow's addresses and ports.
function start(k,    i) {
	epoch[k]++
	delete top[k]; delete una[k]; delete una_time[k]; delete isn[k]
	delete hole[k]; delete window[k]
	troubles[k] = 0
	is_new[k] = 1
}

# Note that bytes of k were retransmitted, or missing when they were expected.
function trouble(k, from, to) {
	t_from[k, ++troubles[k]] = from
	t_to[k, troubles[k]] = to
}

# Are there such bytes in what an ACK newly covers?
function troubled(k, ack,    i) {
	if ((k in hole) && (!(k in una) || past(hole[k], una[k]) > 0))
		return 1
	for (i = 1; i <= troubles[k]; i++)
		if (past(ack, t_from[k, i]) > 0 &&
		    (!(k in una) || past(t_to[k, i], una[k]) > 0))
			return 1
	return 0
}
function forget_troubles(k,    i, n) {
	for (i = 1; i <= troubles[k]; i++)
		if (past(t_to[k, i], una[k]) > 0) {
			t_from[k, ++n] = t_from[k, i]
			t_to[k, n] = t_to[k, i]
		}
	troubles[k] = n
}

# The original forgets flows idle for 300 s, every 10 s.
function clean_up(    k) {
	if (now < next_clean)
		return
	for (k in o_time)
		if (now - o_time[k] > 300) {
			delete o_time[k]
			forgot[k] = 1
			o_bytes[k] = 0
		}
	next_clean = now + 10
}

# Is it the time since a packet after the first with that timestamp?
function is_of_later(our,    i, n, times) {
	n = split(ts_times[rev, epoch[rev], tsecr], times, " ")
	for (i = 2; i <= n; i++)
		if (near(our, now - times[i]))
			return 1
	return 0
}

function compare_ts(ref, our,    first, later) {
	first = (rev, epoch[rev], tsecr) in ts_time ? \
	    ts_time[rev, epoch[rev], tsecr] : "none"
	later = our != "*" && !near(our, now - first)
	if (later && !is_of_later(our))
		return fail("rtt_ts is not " sprintf("%f", now - first), mine)
	if (our == "*" && ts_is_due)
		return fail("no rtt_ts", both)
	if (ref == our)
		return
	if (ref == "*")
		kind_of_new_ts()
	else if (our == "*")
		kind_of_lost_ts(ref)
	else if (near(ref, our))
		kind("microsecond")
	else if (later && near(ref, now - first))
		kind("echo-of-later")
	else if (near(ref, now - ka_time[rev, epoch[rev], tsecr]))
		kind("keep-alive")
	else if (ref < our && ts_zero[rev, epoch[rev], tsecr])
		kind("tsecr-0")
	else if (ref < our && ts_count[rev, epoch[rev], tsecr] > 1 &&
	    (k, epoch[k], tsecr) in echo)
		kind("tsval-again")
	else
		fail("rtt_ts", both)
}
function kind_of_new_ts(    id) {
	id = rev SUBSEP epoch[rev] SUBSEP tsecr
	if (!seen || ts_unseen[id])
		kind("unseen")
	else if (ts_flags[id] ~ /S/ && ts_flags[id] !~ /A/)
		kind("handshake")
	else if (ts_early[id])
		kind("one-sided")
	else if (ts_zero[id])
		kind("tsecr-0")
	else
		fail("rtt_ts is new", both)
}
function kind_of_lost_ts(ref) {
	if (ref < 0)
		kind("negative")
	else if (ref > 10 - TICK)
		kind("over-age")
	else if (flags ~ /R/ || flags !~ /A/)
		kind("reset")
	else if ((k, epoch[k], tsecr) in echo)
		kind("tsval-again")
	else
		fail("rtt_ts is gone", both)
}

function compare_seq(ref, our,    id) {
	id = rev SUBSEP epoch[rev] SUBSEP ack
	if (our != "*" && !our_seq_is_true(our))
		return fail("rtt_seq is not so", mine)
	if (our == "*" && seq_is_due)
		return fail("no rtt_seq", both)
	if (ref == our)
		return
	if (ref == "*")
		kind_of_new_seq(our, id)
	else if (our == "*")
		kind_of_lost_seq(ref, id)
	else if (near(ref, our))
		kind("microsecond")
	else if (sack != "" && near(our, now - seg_time[rev, epoch[rev], sack]))
		kind("sack")
	else
		fail("rtt_seq", both)
}
# A true rtt_seq is the time since a segment that was sent once, and that ends
# where the ACK or its first SACK block does.
function our_seq_is_true(our,    id) {
	id = rev SUBSEP epoch[rev] SUBSEP ack
	if ((id in seg_time) && near(our, now - seg_time[id]))
		return 1
	id = rev SUBSEP epoch[rev] SUBSEP sack
	return sack != "" && (id in seg_time) && near(our, now - seg_time[id])
}
function ack_is_old() {
	return (rev in una) && past(ack, una[rev]) <= 0
}
function kind_of_new_seq(our, id,    by_sack) {
	by_sack = sack != "" && (ack_is_old() || !near(our, now - seg_time[id]))
	if (by_sack)
		id = rev SUBSEP epoch[rev] SUBSEP sack
	if (!seen || seg_unseen[id])
		kind("unseen")
	else if (by_sack)
		kind("sack")
	else if (seg_flags[id] ~ /S/)
		kind("handshake")
	else if (seg_flags[id] ~ /F/)
		kind("fin")
	else if (v6)
		kind("ipv6")
	else if (seg_early[id])
		kind("one-sided")
	else
		fail("rtt_seq is new", both)
}
function kind_of_lost_seq(ref, id) {
	if (ref < 0)
		kind("negative")
	else if (ref > 10 - TICK)
		kind("over-age")
	else if (flags ~ /R/)
		kind("reset")
	else if (keepalive[rev, epoch[rev], ack] && !(id in seg_time))
		kind("keep-alive")
	else if (ack_is_old())
		kind("old-ack")
	else if (troubled(rev, ack))
		kind("karn")
	else
		fail("rtt_seq is gone", both)
}

# Our dseq is relative to the highest sequence number, the original's to the
# previous packet.
function compare_dseq(ref, our,    known, theirs) {
	known = dseq_true
	if (mine != "" && our != known)
		return fail("dseq is not " known, mine)
	if (mine == "" && known != 0)
		return fail("no line for dseq " known, both)
	if (theirs_line != "" && ref == known || \
	    theirs_line == "" && known == 0)
		return
	theirs = k in o_seq && o_seq[k] != 0 ? past(tseq, seq(o_seq[k] + o_len[k])) : 0
	if (theirs_line != "" && ref != theirs)
		return fail("dseq of the original is not " theirs, both)
	if (theirs_line == "") {
		if (!seen)
			kind("unseen")
		else if (known < 0)
			kind("past")
		else if (theirs <= 0)
			kind("base")
		else
			fail("dseq is new", both)
	} else if (v6)
		kind("ipv6")
	else if (is_new[k])
		kind("new-connection")
	else if (flags ~ /R/)
		kind("reset")
	else if (is_keepalive || is_probe)
		kind("keep-alive")
	else if (past(seq(o_seq[k] + o_len[k]), top[k]) != 0)
		kind("base")
	else
		fail("dseq", both)
}

function compare_dup(ref, our,    theirs) {
	if (our != "-" && !near(our, now - una_time[rev]))
		return fail("dupack is not " sprintf("%f", now - una_time[rev]), mine)
	if (our != "-" && !is_duplicate)
		return fail("not a duplicate ACK", mine)
	if (our == "-" && is_duplicate)
		return fail("no dupack", both)
	if (ref == our)
		return
	if (our == "-") {
		if (theirs_line == "" || ref == "-")
			return
		if (past(ack, una[rev]) < 0)
			kind("old-ack")
		else if (!(rev in top) || past(top[rev], ack) <= 0)
			kind("nothing-out")
		else
			fail("dupack is gone", both)
	} else if (ref == "-" || theirs_line == "") {
		theirs = now - o_time[k]
		if (!seen)
			kind("unseen")
		else if (v6)
			kind("ipv6")
		else if (o_ack[k] == ack && theirs <= TICK)
			kind("dup-0")
		else
			fail("dupack is new", both)
	} else if (near(ref, our))
		kind("microsecond")
	else if (near(ref, now - o_time[k]) && !near(o_time[k], una_time[rev]))
		kind("dup-age")
	else
		fail("dupack", both)
}

function compare_rest(t, o,    header) {
	if (t[6] != o[6]) {
		header = t[6] - o[6]
		if (v6 && header >= 20 && header <= 60)
			kind("ipv6")
		else
			fail("len", both)
	}
	if (t[7] != o[7])
		kind_of_bytes()
}
function kind_of_bytes() {
	if (link == "raw")
		kind("raw-link")
	else if (forgot[k])
		kind("forgotten")
	else
		kind("unseen")
}
function check_their_time(t,    cut) {
	cut = substr($2, 1, length($2) - 3)
	if (t == cut)
		return
	if (near(seconds(t "000"), seconds(cut "000")) && t < cut)
		kind("microsecond")
	else
		fail("time", both)
}

# Compare both lines of this packet, or the empty ones in their place.
function compare(    t, o) {
	mine = line_of("ours", k, bytes[k])
	theirs_line = seen ? line_of("ref", k, o_bytes[k]) : ""
	if (mine == "" && theirs_line == "" && dseq_true == 0 &&
	    !is_duplicate && !ts_is_due && !seq_is_due)
		return
	both = "packet " packet ": [" theirs_line "] [" mine "]"
	split("", here)
	if (theirs_line == "")
		split("x * * 0 - 0 0", t, " ")
	else
		split(theirs_line, t, " ")
	if (mine == "")
		split("x * * 0 - 0 0", o, " ")
	else
		split(mine, o, " ")
	if (mine != "" && (o[1] != substr($2, 1, length($2) - 3) || o[6] != len))
		fail("time or len", mine)
	compare_ts(t[2], o[2])
	compare_seq(t[3], o[3])
	compare_dseq(t[4], o[4])
	compare_dup(t[5], o[5])
	if (theirs_line != "")
		check_their_time(t[1])
	if (theirs_line != "" && mine != "")
		compare_rest(t, o)
	for (name in here)
		return count_line()
	if (theirs_line == mine)
		same++
	else
		fail("no kind", both)
}
function count_line() {
	if (mine == "")
		gone++
	else if (theirs_line == "")
		new++
	else
		changed++
}

# Before the comparison: classify the packet by the state before it.
function look(    i) {
	syn = flags ~ /S/
	fin = flags ~ /F/
	span = len + syn + fin
	end = seq(tseq + span)
	if (syn && isn[k] != tseq) {
		if (flags !~ /A/ && (k in epoch))
			start(rev)
		start(k)
		isn[k] = tseq
	}
	if (!(k in epoch))
		start(k)
	sack = ""
	if (match($14, /sack=[0-9]+:[0-9]+/)) {
		sack = substr($14, RSTART, RLENGTH)
		sub(/.*:/, "", sack)
		if (past(sack, ack) <= 0)
			sack = ""
	}
	reset = flags ~ /R/
	is_keepalive = (k in top) && len <= 1 && !syn && !fin &&
	    tseq == seq(top[k] - 1) &&
	    (len == 0 || !(k in una) || una[k] == top[k])
	is_probe = (k in top) && len == 1 && !syn && !fin && tseq == top[k] &&
	    (rev in window) && window[rev] == 0
	dseq_true = (k in top) && !reset && !is_keepalive && !is_probe ? \
	    past(tseq, top[k]) : 0
	if (span == 0 && dseq_true < 0)
		dseq_true = 0
	is_duplicate = len == 0 && flags ~ /A/ && !syn && !fin && !reset &&
	    (rev in una) && una[rev] == ack &&
	    (sack != "" || (rev in top) && past(top[rev], ack) > 0) &&
	    (window[k] == win || $14 ~ /sack=/)
}

# Must this packet have round trips?  Packets sent before the other side was
# seen, except a SYN, need not be known.
function look_for_answers(    id) {
	ts_is_due = seq_is_due = 0
	if (reset || flags !~ /A/)
		return
	id = rev SUBSEP epoch[rev] SUBSEP tsecr
	ts_is_due = (id in ts_time) && !((k, epoch[k], tsecr) in echo) &&
	    in_time(ts_time[id]) && (!ts_early[id] || ts_flags[id] ~ /S/)
	id = rev SUBSEP epoch[rev] SUBSEP ack
	seq_is_due = (id in seg_time) && !ack_is_old() && !troubled(rev, ack) &&
	    in_time(seg_time[id]) && (!seg_early[id] || seg_flags[id] ~ /S/)
}
function in_time(t) { return now >= t && now - t <= 10 }

# The state of the original after this packet.
function note_theirs() {
	o_seq[k] = syn || fin ? seq(tseq + 1) : tseq
	o_len[k] = v6 ? $16 - 40 : len
	o_time[k] = now
	o_ack[k] = ack
}

function note_ack() {
	if (flags !~ /A/ || reset)
		return
	if (!(rev in una) || past(ack, una[rev]) > 0) {
		una[rev] = ack
		una_time[rev] = now
		if (troubles[rev] > 0)
			forget_troubles(rev)
		if ((rev in hole) && past(hole[rev], ack) <= 0)
			delete hole[rev]
	} else if (is_duplicate && sack == "")
		hole[rev] = top[rev]
	if (sack != "" && (!(rev in hole) || past(sack, hole[rev]) > 0))
		hole[rev] = sack
	if ($13 != "-")
		echo[k, epoch[k], tsecr]
}

function note_tsval(    id) {
	if ($12 == "-" || reset)
		return
	id = k SUBSEP epoch[k] SUBSEP $12
	if (is_keepalive || is_probe) {
		if (!(id in ts_count))
			ka_time[id] = now
		return
	}
	ts_times[id] = ts_times[id] " " sprintf("%.6f", now)
	if (ts_count[id]++ == 0) {
		ts_time[id] = now
		ts_flags[id] = flags
		ts_early[id] = !(rev in o_time)
		ts_zero[id] = $13 == 0 && !syn
		ts_unseen[id] = !seen
	}
}

function note_segment(    id) {
	if (reset)
		return
	if (is_keepalive || is_probe) {
		keepalive[k, epoch[k], end] = 1
		return
	}
	if (k in top) {
		if (dseq_true < 0)
			trouble(k, tseq, end)
		else if (dseq_true > 0)
			trouble(k, top[k], tseq)
	}
	id = k SUBSEP epoch[k] SUBSEP end
	if (span > 0 && (!(id in seg_time) || dseq_true < 0)) {
		seg_time[id] = now
		seg_flags[id] = flags
		seg_early[id] = !(rev in o_time)
		seg_unseen[id] = !seen
	}
	if (!(k in top) || past(end, top[k]) > 0)
		top[k] = end
}

role == "pkt" && $1 == "pkt" {
	packet++
	if (base == "")
		base = substr($2, 1, length($2) - 10)
	now = seconds($2)
	k = $3 ":" $4 "+" $5 ":" $6
	rev = $5 ":" $6 "+" $3 ":" $4
	flags = $7; tseq = $8; ack = $9; win = $10; len = $11; tsecr = $13
	v6 = $3 ~ /:/
	seen = original_sees($2 SUBSEP k SUBSEP tseq)
	bytes[k] += $15
	if (seen)
		o_bytes[k] += $15 + (link == "raw" ? (v6 ? 40 : 20) : 0)
	look()
	look_for_answers()
	if (seen && !(k in o_time))
		o_time[k] = now
	compare()
	note_ack()
	note_tsval()
	note_segment()
	window[k] = win
	is_new[k] = 0
	if (seen) {
		note_theirs()
		clean_up()
	}
}

# A larger payload than this was reassembled from fragments.
function original_sees(key,    length_seen) {
	length_seen = saw[key, ++matched[key]]
	return length_seen != "" && length_seen != "no" &&
	    length_seen + 0 <= len && !broken_options()
}

# Are the options longer than those that could be parsed?  The original omits a
# segment with a broken one.
function broken_options(    n, o) {
	n = $16 - len - (v6 ? 60 : 40)
	n -= $12 == "-" ? 0 : 10
	n -= $14 ~ /mss=/ ? 4 : 0
	n -= $14 ~ /ws=/ ? 3 : 0
	n -= $14 ~ /sackok/ ? 2 : 0
	if ($14 ~ /sack=/)
		n -= 2 + 8 * gsub(/[0-9]:[0-9]/, "&", $14)
	return n >= 8
}

END {
	for (name in total)
		if (total[name] != used[name])
			fail("lines without a packet", name " " total[name] - used[name])
	printf "%d the same, %d changed, %d new, %d gone:", same, changed, new, gone
	for (name in lines)
		printf " %s %d", name, lines[name]
	print ""
	exit failed
}
