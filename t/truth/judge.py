#!/usr/bin/env -S python3 -B
"""judge.py FOLDER PROGRAMS: hold the programs against a link of run.py.

FOLDER has the capture and the log of a link, and what its hosts saw.  Prints
each error, and what was right in numbers.
"""
import json
import os
import subprocess
import sys

import losses
import records
import roundtrips
import verdicts
from linklog import LinkLog

PIPELINE = ("tcpdecode -d all link.pcap | rttmatch -p | flowtrack -e -p |"
            " hsclass -p | httpreq -p >records.tsv")
INVARIANTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                          "invariants.py")


def run(folder, programs, report):
    """Run the programs over the capture of a link."""
    env = dict(os.environ, PATH=programs + ":" + os.environ["PATH"],
               LC_ALL="C", TZ="UTC")
    p = subprocess.run(["bash", "-o", "pipefail", "-c", PIPELINE], env=env,
                       cwd=folder, capture_output=True, text=True)
    if p.returncode != 0 or p.stderr:
        report(f"programs failed: status {p.returncode}: {p.stderr}")


def check_invariants(folder, report):
    with open(os.path.join(folder, "records.tsv")) as f:
        p = subprocess.run([sys.executable, INVARIANTS, "invariant"], stdin=f,
                           capture_output=True, text=True)
    for line in (p.stdout + p.stderr).splitlines():
        report(line)
    return p.returncode


def judge(folder, programs):
    """What was right, as numbers, and the errors, as lines."""
    errors = []
    with open(os.path.join(folder, "link.json")) as f:
        link = json.load(f)
    run(folder, programs, errors.append)
    path = {n: os.path.join(folder, n + ".tsv")
            for n in ("link", "records", "client", "server")}
    got = records.read(path["records"], ("rtt", "loss", "hs", "req", "http"))
    log = LinkLog(path["link"], link["only"], link["snaplen"])
    client = verdicts.lines(path["client"])
    server = verdicts.lines(path["server"])
    kinds, hidden = losses.check(got, log, errors.append)
    attempts, resent = verdicts.check_attempts(got, log, client,
                                               errors.append)
    exchanges = [0, 0]
    if link["only"] == "" and link["snaplen"] == 0:
        exchanges = verdicts.check_http(got, client, server, errors.append)
    return {
        "link": link, "errors": errors,
        "trips": roundtrips.check(got, log, errors.append),
        "kinds": kinds, "hidden": dict(hidden), "attempts": attempts,
        "resent": resent, "exchanges": exchanges,
        "invariants": check_invariants(folder, errors.append),
    }


if __name__ == "__main__":
    result = judge(sys.argv[1], sys.argv[2])
    for error in result.pop("errors"):
        print(error)
    del result["link"]
    print(json.dumps(result, indent=1))
