"""The records that the programs write of a capture."""
from collections import defaultdict


def ns(text):
    """Seconds with up to nine digits after the point as ns; None for -."""
    if text == "-":
        return None
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int((part + "0" * 9)[:9])


def read(path, kinds):
    """The records of these kinds, lists of dicts by kind."""
    records, headers = defaultdict(list), {}
    with open(path, errors="replace") as f:
        for line in f:
            kind, _, rest = line.rstrip("\n").partition("\t")
            if kind[:1] == "#" and kind[1:] in kinds:
                headers[kind[1:]] = rest.split("\t")
            elif kind in kinds:
                records[kind].append(dict(zip(headers[kind],
                                              rest.split("\t"))))
    return records


def flow(r):
    return r["src"], r["sport"], r["dst"], r["dport"]
