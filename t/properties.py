#!/usr/bin/env python3
"""properties.py [-s SEED] PROPERTY FILE...: captures are changed in a way that
must not change what the stages report of them.

  double    every packet again, 5 us later
  router    every packet again 20 us later, one router further on
  mirror    every packet again, from a second port that is written in bursts
  rejected  segments in between that their receiver rejects
  split     two files instead of one
  stray     one packet with a stamp up to 29 days ahead
  late      one direction written 20, 150 or 400 ms late: as many connections
            and the same successes and rejects
  overlap   another capture after it, and it after another one, whose stamps
            overlap, or are from an hour or three days before

Each difference is a line; the status is 1 if there is one.
"""
import argparse
import ipaddress
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

import pcapfile
from pcapfile import ACK, FIN, RST, SYN, Capture, Skipped

US, MS, HOUR = 10**3, 10**6, 3600 * 10**9
PIPELINE = ("tcpdecode -d all %s | rttmatch -p | flowtrack -e -p | "
            "hsclass -p | httpreq -p")
SHOWN = 6       # lines of one difference


def ns(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int((part + "0" * 9)[:9])


def run(*files):
    """What the four stages report: by kind, a list of records by column."""
    names = " ".join(f"'{f}'" for f in files)
    p = subprocess.run(PIPELINE % names, shell=True, check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    headers, records = {}, defaultdict(list)
    for line in p.stdout.decode("utf-8", "replace").split("\n"):
        kind, *fields = line.split("\t")
        if kind.startswith("#"):
            headers[kind[1:]] = fields
        elif kind in ("rtt", "conn", "loss", "hs", "req", "http", "count"):
            records[kind].append(dict(zip(headers[kind], fields)))
    return records


def without(records, *columns):
    return Counter("\t".join(f"{c}={v}" for c, v in r.items()
                             if c not in columns) for r in records)


class Difference(list):
    """Lines of what is in one list of records and not in the other."""

    def compare(self, kind, want, got):
        for sign, lines in (("-", want - got), ("+", got - want)):
            for line in list(lines.elements())[:SHOWN]:
                self.append(f"{sign}{kind} {line}")


# --- copies: verdicts, losses and clean round trips stay ---------------------

def by_direction(records):
    """Clean round trips of each direction, in order: by column, in ns."""
    clean = defaultdict(list)
    for r in records:
        timed = (r["rtt_ts"], r["rtt_seq"]) != ("-", "-")
        if r["note"] == "-" and timed:
            clean[r["src"], r["sport"], r["dst"], r["dport"]].append(r)
    return clean


def is_near(a, b, most):
    return a == b or (a != "-" and b != "-" and abs(ns(a) - ns(b)) <= most)


def compare_trips(diff, want, got, most):
    want, got = by_direction(want), by_direction(got)
    for ends in set(want) | set(got):
        a, b = want.get(ends, []), got.get(ends, [])
        if len(a) != len(b):
            diff.append(f"{len(a)} clean round trips are {len(b)}: {ends}")
        for x, y in zip(a, b):
            if not all(is_near(x[c], y[c], most)
                       for c in ("rtt_ts", "rtt_seq")):
                diff.append(f"-rtt {x}")
                diff.append(f"+rtt {y}")
                break


def compare_copies(want, got, most):
    """Where a copy by the network and its original come from both places,
    either may be the one that is reported: a loss's time is set aside."""
    diff, where = Difference(), ("why",) if most > 5 * US else ()
    for kind, aside in (("hs", ("filters", "took", "rtt_server",
                                "rtt_client")),
                        ("loss", ("time", "gap", *where))):
        diff.compare(kind, without(want[kind], *aside),
                     without(got[kind], *aside))
    compare_trips(diff, want["rtt"], got["rtt"], most)
    return diff


def again(capture, after, change):
    """Every packet in its place, and its copy before the first packet whose
    stamp is more than after ns later, or steps back."""
    packets, copies = [], []
    for t, f, n in capture.packets:
        while copies and not copies[0][0] - MS < t < copies[0][0]:
            packets.append(copies.pop(0))
        packets.append((t, f, n))
        copies.append((t + after, change(f), n))
    return packets + copies


def in_bursts(capture):
    """Bursts of up to 16 packets within 20 ms, from one port, then another."""
    packets, burst = [], []
    for p in capture.packets:
        if burst and (len(burst) == 16 or
                      not 0 <= p[0] - burst[0][0] <= 20 * MS):
            packets += burst + [(t + 2 * US, f, n) for t, f, n in burst]
            burst = []
        burst.append(p)
    return packets + burst + [(t + 2 * US, f, n) for t, f, n in burst]


def check_again(capture, changed, most=5 * US):
    capture.write("changed.pcap", changed)
    return compare_copies(run(capture.name), run("changed.pcap"), most)


def double(capture, _):
    return check_again(capture, again(capture, 5 * US, lambda f: f))


def router(capture, _):
    """On the router's other side a round trip is that much shorter; twice, if
    the capture has both sides already."""
    return check_again(capture, again(
        capture, 20 * US, lambda f: pcapfile.routed(capture.link, f)), 45 * US)


def mirror(capture, _):
    return check_again(capture, in_bursts(capture))


# --- segments that a receiver rejects ----------------------------------------

def far(a, b):
    """How far the number a is after b."""
    return (a - b + 2**31) % 2**32 - 2**31


class Side:
    """What one side of a connection has sent, and how much it may send."""

    def __init__(self):
        self.last = self.isn = self.next = self.una = self.right = None
        self.scale = None

    def sends(self, s, peer):
        self.last = s
        if s.flags & SYN:
            self.isn, self.scale = s.seq, pcapfile.scale(s)
        if self.next is None or far(s.end, self.next) > 0:
            self.next = s.end
        if s.flags & ACK:
            both = self.scale is not None and peer.scale is not None
            shift = self.scale if both and not s.flags & SYN else 0
            right = s.ack + (s.win << shift) & 0xffffffff
            if peer.una is None or far(s.ack, peer.una) > 0:
                peer.una = s.ack
            if peer.right is None or far(right, peer.right) > 0:
                peer.right = right


class Connection:
    """Two sides; live from a whole handshake until a FIN, a reset, or a
    packet that does not fit, as when the port is used again."""

    def __init__(self):
        self.side = defaultdict(Side)
        self.opener = None
        self.dead = False

    def takes(self, s):
        me, peer = self.side[s.src], self.side[s.dst]
        if self.opener is None and s.flags & (SYN | ACK) == SYN:
            self.opener = s.src
        strange = me.next is not None and abs(far(s.seq, me.next)) > 2**20
        again = s.flags & SYN and me.isn not in (None, s.seq)
        self.dead |= bool(s.flags & (FIN | RST)) or strange or again
        me.sends(s, peer)

    def is_live(self):
        return not self.dead and self.opener and all(
            None not in (s.last, s.isn, s.una) and
            far(s.next, s.una) >= 0 for s in self.side.values())


def rejected_one(rng, connection):
    """A frame that the other side rejects, and its kind.  SYNs from both sides
    would be a simultaneous open."""
    me, peer = rng.sample(list(connection.side.values()), 2)
    kind = rng.choice(("old rst", "new rst", "syn", "data", "old", "ack"))
    if kind == "syn" and me is not connection.side[connection.opener]:
        me, peer = peer, me
    seq, ack, flags, size = me.next, peer.next, ACK, 0
    beyond = max(far(me.right, me.next), 2**20)
    if kind == "old rst":
        seq, flags = me.una - rng.randint(1, 2**20), RST
    elif kind == "new rst":
        seq, flags = me.next + rng.randint(1, 2**30), RST
    elif kind == "syn":
        seq, ack, flags = me.next + rng.randint(2**16, 2**30), 0, SYN
    elif kind == "data":
        seq, size = me.next + beyond + rng.randint(2**16, 2**29), 100
    elif kind == "old":
        seq, size = me.una - beyond - rng.randint(2**20, 2**29), 100
    else:
        ack = peer.next + max(far(peer.right, peer.next), 2**20) + \
            rng.randint(2**16, 2**29)
    return pcapfile.build(me.last, seq, ack, flags, size), kind


def with_rejected(capture, rng):
    """The packets with rejected segments in between, and their kinds."""
    connections = defaultdict(Connection)
    packets, kinds = [], Counter()
    share = min(0.3, 300 / len(capture.packets))
    for p in capture.packets:
        packets.append(p)
        s = pcapfile.segment(capture.link, p[1])
        if s is None:
            continue
        c = connections[frozenset((s.src, s.dst))]
        c.takes(s)
        if c.is_live() and rng.random() < share:
            frame, kind = rejected_one(rng, c)
            packets.append((p[0], frame, len(frame)))
            kinds[kind] += 1
    if not kinds:
        raise Skipped("no connection from its beginning on")
    return packets, kinds


def rejected(capture, rng):
    packets, kinds = with_rejected(capture, rng)
    capture.write("changed.pcap", packets)
    want, got = run(capture.name), run("changed.pcap")
    diff = Difference()
    for kind in ("rtt", "conn", "loss", "req", "http"):
        diff.compare(kind, without(want[kind]), without(got[kind]))
    lost = without(want["hs"]) - without(got["hs"])
    diff.compare("hs", lost, Counter())
    more = len(got["hs"]) - len(want["hs"])
    if more != kinds["syn"]:
        diff.append(f"{kinds['syn']} SYNs inserted, {more} hs records more")
    if diff:
        diff.append(f"inserted: {dict(kinds)}")
    return diff


# --- files -------------------------------------------------------------------

def compare_all(want, got, aside):
    diff = Difference()
    for kind in ("rtt", "conn", "loss", "hs", "req", "http"):
        diff.compare(kind, without(want[kind], *aside),
                     without(got[kind], *aside))
    return diff


def split(capture, rng):
    want, diff = run(capture.name), Difference()
    for at in rng.sample(range(len(capture.packets) + 1),
                         min(3, len(capture.packets) + 1)):
        capture.write("a.pcap", capture.packets[:at])
        capture.write("b.pcap", capture.packets[at:])
        found = compare_all(want, run("a.pcap", "b.pcap"), ())
        if found:
            diff += [f"split after packet {at}"] + found
    return diff


def ends_of(capture, frame):
    s = pcapfile.segment(capture.link, frame)
    return None if s is None else {
        f"{ipaddress.ip_address(a)} {port}" for a, port in (s.src, s.dst)}


def others(records, ends):
    """The records that are not about these ends."""
    return {kind: [r for r in records[kind] if {
        f"{r['src']} {r['sport']}", f"{r['dst']} {r['dport']}"} != ends]
        for kind in ("rtt", "conn", "loss", "hs", "req", "http")}


def syns_of(capture):
    segments = (pcapfile.segment(capture.link, f)
                for _, f, _ in capture.packets)
    return [s for s in segments
            if s is not None and s.flags & (SYN | ACK) == SYN]


def check_numbers(capture):
    """A stray stamp may end its connection: if the next one has the same
    numbers at once, as only crafted ones do, its segments are copies."""
    syns = syns_of(capture)
    if len({(s.src, s.dst) for s in syns}) > 4 and \
            len({s.seq for s in syns}) == 1:
        raise Skipped("all connections have the same numbers")


def stray(capture, rng):
    check_numbers(capture)
    want, diff = run(capture.name), Difference()
    # No packet follows the last one to show that its stamp is wrong.
    before_last = range(len(capture.packets) - 1)
    for at in rng.sample(before_last, min(4, len(before_last))):
        time, frame, n = capture.packets[at]
        ends = ends_of(capture, frame)
        if ends is None:
            continue
        ahead = rng.choice((61, 100, 400, 3600, 86400, 29 * 86400))
        packets = list(capture.packets)
        packets[at] = (time + ahead * 10**9, frame, n)
        capture.write("changed.pcap", packets)
        found = compare_all(others(want, ends),
                            others(run("changed.pcap"), ends), ())
        if found:
            diff += [f"packet {at} {ahead} s ahead, {ends}"] + found
    return diff


def late(capture, _):
    want, diff = run(capture.name), Difference()
    clients = {s.src for s in syns_of(capture)}
    for client in (True, False):
        for wait in (20, 150, 400):
            capture.write("changed.pcap", sorted(capture.packets, key=lambda p: (
                p[0] + (wait * MS if is_from(capture, p[1], clients) == client
                        else 0))))
            got = run("changed.pcap")
            diff.compare("hs", verdicts(want["hs"]), verdicts(got["hs"]))
            if len(want["conn"]) != len(got["conn"]):
                diff.append(f"{len(want['conn'])} connections are "
                            f"{len(got['conn'])}: {client} {wait} ms")
    return diff


def is_from(capture, frame, ends):
    s = pcapfile.segment(capture.link, frame)
    return s is not None and s.src in ends


def verdicts(records):
    """An ICMP error that comes before its SYN is not kept."""
    return Counter(f"{r['src']} {r['sport']} {r['result']}" for r in records
                   if r["result"] in ("success", "reject"))


def settle(records):
    """What the end of a capture decides is not compared: why a connection was
    reported, and whether an attempt is still pending."""
    for r in records["conn"]:
        r["reason"] = "-"
    for r in records["hs"]:
        if r["result"] in ("pending", "timeout"):
            r["result"], r["took"] = "pending", "-"
    return records


def other_capture():
    """A capture with addresses of its own."""
    c = Capture(os.environ["OTHER"])
    c.packets = [(t, pcapfile.moved(c.link, f), n) for t, f, n in c.packets]
    return c


def together(a, b):
    both = defaultdict(list)
    for records in (a, b):
        for kind in records:
            both[kind] += records[kind]
    return both


def moved_to(time, packets):
    """The packets, the first of them at about that time."""
    by = (time - packets[0][0]) // US * US
    return [(t + by, f, n) for t, f, n in packets]


def overlap(capture, _):
    other, diff = other_capture(), Difference()
    if capture.packets[0][0] < 100 * HOUR:
        capture.packets = moved_to(100 * HOUR, capture.packets)
    capture.write("a.pcap", capture.packets)
    other.write("o.pcap", other.packets)
    want = settle(together(run("a.pcap"), run("o.pcap")))
    end, begin = capture.packets[-1][0], capture.packets[0][0]
    for what, time in (("overlaps", (begin + end) // 2),
                       ("an hour before", begin - HOUR),
                       ("three days before", begin - 72 * HOUR)):
        other.write("o.pcap", moved_to(time, other.packets))
        for files in (("a.pcap", "o.pcap"), ("o.pcap", "a.pcap")):
            found = compare_all(want, settle(run(*files)), ("time",))
            if found:
                diff += [f"{what}, {files[0]} first"] + found
    return diff


PROPERTIES = {f.__name__: f
              for f in (double, router, mirror, rejected, split, stray, late,
                        overlap)}


def check(name, file, seed):
    """Does the property hold?"""
    where = f"{os.path.basename(file)}: {name}"
    try:
        capture = Capture(file)
        capture.name = os.path.abspath(file)
        if not capture.packets:
            raise Skipped("empty")
        differences = PROPERTIES[name](capture, random.Random(seed))
    except Skipped as why:
        print(f"{where}: skipped: {why}", file=sys.stderr)
        return True
    for line in differences:
        print(f"{where}: {line}")
    return not differences


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", type=int, default=random.randrange(10**6))
    parser.add_argument("property", choices=PROPERTIES)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    print(f"seed {args.s}", file=sys.stderr)
    files = [os.path.abspath(f) for f in args.files]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        right = [check(args.property, f, args.s) for f in files]
    sys.exit(not all(right))


if __name__ == "__main__":
    main()
