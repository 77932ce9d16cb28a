"""What a link did, from wanlink's log: the truth that records are held against.

Times are integers, ns.  Sequence numbers are relative to the initial one of
their side and do not wrap; SYN and FIN occupy one each.
"""
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

FIN, SYN, RST, ACK = 1, 2, 4, 16


@dataclass(eq=False)
class Arrival:
    """A packet, or a part of a super-segment, that reached its host."""
    time: int
    stamp: int                  # when it passed the capture point
    start: int
    end: int
    packet: "Packet"


@dataclass(eq=False)
class Packet:
    """What a host sent, and what became of it."""
    number: int
    host: str
    flow: tuple                 # src, sport, dst, dport
    flags: int
    seq: int
    ack: int
    length: int                 # of the payload
    tsval: int | None
    tsecr: int | None
    sack: list                  # raw edges
    sent: int                   # when the link got it
    shown: list = field(default_factory=list)       # SACK in the capture
    start: int = 0
    end: int = 0
    stamps: list = field(default_factory=list)      # captured or not
    captured: list = field(default_factory=list)    # stamps in the capture
    arrivals: list = field(default_factory=list)


class Flow:
    """One direction of a connection."""

    def __init__(self):
        self.packets = []       # in the order in which they were sent
        self.isn = None
        self.reused = False     # the ports had another connection before
        self.back = None        # the other direction

    def rel(self, seq):
        return (seq - self.isn + 2**31) % 2**32 - 2**31

    def finish(self):
        """All packets are known: number their bytes, replay the receiver."""
        for p in self.packets:
            if p.flags & SYN:
                self.reused |= self.isn not in (None, p.seq)
                self.isn = p.seq
        if self.isn is None:
            self.isn = self.packets[0].seq if self.packets else 0
        for p in self.packets:
            p.start = self.rel(p.seq)
            p.end = p.start + p.length + bool(p.flags & SYN) + \
                bool(p.flags & FIN)
        for p in self.packets:
            p.arrivals.sort(key=lambda a: a.time)
        arrivals = sorted((a for p in self.packets for a in p.arrivals
                           if not p.flags & RST), key=lambda a: a.time)
        for a in arrivals:
            a.start = self.rel(a.start)
            a.end = min(a.start + a.end, a.packet.end)
        self.data = [a for a in arrivals if a.end > a.start]
        self.data_times = [a.time for a in self.data]
        self.replay()

    def replay(self):
        """The receiver's next number after each arrival that advanced it."""
        self.nexts, self.completers = [], []
        expected, waiting = 0, []
        for a in self.data:
            waiting.append((a.start, a.end))
            if a.start > expected:
                continue
            before = expected
            for start, end in sorted(waiting):
                if start <= expected:
                    expected = max(expected, end)
            waiting = [w for w in waiting if w[1] > expected]
            if expected > before:
                self.nexts.append(expected)
                self.completers.append(a)

    def completer(self, ack):
        """The arrival with which the receiver had everything before ack."""
        i = bisect_left(self.nexts, ack)
        return self.completers[i] if i < len(self.nexts) else None

    def last_before(self, time):
        """The last arrival with payload, SYN or FIN before that."""
        i = bisect_left(self.data_times, time)
        return self.data[i - 1] if i > 0 else None

    def last_in(self, block, time):
        """The last of these that brought bytes of the block."""
        for a in reversed(self.data[:bisect_left(self.data_times, time)]):
            if a.start < block[1] and block[0] < a.end:
                return a
        return None

    def blocks(self, sack):
        """SACK blocks of a packet of the other direction."""
        return [(self.rel(start), self.rel(end)) for start, end in sack]

    def dsack(self, p):
        """The D-SACK that the capture shows of p (RFC 2883, 4), or None."""
        blocks = self.blocks(p.shown)
        if blocks and (blocks[0][1] <= self.rel(p.ack) or len(blocks) > 1 and
                       blocks[1][0] <= blocks[0][0] and
                       blocks[0][1] <= blocks[1][1]):
            return blocks[0]
        return None

    def sacks(self, p):
        """The blocks that the capture shows of p and that are no D-SACK."""
        return self.blocks(p.shown)[self.dsack(p) is not None:]

    def round_trips(self):
        """What the network alone took for each round trip from the capture
        point to the receiver of this direction and back."""
        trips, seen = [], None
        for p in self.back.packets:
            if not p.flags & ACK or not p.stamps:
                continue
            c = self.completer(self.rel(p.ack))
            if c is not None and c is not seen and c.time <= p.sent:
                seen = c
                trips.append(c.time - c.stamp + p.stamps[0] - p.sent)
        return trips

    def jitter(self):
        """The median difference from one of these to the next."""
        t = self.round_trips()
        steps = [abs(a - b) for a, b in zip(t, t[1:])]
        return median(steps) if steps else 0


def number(text):
    return None if text == "-" else int(text)


class LinkLog:
    """The log at path.  What was captured is what host only sent, if given, up
    to snaplen bytes of each packet."""

    def __init__(self, path, only="", snaplen=0):
        self.only = only
        self.snaplen = snaplen or 65535
        self.packets = {}
        self.flows = defaultdict(Flow)
        self.fates = defaultdict(int)
        with open(path) as f:
            next(f)
            for line in f:
                self.hop(line.rstrip("\n").split("\t"))
        for flow, direction in list(self.flows.items()):
            direction.back = self.flows[flow[2:] + flow[:2]]
            direction.back.back = direction
        for direction in self.flows.values():
            direction.packets.sort(key=lambda p: p.number)
            direction.finish()
        self.by_stamp = {s: p for p in self.packets.values() for s in p.stamps}

    def hop(self, f):
        """A packet crossed a half, or did not."""
        (_, packet, _, half, host, enter, leave, fate, proto, src, sport, dst,
         dport, flags, seq, ack, length, tsval, tsecr, sack) = f
        self.fates[half, fate] += 1
        if proto != "tcp":
            return
        p = self.packets.get(packet)
        enter, leave = int(enter), int(leave)
        if p is None:
            p = self.packets[packet] = Packet(
                int(packet), host, (src, sport, dst, dport), int(flags),
                int(seq), int(ack), int(length), number(tsval), number(tsecr),
                [tuple(int(e) for e in b.split(":")) for b in sack.split(";")
                 if b != "-"], enter)
            self.cut_options(p)
            self.flows[p.flow].packets.append(p)
        if (half == "near") == (host == "A"):
            p.sent = min(p.sent, enter)
            if leave:
                p.stamps.append(leave)
                if self.only in ("", host):
                    p.captured.append(leave)
        elif leave:
            size = int(length) + bool(int(flags) & (SYN | FIN))
            p.arrivals.append(Arrival(leave, enter, int(seq), size, p))

    def cut_options(self, p):
        """Keep what snaplen leaves of the timestamps and SACK blocks, in the
        order in which Linux writes them, aligned with NOPs."""
        room = self.snaplen - (40 if ":" in p.flow[0] else 20) - 20
        if p.tsval is not None:
            room -= 12
            if room < 0:
                p.tsval = p.tsecr = None
        p.shown = p.sack[:max(0, (room - 4) // 8)]
