"""Links drawn by a seed: the same seed draws the same links.

A link has a class, which is what it is about; everything else about it is drawn
from all that networks and hosts do.
"""
import random
from dataclasses import dataclass, field

PACKET = 1448                       # bytes of payload in a full segment
SECONDS = 2.5                       # that bulk flows take at full rate


@dataclass
class Link:
    seed: int
    number: int
    name: str                       # its class
    near: dict = field(default_factory=dict)    # settings of wanlink
    far: dict = field(default_factory=dict)
    arguments: list = field(default_factory=list)
    sysctl: dict = field(default_factory=dict)  # net.ipv4.tcp_*, of both hosts
    congestion: str = "cubic"
    jitter: bool = False
    only: str = ""                  # the host whose packets are captured
    snaplen: int = 0
    traffic: dict = field(default_factory=dict)

    def delay(self):
        """One way, from host to host, in s."""
        return (self.near["delay"] + self.far["delay"]) / 1e3


def log_uniform(r, low, high):
    return low * (high / low) ** r.random()


def lossy(r, half):
    """A half loses up to 8 %, sometimes several packets in a row."""
    half["loss"] = log_uniform(r, 0.002, 0.08)
    if r.random() < 0.3:
        half["burst"] = r.uniform(0.1, 0.5)


def late(r, half):
    half["late"] = log_uniform(r, 0.003, 0.03)
    half["late-ms"] = log_uniform(r, 4, 40)


def copying(r, half):
    half["dup"] = log_uniform(r, 0.003, 0.03)
    half["dup-ms"] = r.choice([0, 0, log_uniform(r, 0.01, 20)])


def on_some(r, link, impair):
    """On the near half, the far half or both."""
    for half in r.choice([[link.near], [link.far], [link.near, link.far]]):
        impair(r, half)


def clean(r, link):
    pass


def loss_near(r, link):
    lossy(r, link.near)


def loss_far(r, link):
    lossy(r, link.far)


def loss_both(r, link):
    lossy(r, link.near)
    lossy(r, link.far)


def queue(r, link):
    """The queue before the narrow part of the path is too short."""
    half = link.near if "rate" in link.near else link.far
    half["rate"] = log_uniform(r, 1, 50)
    product = half["rate"] * 1e6 / 8 * 2 * link.delay()
    half["queue"] = max(12 * 1500, int(product * r.uniform(0.2, 1)))


def reorder(r, link):
    on_some(r, link, late)


def copies(r, link):
    on_some(r, link, copying)


def jitter(r, link):
    link.jitter = True
    for half in (link.near, link.far):
        half["jitter"] = log_uniform(r, 0.5, 10)
        if r.random() < 0.5:
            half["ordered"] = 1
    if r.random() < 0.5:
        on_some(r, link, lossy)


def mixed(r, link):
    on_some(r, link, lossy)
    on_some(r, link, late)
    on_some(r, link, copying)


def without(name):
    def change(r, link):
        link.sysctl[name] = 0
        on_some(r, link, lossy)
        if r.random() < 0.3:
            on_some(r, link, r.choice([late, copying]))
    return change


def ecn(r, link):
    """A queue that marks packets, and both hosts use ECN."""
    link.sysctl["ecn"] = 1
    half = link.near if "rate" in link.near else link.far
    half["rate"] = log_uniform(r, 1, 50)
    half["mark"] = 6 * 1500
    on_some(r, link, lossy)


def bbr(r, link):
    link.congestion = "bbr"
    on_some(r, link, lossy)


def delayed_acks(r, link):
    """Small messages, whose ACKs wait."""
    link.traffic["chats"] = 4
    on_some(r, link, lossy)


def at_host(r, link):
    """Captured at A's device, where it hands over super-segments."""
    link.near = {"delay": 0}
    link.far.setdefault("rate", log_uniform(r, 1, 400))
    link.arguments.append("-g")
    if r.random() < 0.7:
        lossy(r, link.far)


def snap64(r, link):
    link.snaplen = 64
    on_some(r, link, lossy)


def one_sided(r, link):
    link.only = r.choice("AB")
    on_some(r, link, lossy)


CLASSES = {
    "clean": clean, "loss-near": loss_near, "loss-far": loss_far,
    "loss-both": loss_both, "queue": queue, "reorder": reorder,
    "copies": copies, "jitter": jitter, "mixed": mixed,
    "no-sack": without("sack"), "no-ts": without("timestamps"),
    "no-scaling": without("window_scaling"), "ecn": ecn, "bbr": bbr,
    "delayed-acks": delayed_acks, "at-host": at_host, "snap-64": snap64,
    "one-sided": one_sided,
}


def draw_hosts(r, link):
    """What the hosts' TCP does.  A class may change it."""
    link.sysctl = {"sack": 1, "timestamps": 1, "window_scaling": 1, "ecn": 2}
    for name in ("sack", "timestamps", "window_scaling"):
        if r.random() < 0.08:
            link.sysctl[name] = 0
    if r.random() < 0.2:
        link.congestion = "bbr"
    if r.random() < 0.15:
        link.sysctl["ecn"] = 1


def draw_path(r, link):
    """Round trips of 0.2 to 300 ms, the capture point anywhere on the path,
    and a narrow part before or after it."""
    delay, share = log_uniform(r, 0.1, 150), r.uniform(0.05, 0.95)
    link.near["delay"] = delay * share
    link.far["delay"] = delay * (1 - share)
    r.choice([link.near, link.far])["rate"] = log_uniform(r, 1, 400)


def draw_traffic(r, link):
    """Bulk flows of at most 1000 packets, as many as the link can carry."""
    ways = r.choices(["up", "down", "both"], k=r.randint(2, 4))
    rate = min(h.get("rate", 1000) for h in (link.near, link.far))
    most = rate * 1e6 / 8 * SECONDS / len(ways)
    link.traffic.setdefault("chats", 1)
    link.traffic["bulk"] = [
        [way, r.choice([4, 6]),
         int(min(most, r.randint(200, 1000) * PACKET))] for way in ways]


def draw(seed, number):
    r = random.Random(f"{seed} {number}")
    name = list(CLASSES)[(number - 1) % len(CLASSES)]
    link = Link(seed, number, name)
    draw_hosts(r, link)
    draw_path(r, link)
    CLASSES[name](r, link)
    draw_traffic(r, link)
    if link.snaplen:
        link.arguments += ["-S", str(link.snaplen)]
    else:
        link.arguments += ["-S", "120", "-P", "80"]
    if link.only:
        link.arguments += ["-o", link.only]
    return link
