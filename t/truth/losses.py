"""Loss records against the log of the link.

From the log follows what a capture can show (facts), and from the records what
the programs report (claims).  Recall is the share of the facts that are
claimed, precision the share of the claims that are facts.

kind      fact
lost      captured, lost after that, and captured again
upstream  lost before the capture point, and captured after a later segment
spurious  captured again, though the receiver had it or was about to
dup       captured twice, or received twice as a captured D-SACK shows
late      captured after later segments, or received after them as a captured
          SACK block shows; required only if late by more than flowtrack(1)
          promises to overlook

What leaves no trace in the capture is no fact: a lost segment that was not sent
again, the last segment of a flight lost before the capture point, duplication
or reordering after it without SACK.  Where a capture has no trace of which of
two kinds it was, both claims are right, and none is required: hidden.
"""
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from linklog import ACK, RST, SYN
from records import flow, ns

KINDS = ("lost", "upstream", "spurious", "dup", "late")
KIND_OF = {"rto": "lost", "fast": "lost", "tail": "lost", "toobig": "lost",
           "unknown": "lost", "upstream": "upstream", "spurious": "spurious",
           "netdup": "dup", "reorder": "late", "gap": "gap"}


@dataclass(eq=False)
class Fact:
    kinds: tuple                # of which any is right
    start: int
    end: int
    time: int | None            # of the packet that shows it
    required: bool = True
    claims: list = field(default_factory=list)


@dataclass(eq=False)
class Claim:
    kind: str
    what: str
    start: int
    end: int
    time: int
    facts: list = field(default_factory=list)


def overlap(a, b):
    return a.start < b.end and b.start < a.end


def merged(facts):
    """Neighbours of the same kind are one fact."""
    out = []
    for f in facts:
        if out and (out[-1].kinds, out[-1].required, out[-1].end) == (
                f.kinds, f.required, f.start):
            out[-1].end = f.end
        else:
            out.append(f)
    return out


class Direction:
    """What a capture can show of one direction of a connection."""

    def __init__(self, data, two_sided):
        self.data = data
        self.two_sided = two_sided
        self.facts = []
        self.answers = [p for p in data.back.packets
                        if p.captured and p.flags & ACK and
                        not p.flags & RST]
        self.answers.sort(key=lambda p: p.captured[0])
        trips = data.round_trips()
        self.least = min(trips) if trips else 0
        self.jitter = max(data.jitter(), data.back.jitter())
        self.find()

    def fact(self, kinds, start, end, time, required=True):
        self.facts.append(Fact(kinds, start, end, time, required))

    # ---- what the receiver showed
    def covered(self, start, end, p):
        """Does p show that the receiver has start..end?"""
        return self.data.rel(p.ack) >= end or any(
            a <= start and end <= b for a, b in self.data.sacks(p))

    def dsacked(self, start, end, arrival):
        """Was the D-SACK captured that arrival made the receiver send, of bytes
        of start..end?  Linux sends an old SACK block with its ACK of a FIN
        that looks the same, but nothing had come twice."""
        until = min((a.time for a in self.data.data if a.time > arrival.time
                     and a.start < end and start < a.end), default=None)
        for p in self.answers:
            if p.sent < arrival.time or until is not None and p.sent > until:
                continue
            d = self.data.dsack(p)
            if d and d[0] < end and start < d[1] and \
                    arrival.start <= d[0] and d[1] <= arrival.end:
                return True
        return False

    def shows_spurious(self, start, end, packet, time):
        """Is there evidence that the receiver had start..end from an earlier
        copy than this one?"""
        if any(self.dsacked(start, end, a) for a in packet.arrivals):
            return True
        una = 0
        for p in self.answers:
            if not self.covered(start, end, p):
                una = max(una, self.data.rel(p.ack))
                continue
            if p.captured[0] < time + self.least * 3 // 4:
                return True
            # Eifel (RFC 3522): of the first segment that it acknowledges an
            # ACK echoes the timestamp.
            return una >= start and p.tsecr is not None and \
                packet.tsval is not None and \
                (p.tsecr - packet.tsval + 2**31) % 2**32 < 2**31
        return False

    # ---- facts
    def find(self):
        events = sorted(((stamp, i, p) for p in self.data.packets
                         for i, stamp in enumerate(sorted(p.captured))
                         if not p.flags & (SYN | RST)), key=lambda e: e[0])
        self.seen, highest = [], None
        for stamp, copy, p in events:
            if p.end > p.start and copy > 0:
                self.fact(("dup",), p.start, p.end, stamp)
            elif p.end > p.start and highest is not None and \
                    p.start < highest:
                self.old(p, stamp)
            highest = max(p.end, highest or 0)  # a pure ACK shows it, too
            if copy == 0 and p.end > p.start:
                self.seen.append((stamp, p))
        for stamp, p in self.seen:
            self.after_capture(p, stamp)

    def old(self, p, stamp):
        """A packet with bytes that are not all new."""
        before = [q for _, q in self.seen if overlap(p, q)]
        edges = sorted({p.start, p.end} | {
            e for q in before for r in (q, *q.arrivals)
            for e in (r.start, r.end) if p.start < e < p.end})
        facts = self.facts
        self.facts = []
        for start, end in zip(edges, edges[1:]):
            copies = [q for q in before if q.start <= start and end <= q.end]
            if copies and all(q.number > p.number for q in copies):
                self.late_original(p, start, end, stamp)
            elif copies:
                self.resent(p, start, end, stamp, copies)
            else:
                self.filled(p, start, end, stamp)
        self.facts = facts + merged(self.facts)

    def resent(self, p, start, end, stamp, copies):
        """start..end was captured before."""
        arrived = any(a.start <= start and end <= a.end and a.stamp < stamp
                      for q in copies for a in q.arrivals)
        if not self.two_sided:
            kind = "spurious" if arrived else "lost"
            self.fact((kind, "unknown"), start, end, stamp)
        elif not arrived:
            # Received twice, it looks as if the original had arrived.
            hidden = any(self.dsacked(start, end, a) for a in p.arrivals[1:])
            if hidden:
                self.fact(("late",), start, end, None, False)
            self.fact(("lost", "spurious") if hidden else ("lost",), start,
                      end, stamp, not hidden)
        elif self.shows_spurious(start, end, p, stamp):
            self.fact(("spurious",), start, end, stamp)
        else:
            self.fact(("spurious", "lost"), start, end, stamp, False)

    def filled(self, p, start, end, stamp):
        """start..end was not captured before, but later bytes were."""
        others = [q for q in self.data.packets if q.number < p.number and
                  q.start < end and start < q.end and
                  not q.flags & (SYN | RST)]
        if not others:
            self.late_before(p, start, end, stamp)
        elif any(s > stamp for q in others for s in q.captured):
            # Its original is still on its way: late_original().
            kinds = ("spurious", "upstream", "late")
            self.fact(kinds[:2 + (p.tsval is None)], start, end, stamp, False)
        else:
            self.fact(("upstream",), start, end, stamp)

    def late_before(self, p, start, end, stamp):
        """Overtaken before the capture point."""
        self.fact(("late",), start, end, stamp, self.is_late(p, end, stamp))

    def is_late(self, p, end, stamp):
        """By more than flowtrack(1) promises to overlook."""
        first = min((s for s, q in self.seen
                     if q.number > p.number and q.start >= end), default=None)
        return first is not None and \
            stamp - first > 12 * self.jitter + 1_000_000

    def late_original(self, p, start, end, stamp):
        """Its retransmission overtook it.  Without timestamps it looks like a
        retransmission itself."""
        if p.tsval is None:
            self.fact(("late", "spurious", "dup"), start, end, stamp, False)
        else:
            self.fact(("late",), start, end, stamp,
                      self.is_late(p, end, stamp))

    def after_capture(self, p, stamp):
        """What happened to p after it was captured."""
        for a in p.arrivals:
            copies = [b for b in p.arrivals if b.stamp == a.stamp and
                      b.start == a.start]
            if len(copies) > 1 and a is copies[0]:
                self.copied_after(p, copies)
        resent = any(q is not p and s > stamp and overlap(p, q)
                     for s, q in self.seen)
        arrival = min(p.arrivals, key=lambda a: a.time, default=None)
        if arrival is not None:
            self.late_after(p, arrival, resent)

    def copied_after(self, p, copies):
        required = len(p.captured) == 1 and any(
            self.dsacked(p.start, p.end, a) for a in copies[1:]) and not any(
            q is not p and overlap(p, q) for _, q in self.seen)
        self.fact(("dup",), copies[0].start, copies[0].end, None, required)

    def late_after(self, p, arrival, resent):
        """Overtaken after the capture point?"""
        if not any(a.stamp > arrival.stamp and a.time < arrival.time and
                   a.start >= arrival.end for a in self.data.data):
            return
        shown = self.shown_missing(arrival)
        self.fact(("late",), arrival.start, arrival.end, None,
                  not resent and len(p.captured) == 1 and
                  shown > 24 * self.jitter + 2_000_000)

    def shown_missing(self, arrival):
        """How long SACK showed that what arrival brought was missing."""
        since = None
        for q in self.answers:
            if since is None and self.data.rel(q.ack) <= arrival.start and any(
                    a >= arrival.end for a, _ in self.data.sacks(q)):
                since = q.captured[0]
            if since is not None and self.data.rel(q.ack) >= arrival.end:
                return q.captured[0] - since
        return 0


def claims_of(records, log):
    """Claims by flow."""
    claims = defaultdict(list)
    for r in records["loss"]:
        if r["what"] not in KIND_OF:
            continue
        key = flow(r)
        if r["side"] == "dst":
            key = key[2:] + key[:2]
        start = log.flows[key].rel(int(r["seq"]))
        claims[key].append(Claim(KIND_OF[r["what"]], r["what"], start,
                                 start + max(int(r["len"]), 1),
                                 ns(r["time"])))
    return claims


def match(facts, claims):
    for f in facts:
        for c in claims:
            if overlap(f, c) and (f.time is None or f.time == c.time) and (
                    c.kind in f.kinds or c.what in f.kinds):
                f.claims.append(c)
                c.facts.append(f)


def check(records, log, report):
    """Count by kind [facts, of these claimed, claims, of these right], and the
    hidden ones.  report(text) gets each that is missing or wrong."""
    counts = {k: [0, 0, 0, 0] for k in KINDS + ("gap",)}
    hidden = Counter()
    claims = claims_of(records, log)
    for key, data in list(log.flows.items()):
        if data.reused:
            continue
        two_sided = log.only == ""
        facts = Direction(data, two_sided).facts
        match(facts, claims[key])
        ends = " ".join(key)
        for f in facts:
            if not f.required:
                hidden["/".join(f.kinds)] += 1
                continue
            counts[f.kinds[0]][0] += 1
            counts[f.kinds[0]][1] += bool(f.claims)
            if not f.claims:
                near = [f"{c.what} at {c.time}" for c in claims[key]
                        if overlap(f, c)]
                report(f"{f.kinds[0]} missing: {f.time} {ends} "
                       f"{f.start}:{f.end}" +
                       (f", but {', '.join(near)}" if near else ""))
        for c in claims[key]:
            counts[c.kind][2] += 1
            counts[c.kind][3] += bool(c.facts)
            if not c.facts:
                near = ["/".join(f.kinds) + f" at {f.time}" for f in facts
                        if overlap(f, c)]
                report(f"{c.what} wrong: {c.time} {ends} {c.start}:{c.end}" +
                       (f", but {', '.join(near)}" if near else ""))
    return counts, hidden
