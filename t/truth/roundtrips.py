"""Clean round trips against the log of the link.

A sample belongs to an answer, and says when the packet passed that it answers.
The log has when the answer left its host, and what had arrived there by then:

below    the packet had not arrived yet: no network is that fast
within   it is the packet that the answer answers, or passed within 2 ms of it
outside  another packet: too long, or too short

So neither what waits in queues nor a slow host counts against a sample.  held
counts the samples of answers that left the host 2 ms or more after that packet
had arrived: delayed ACKs, applications, ACKs that were lost.
"""
from linklog import ACK, SYN
from records import flow, ns

NEAR_ENOUGH = 2_000_000
SAME = 5_000                    # two captures of one packet


def answered(answer, data):
    """The arrival that answer answers, of the packets of flow data: the last one
    that its ACK or its first SACK block (RFC 2018, 4) is about."""
    about = []
    if answer.sack:
        about.append(data.last_in(data.blocks(answer.sack)[0], answer.sent))
    if answer.flags & ACK:
        about.append(data.completer(data.rel(answer.ack)))
    about = [a for a in about if a is not None and a.time <= answer.sent]
    return max(about, key=lambda a: a.time, default=None)


def had_arrived(packet, stamp, by):
    """Had a part of the packet that passed at stamp arrived by then?"""
    return any(a.time <= by and a.stamp == stamp for a in packet.arrivals)


def judge(answer, stamp, log, by_timestamp):
    packet = log.by_stamp.get(stamp)
    data = log.flows[answer.flow].back
    if packet is None or packet.flow != answer.flow[2:] + answer.flow[:2]:
        return "outside", "no such packet was captured then"
    arrivals = [answered(answer, data)]
    if by_timestamp:            # a value may come with bytes that are not new
        arrivals.append(data.last_before(answer.sent))
    arrivals = [a for a in arrivals if a is not None]
    if not arrivals:
        return "below", "nothing had arrived when the answer was sent"
    best = min(arrivals, key=lambda a: abs(a.stamp - stamp))
    if best.stamp < stamp - SAME and not had_arrived(packet, stamp, answer.sent):
        return "below", "it had not arrived when the answer was sent"
    if abs(best.stamp - stamp) > NEAR_ENOUGH:
        return "outside", f"the packet of {best.stamp} was answered"
    held = answer.sent - best.time > NEAR_ENOUGH
    return "held" if held else "within", ""


def stamped_apart(answers, timed, trip):
    """Two packets that passed that long one after the other."""
    stamps = {s for p in timed for s in p.captured}
    for p in answers:
        for time in p.captured:
            if time - trip in stamps:
                return p, time - trip
    return None, None


def handshake_trips(records, log):
    """The times of hs records: what they are, the answer, the stamp of the
    packet that it answers."""
    for r in records["hs"]:
        data = log.flows[flow(r)]
        syns = [p for p in data.packets if p.flags & SYN]
        acks = [p for p in data.packets if not p.flags & SYN]
        synacks = [p for p in data.back.packets if p.flags & SYN]
        for column, answers, timed in (("rtt_server", synacks, syns),
                                       ("rtt_client", acks, synacks)):
            if (trip := ns(r[column])) is not None:
                yield f"{column} {r[column]} of {r['time']}", flow(r), \
                    *stamped_apart(answers, timed, trip), False


def clean_trips(records, log):
    """The same of rtt records that are clean."""
    for r in records["rtt"]:
        for column, doubtful in (("rtt_seq", "r"), ("rtt_ts", "amer")):
            trip = ns(r[column])
            if trip is None or set(r["note"]) & set(doubtful):
                continue
            time = ns(r["time"])
            yield f"{column} {r[column]} of {r['time']} note {r['note']}", \
                flow(r), log.by_stamp.get(time), time - trip, \
                column == "rtt_ts"


def check(records, log, report):
    """Count the clean round trips by what they are.  report(text) gets each
    that is wrong."""
    counts = {"clean": 0, "below": 0, "within": 0, "held": 0, "outside": 0}
    for check in (clean_trips, handshake_trips):
        for what, ends, answer, stamp, by_timestamp in check(records, log):
            verdict, why = "outside", "no such packets were captured"
            if answer is not None:
                verdict, why = judge(answer, stamp, log, by_timestamp)
            counts["clean"] += 1
            counts[verdict] += 1
            if why:
                report(f"{verdict}: {what} {' '.join(ends)}: timed the packet "
                       f"of {stamp}: {why}")
    counts["within"] += counts["held"]
    return counts
