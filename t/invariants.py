#!/usr/bin/env python3
"""invariants.py [NAME] <RECORDS: what must hold of the records of any capture.

RECORDS is what `tcpdecode -d all F | rttmatch -p | flowtrack -e -p |
hsclass -p | httpreq -p` writes.  Each violation is a line; the status is 1 if
there is one.
"""
import sys
from collections import defaultdict

name = sys.argv[1] if len(sys.argv) > 1 else "stdin"
violations = 0
MONTH = 30 * 86400 * 10**9


def wrong(rule, text):
    global violations
    violations += 1
    if violations <= 20:
        print(f"{name}: {rule}: {text}")


def ns(text):
    """Seconds with up to nine digits after the point as ns; None for -."""
    if text == "-":
        return None
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    return sign * (int(whole) * 10**9 + int((part + "0" * 9)[:9]))


class Ends:
    """What the packets between two ends, in either direction, were."""

    def __init__(self):
        self.times = set()
        self.first = self.last = None
        self.strange = False                # a stamp that is wrong by months
        self.syns = defaultdict(list)       # (src, time): (first, last) ACK
        self.acks = defaultdict(list)       # by sender: (time, ACK)

    def add(self, time):
        self.times.add(time)
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)


ends = defaultdict(Ends)
headers = {}
packets = payload = syns = 0
first = last = newest = None
conn_packets = conn_payload = 0
hs_syns = [0, 0]                            # at least, at most
counts = defaultdict(dict)
hs_records = []


def key(r):
    a, b = (r["src"], r["sport"]), (r["dst"], r["dport"])
    return (a, b) if a < b else (b, a)


def answers(r):
    """An ACK by dst that covers this attempt's SYN, before it was given up."""
    e, begin = ends[key(r)], ns(r["time"])
    end = begin + ns(r["took"]) if r["result"] == "timeout" else None
    return [(t, ack) for t, ack in e.acks[r["dst"], r["dport"]]
            for seq, most in e.syns[r["src"], r["sport"], begin]
            if (ack - seq - 1) % 2**32 <= most and
            (end is None or begin <= t < end)]


def span(r):
    e = ends.get(key(r))
    return None if e is None or e.first is None else e.last - e.first


def within_span(kind, r, columns):
    limit = span(r)
    for c in columns:
        v = ns(r[c]) if c in r else None
        if v is None:
            continue
        if v < 0:
            wrong("never negative", f"{kind} {c}={r[c]} {r}")
        elif limit is not None and v > limit:
            wrong("no longer than its own packets",
                  f"{kind} {c}={r[c]}, span {limit / 1e9}: {r}")


def on_pkt(r):
    global packets, payload, syns, first, last, newest
    packets += 1
    payload += int(r["len"])
    t = ns(r["time"])
    first = t if first is None else min(first, t)
    last = t if last is None else max(last, t)
    e = ends[key(r)]
    e.strange |= newest is not None and abs(t - newest) > MONTH
    newest = t
    e.add(t)
    flags = r["flags"]
    sender = r["src"], r["sport"]
    if "A" in flags:
        e.acks[sender].append((t, int(r["ack"])))
    elif "S" in flags and "R" not in flags:
        syns += 1
        e.syns[(*sender, t)].append((int(r["seq"]), int(r["len"])))


def on_conn(r):
    global conn_packets, conn_payload
    if r["reason"] == "update":
        return
    conn_packets += int(r["pkts_src"]) + int(r["pkts_dst"])
    conn_payload += int(r["bytes_src"]) + int(r["bytes_dst"])
    t, took = ns(r["time"]), ns(r["took"])
    e = ends[key(r)]
    if t not in e.times:
        wrong("a packet at time", f"conn {r}")
    if t + took not in e.times and not e.strange:
        wrong("a packet at time + took", f"conn {r}")
    within_span("conn", r, ["took"] + [c for c in r if c.startswith(
        ("rtt_min", "rtt_mean", "rtt_max", "first_", "handshake_"))])
    for side in ("src", "dst"):
        low, mean, high = (ns(r.get(f"rtt_{w}_{side}", "-"))
                           for w in ("min", "mean", "max"))
        if low is not None and not low <= mean <= high:
            wrong("min <= mean <= max", f"conn {side} {r}")
    for c in ("bytes", "unique"):
        for side in ("src", "dst"):
            if c + "_" + side in r and r[c + "_" + side] != "-" and \
                    int(r[f"unique_{side}"]) > int(r[f"bytes_{side}"]):
                wrong("unique <= bytes", f"conn {r}")


def on_hs(r):
    t = ns(r["time"])
    midstream = r["why"] == "midstream"
    # A SYN captured after its answer is not at the time of the record.
    first = (r["src"], r["sport"], t) in ends[key(r)].syns or \
        (r["result"] == "success" and not midstream)
    hs_syns[0] += first + int(r["syns"])
    hs_syns[1] += (not midstream) + int(r["syns"]) + \
        (r["why"] == "simultaneous")
    if t not in ends[key(r)].times:
        wrong("a packet at time", f"hs {r}")
    within_span("hs", r, ["rtt_server", "rtt_client"])
    if r["result"] not in ("timeout", "pending", "unreach"):
        within_span("hs", r, ["took"])
    if r["why"] == "no-answer":
        hs_records.append(r)


def on_loss(r):
    t = ns(r["time"])
    if not first <= t <= last:
        wrong("every loss within the capture", f"loss {r}")
    within_span("loss", r, ["gap"])


def on_rtt(r):
    within_span("rtt", r, ["rtt_ts", "rtt_seq", "dupack"])


def on_http(r):
    if ns(r["time"]) not in ends[key(r)].times:
        wrong("a packet at time", f"http {r}")
    within_span("http", r, ["took", "idle"])


def on_req(r):
    if ns(r["time"]) not in ends[key(r)].times:
        wrong("a packet at time", f"req {r}")
    within_span("req", r, ["wait", "took", "idle"])


def on_count(r):
    counts[r["prog"]][r["name"]] = int(r["value"])


handlers = {"pkt": on_pkt, "conn": on_conn, "hs": on_hs, "loss": on_loss,
            "rtt": on_rtt, "http": on_http, "req": on_req, "count": on_count}
later = []
for line in sys.stdin.buffer:
    fields = line.decode("utf-8", "replace").rstrip("\n").split("\t")
    kind = fields[0]
    if kind.startswith("#"):
        headers[kind[1:]] = fields[1:]
    elif kind == "pkt" or kind == "count":
        handlers[kind](dict(zip(headers[kind], fields[1:])))
    elif kind in handlers:
        later.append((kind, dict(zip(headers[kind], fields[1:]))))
# Only now are all packets of all ends known.
for kind, r in later:
    handlers[kind](r)

for r in hs_records:
    if answers(r):
        wrong("no-answer only where no answer is", f"hs {r}")

dec, flow = counts["tcpdecode"], counts["flowtrack"]
PARTS = ("tcp", "icmp", "not_tcp", "not_ip", "unknown_link", "fragments",
         "truncated", "malformed", "bad_checksum")
if dec.get("packets", 0) != sum(dec.get(n, 0) for n in PARTS):
    wrong("packets = the sum of the counts", f"{dec}")
if "packets" in flow:
    left_out = flow.get("rejected", 0) + flow.get("copies", 0)
    if conn_packets + left_out != packets:
        wrong("packets of connections + rejected + copies = pkt records",
              f"{conn_packets} + {left_out} != {packets}")
    if flow.get("rejected", 0) + flow.get("copies", 0) == 0 and \
            conn_payload != payload:
        wrong("payload of connections = that of pkt records",
              f"{conn_payload} != {payload}")
hs = counts["hsclass"]
if "packets" in hs:
    copied = hs.get("copied_syns", 0)
    if not hs_syns[0] <= syns - copied <= hs_syns[1]:
        wrong("every SYN in one hs record",
              f"{syns} - {copied} SYNs, {hs_syns} in records")
sys.exit(violations > 0)
