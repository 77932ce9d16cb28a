"""Verdicts of handshakes and HTTP exchanges against what client and server saw.
"""
from collections import defaultdict

from linklog import ACK, SYN
from records import flow

# What the result of an attempt can be, by port and by what the client saw.
RESULTS = {
    ("80", "success"): {"success"},
    ("81", "ECONNREFUSED"): {"reject"},
    ("83", "EACCES"): {"unreach"},
    ("83", "EHOSTUNREACH"): {"unreach"},
    ("84", "ECONNREFUSED"): {"unreach"},
}
UNDECIDED = {"timeout", "pending"}
# Why a connection ended, by what it was used for.
CLOSES = {"client-close": "client-close", "server-close": "server-close",
          "http10": "http10", "until-close": "until-close",
          "server-rst": "rst-in-response"}


def lines(path):
    with open(path) as f:
        return [line.rstrip("\n").split("\t") for line in f]


def repeated(packets, flags):
    """How often a SYN or SYN/ACK was sent again, as captured: at least, at most.
    One that is sent soon after another, for a copy of a SYN or for a second SYN,
    looks like a copy itself if its timestamp does not differ."""
    sent = [p for p in packets if p.flags & (SYN | ACK) == flags and
            p.captured]
    clear = [b for a, b in zip(sent, sent[1:])
             if b.sent - a.sent > 200_000_000 or b.tsval != a.tsval]
    return len(clear), max(0, len(sent) - 1)


def attempt_results(seen, data, log):
    """What may be reported of an attempt.  None: nothing at all."""
    captured = [p for p in data.packets + data.back.packets if p.captured]
    if not any(p.flags & SYN for p in captured):
        return None
    if seen[6] == "unfinished":
        # The client gave up: what comes after that is answered by a RST.
        answered = any(p.flags & SYN for p in data.back.packets)
        return UNDECIDED | ({"abort"} if answered else set())
    result = RESULTS[seen[4], seen[6]]
    if ":" in seen[1] and log.snaplen < 120 and result == {"unreach"}:
        return UNDECIDED        # the SYN that the error quotes was cut off
    if log.only == "":
        return result
    if log.only == "A" and seen[6] != "success":
        return UNDECIDED        # whatever came was not captured
    if log.only == "B" and seen[6] != "success":
        return result | UNDECIDED
    return {"success"} if log.only == "A" else {"success"} | UNDECIDED


def check_attempts(records, log, client, report):
    """Attempts [right, all]; repetitions of SYN and SYN/ACK likewise."""
    reported = defaultdict(list)
    for r in records["hs"]:
        reported[flow(r)].append(r)
    counts, resent = [0, 0], [0, 0]
    for seen in client:
        if seen[0] != "attempt":
            continue
        key = tuple(seen[1:5])
        data = log.flows[key]
        got = reported[key]
        want = attempt_results([None, *key, seen[0], seen[5]], data, log)
        if want is None or data.reused:
            continue
        counts[1] += 1
        if len(got) == 1 and got[0]["result"] in want:
            counts[0] += 1
        else:
            report(f"attempt wrong: {' '.join(key)}: client saw {seen[5]}, "
                   f"reported {[(r['result'], r['why']) for r in got]}")
            continue
        syns = repeated(data.packets, SYN)
        synacks = repeated(data.back.packets, SYN | ACK)
        resent[1] += 1
        if syns[0] <= int(got[0]["syns"]) <= syns[1] and \
                synacks[0] <= int(got[0]["synacks"]) <= synacks[1]:
            resent[0] += 1
        else:
            report(f"syns wrong: {' '.join(key)}: sent again {syns} "
                   f"{synacks}, reported {got[0]['syns']} "
                   f"{got[0]['synacks']}")
    return counts, resent


def exchanges_of(records):
    """Requests in their order by connection."""
    requests = defaultdict(list)
    for r in records["req"]:
        requests[flow(r)].append((r["method"], r["path"], r["status"]))
    return requests


def check_connection(key, kind, served, got, http, report):
    """Of a connection that both sides completed: exchanges [right, all]."""
    counts = [0, len(served)]
    for i, want in enumerate(served):
        if i < len(got) and got[i] == want:
            counts[0] += 1
        else:
            report(f"exchange wrong: {' '.join(key)} {kind} {i + 1}: was "
                   f"{want}, reported {got[i] if i < len(got) else None}")
    if len(got) > len(served):
        counts[1] += len(got) - len(served)
        report(f"exchanges invented: {' '.join(key)} {kind}: "
               f"{got[len(served):]}")
    close = CLOSES.get(kind, "client-fin")
    counts[1] += 1
    if [(r["reqs"], r["close"]) for r in http] == [(str(len(served)), close)]:
        counts[0] += 1
    else:
        report(f"connection wrong: {' '.join(key)} {kind}: {len(served)} "
               f"requests, {close}; reported "
               f"{[(r['reqs'], r['close'], r['by'], r['note']) for r in http]}")
    return counts


def check_http(records, client, server, report):
    """Exchanges, and the ends of connections, [right, all]."""
    served, counts = defaultdict(list), [0, 0]
    for seen in server:
        served[tuple(seen[1:3])].append(tuple(seen[4:7]))
    got, http = exchanges_of(records), defaultdict(list)
    for r in records["http"]:
        http[flow(r)].append(r)
    for seen in client:
        if seen[0] != "asked" or seen[6] != "complete":
            continue
        key = tuple(seen[1:5])
        n = check_connection(key, seen[5], served[key[:2]], got[key],
                             http[key], report)
        counts = [counts[0] + n[0], counts[1] + n[1]]
    return counts
