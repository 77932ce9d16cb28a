#!/usr/bin/env -S python3 -B
"""run.py [-jl] [-k link] [-n links] [-s seed] [-t secs] WANLINK PROGRAMS FOLDER

Draw links by a seed, make traffic over each, and hold what the programs in
PROGRAMS report of its capture against the link's log and against what the hosts
saw.  Print a table by classes of links, and exit 1 if it misses a target.

Everything about link K of seed S is in FOLDER/S-K: link.json is the link,
link.pcap its capture, link.tsv its log, client.tsv and server.tsv what the hosts
saw, records.tsv what the programs report, errors.txt what of it is wrong.
"""
import argparse
import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys

import judge
import links
import losses
from net import Net

AVAILABLE = "/proc/sys/net/ipv4/tcp_available_congestion_control"
# Percent of clean round trips within 2 ms, of recall and of precision.
TARGETS = {"within": 99, "recall": 98, "precision": 99.5}


def missing():
    """What links need and is not there, or None."""
    if os.geteuid() != 0:
        return "root"
    if not os.path.exists("/dev/net/tun"):
        return "/dev/net/tun"
    for tool in ("ip", "iptables", "ip6tables", "sysctl", "bash"):
        if shutil.which(tool) is None:
            return tool
    name = f"tr-{os.getpid()}-try"
    if subprocess.run(["ip", "netns", "add", name],
                      stderr=subprocess.DEVNULL).returncode != 0:
        return "network namespaces"
    subprocess.run(["ip", "netns", "del", name])
    return None


def draw(seed, number):
    link = links.draw(seed, number)
    with open(AVAILABLE) as f:
        if link.congestion not in f.read().split():
            print(f"link {number}: no {link.congestion} here: reno instead",
                  file=sys.stderr)
            link.congestion = "reno"
    return link


def make(link, options, folder):
    """Make traffic over a link.  The folder gets its capture and its log."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "link.json"), "w") as f:
        json.dump(dataclasses.asdict(link), f, indent=1)
    plan = {"seconds": options.seconds, "bulk": link.traffic["bulk"],
            "chats": link.traffic["chats"], "pace": 0.05,
            "http": link.only == ""}
    with Net(link, options.wanlink, folder) as net:
        net.use(plan)


def numbers(options):
    return [options.link] if options.link else range(1, options.links + 1)


def judge_all(options):
    """Make the links, unless -j, and judge each of them."""
    results = []
    for number in numbers(options):
        folder = os.path.join(options.folder, f"{options.seed}-{number}")
        if not options.judge:
            make(draw(options.seed, number), options, folder)
        elif not os.path.exists(os.path.join(folder, "link.json")):
            continue
        result = judge.judge(folder, os.path.abspath(options.programs))
        result["folder"] = folder
        results.append(result)
        with open(os.path.join(folder, "errors.txt"), "w") as f:
            f.writelines(e + "\n" for e in result["errors"])
        if sys.stderr.isatty():
            print(f"{len(results)} links", end="\r", file=sys.stderr)
    return results


# ---- the table

def add(totals, result):
    """Add the numbers of a result to totals."""
    for key, value in result.items():
        if isinstance(value, dict):
            add(totals.setdefault(key, {}), value)
        elif isinstance(value, list):
            old = totals.get(key, [0] * len(value))
            totals[key] = [a + b for a, b in zip(old, value)]
        else:
            totals[key] = totals.get(key, 0) + value


def total(results):
    totals = {}
    for r in results:
        add(totals, {k: r[k] for k in (
            "trips", "kinds", "hidden", "attempts", "resent", "exchanges",
            "invariants")})
    return totals


def percent(part, whole):
    """Rounded down, so that only all are 100."""
    return 100 if whole == 0 else part * 10000 // whole / 100


def cell(part, whole):
    return "-" if whole == 0 else f"{percent(part, whole):.2f}"


def share(part, whole):
    return "-" if whole == 0 else f"{part}/{whole}"


def all_kinds(totals):
    return [sum(k[i] for k in totals["kinds"].values()) for i in range(4)]


COLUMNS = ["class", "links", "clean", "within", "held", "below"] + [
    f"{kind}{what}" for kind in losses.KINDS for what in ("", "!")] + [
    "recall", "precision", "hidden", "verdicts", "SYNs", "HTTP", "rules"]
LEGEND = """\
clean: round trips without a reservation; within: % of them within 2 ms of the
truth; held: % whose host answered later than that; below: number below the truth.
lost, upstream, spurious, dup, late: events found/all; with ! reports right/all.
hidden: events that a capture cannot show.  verdicts, SYNs (sent again), HTTP:
right/all.  rules: invariants violated.  *: delays vary from packet to packet."""


def row(name, results):
    t = total(results)
    trips = t["trips"]
    cells = [name, len(results), trips["clean"],
             cell(trips["within"], trips["clean"]),
             cell(trips["held"], trips["clean"]), trips["below"]]
    for kind in losses.KINDS:
        facts, found, claims, right = t["kinds"][kind]
        cells += [share(found, facts), share(right, claims)]
    facts, found, claims, right = all_kinds(t)
    cells += [cell(found, facts), cell(right, claims),
              sum(t["hidden"].values())]
    cells += [share(*t[k]) for k in ("attempts", "resent", "exchanges")]
    return cells + [t["invariants"]]


def print_table(results):
    classes = {}
    for r in results:
        name = r["link"]["name"] + ("*" if r["link"]["jitter"] else "")
        classes.setdefault(name, []).append(r)
    rows = [COLUMNS] + [row(*c) for c in classes.items()]
    rows.append(row("all", results))
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(COLUMNS))]
    for r in rows:
        print("  ".join(str(c).rjust(w) if i else c.ljust(w) for i, (c, w) in
                        enumerate(zip(r, widths))).rstrip())
    print(LEGEND)


def print_worst(results):
    """The link with the most errors, and how to run it again."""
    worst = max(results, key=lambda r: len(r["errors"]))
    if worst["errors"]:
        link = worst["link"]
        print(f"worst: {link['name']}, {len(worst['errors'])} errors, in "
              f"{worst['folder']}/errors.txt: "
              f"make truth SEED={link['seed']} LINK={link['number']}")


def missed(results):
    """The targets that are missed, as text."""
    t = total(results)
    steady = total([r for r in results if not r["link"]["jitter"]])
    trips = steady.get("trips", {"within": 0, "clean": 0})
    facts, found, claims, right = all_kinds(t)
    got = {"within": percent(trips["within"], trips["clean"]),
           "recall": percent(found, facts),
           "precision": percent(right, claims)}
    for what, target in TARGETS.items():
        if got[what] < target:
            yield f"{what} is {got[what]} %, not {target} %"
    if t["trips"]["below"]:
        yield f"{t['trips']['below']} round trips are below the truth"
    for what, name in (("attempts", "verdicts"), ("resent", "counts of SYNs"),
                       ("exchanges", "HTTP exchanges")):
        if t[what][0] < t[what][1]:
            yield f"{t[what][1] - t[what][0]} {name} are wrong"
    if t["invariants"]:
        yield "invariants are violated"


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("-j", "--judge", action="store_true",
                   help="judge links of an earlier run, and make none")
    p.add_argument("-k", "--link", type=int, help="only this link")
    p.add_argument("-l", "--list", action="store_true",
                   help="print the links, and make none")
    p.add_argument("-n", "--links", type=int, default=60,
                   help="number of links (60)")
    p.add_argument("-s", "--seed", type=int, help="seed (random)",
                   default=random.randrange(1, 100000))
    p.add_argument("-t", "--seconds", type=float, default=5,
                   help="time of the traffic of a link (5)")
    p.add_argument("wanlink")
    p.add_argument("programs")
    p.add_argument("folder")
    return p.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"seed {options.seed}", flush=True)
    if options.list:
        for number in numbers(options):
            print(json.dumps(dataclasses.asdict(
                links.draw(options.seed, number))))
        return 0
    need = None if options.judge else missing()
    if need:
        print(f"truth is skipped: it needs {need}", file=sys.stderr)
        return 0
    results = judge_all(options)
    if not results:
        print("there are no links to judge", file=sys.stderr)
        return 1
    if options.link:
        print("\n".join(results[0]["errors"]))
    print_table(results)
    print_worst(results)
    misses = list(missed(results))
    for text in misses:
        print(f"missed: {text}")
    return bool(misses)


sys.exit(main())
