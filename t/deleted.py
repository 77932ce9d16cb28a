#!/usr/bin/env python3
"""deleted.py RECORDS: delete each 'pkt' record in turn; httpreq must lose at most
the exchanges whose bytes it had, and the one after them.  Prints each other
exchange that is lost, and how many records were deleted; status 1 if there is
such an exchange."""
import collections
import subprocess
import sys


def run(lines):
    out = subprocess.run(["httpreq"], input="".join(lines), text=True,
                         stdout=subprocess.PIPE, check=True).stdout
    names, reqs = [], []
    for line in out.splitlines():
        f = line.split("\t")
        if f[0] == "#req":
            names = f
        elif f[0] == "req":
            reqs.append(dict(zip(names, f)))
    return reqs


def ends(r):
    return r["src"], r["sport"], r["dst"], r["dport"]


# Each exchange's bytes of the client's stream and of the server's.
def places(reqs):
    at, all = collections.defaultdict(lambda: [0, 0]), []
    for r in reqs:
        begin = list(at[ends(r)])
        at[ends(r)][0] += int(r["reqbytes"])
        at[ends(r)][1] += int(r["respbytes"])
        all.append((begin, list(at[ends(r)])))
    return all


def may_lose(reqs, where, key, side, begin, end):
    held = [i for i, r in enumerate(reqs) if ends(r) == key and
            where[i][0][side] < end and where[i][1][side] > begin]
    after = [i for i, r in enumerate(reqs) if ends(r) == key and
             (held and i > held[-1])]
    return set(held + after[:1])


def what(r):
    return tuple(r[n] for n in ("src", "sport", "dst", "dport", "method",
                                "path", "status"))


lines = open(sys.argv[1]).readlines()
names = next(l for l in lines if l.startswith("#pkt")).rstrip("\n").split("\t")
reqs = run(lines)
where = places(reqs)
clients = {ends(r) for r in reqs}
isn, bad, deleted = {}, 0, 0
for number, line in enumerate(lines):
    if not line.startswith("pkt\t"):
        continue
    p = dict(zip(names, line.rstrip("\n").split("\t")))
    key = ends(p)
    seq = int(p["seq"]) + ("S" in p["flags"])
    first = isn.setdefault(key, seq)
    begin = (seq - first) % 2**32
    back = key[2:] + key[:2]
    side, conn = (0, key) if key in clients else (1, back)
    allowed = may_lose(reqs, where, conn, side, begin, begin + int(p["len"]))
    left = collections.Counter(map(what, run(lines[:number] +
                                             lines[number + 1:])))
    deleted += 1
    for i, r in enumerate(reqs):
        if left[what(r)] > 0:
            left[what(r)] -= 1
        elif i not in allowed:
            bad += 1
            print("packet %d at %s: lost" % (deleted, p["time"]), what(r))
print(deleted)
sys.exit(bad > 0)
