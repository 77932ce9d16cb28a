#!/usr/bin/env python3
"""A name server for t/resolve.bats, on 127.0.0.1 by UDP and TCP.

    nameserver.py LOG [OPTION ...]

prints its port.  LOG gets a line for each query: the address, the number of
queries unanswered then, including that one, and "udp" or "tcp".  The answer
depends on the last byte of an address (the last 16 bits for IPv6):

      1..199  host-N.example
    200       NXDOMAIN            201  NODATA: the name has no PTR record
    202       REFUSED             203  SERVFAIL
    204       no answer           205  forged and malformed answers, then the
                                       right one
    206       truncated over UDP: retry over TCP
    207       a CNAME to the PTR record, as in RFC 2317
    208       several names       209  a name with control characters
    210       253 bytes           211  a name that is too long, over TCP
    212       the root            213  a name that looks like an address
    214       answers only every other query
    215       truncated over UDP, and TCP is reset

Options change that:

    delay SECS  answer after SECS seconds    silent     never answer
    hold N      answer none before N queries are unanswered
    ttl SECS    the TTL of answers
    until FILE  answer none before FILE exists
    wake FILE   drop queries until FILE exists
"""
import os
import selectors
import socket
import struct
import sys
import time

PTR, CNAME, SOA, IN = 12, 5, 6, 1
settings = {"delay": 0.0, "hold": 0, "ttl": 3600}
flags = set()


def labels(name):
    parts = name if isinstance(name, list) else name.split(".")
    parts = [p if isinstance(p, bytes) else p.encode() for p in parts]
    return b"".join(bytes([len(p)]) + p for p in parts if p) + b"\0"


def record(owner, kind, data, ttl=None):
    ttl = settings["ttl"] if ttl is None else ttl
    return owner + struct.pack("!HHIH", kind, IN, int(ttl), len(data)) + data


def read_question(message):
    """Return the labels of the question section, and where it ends."""
    at, parts = 12, []
    while message[at]:
        n = message[at]
        parts.append(message[at + 1:at + 1 + n].decode())
        at += 1 + n
    return parts, at + 5


def address_of(parts):
    """Return the address that a reverse name stands for, and its number."""
    if parts[-2] == "in-addr":
        return ".".join(parts[3::-1]), int(parts[0])
    digits = "".join(parts[31::-1])
    raw = bytes.fromhex(digits)
    return (socket.inet_ntop(socket.AF_INET6, raw),
            int.from_bytes(raw[-2:], "big"))


def reply(message, end, answers=(), rcode=0, extra=b"", truncated=False,
          ident=None, authority=()):
    ident = message[:2] if ident is None else ident
    bits = 0x8180 | rcode | (0x0200 if truncated else 0)
    return (ident + struct.pack("!HHHHH", bits, 1, len(answers),
            len(authority), 0) + message[12:end] + b"".join(answers) +
            b"".join(authority) + extra)


def overlong(message, end):
    """Labels with compression pointers: a name of about 2000 bytes."""
    owner = b"\xc0\x0c"
    start = end + 12
    blocks = b""
    for i in range(8):
        label = b"\x3f" + b"x" * 63
        block = label * 4
        at = start + len(blocks) + len(block)
        blocks += block
        blocks += struct.pack("!H", 0xc000 | (at + 2)) if i < 7 else b"\0"
    return reply(message, end, [record(owner, PTR, blocks)])


def answers_to(message, tcp, seen):
    """Return the messages to send for a query, in order."""
    parts, end = read_question(message)
    address, number = address_of(parts)
    owner = b"\xc0\x0c"
    soa = record(b"\0", SOA, labels("ns.example") + labels("x.example") +
                 struct.pack("!IIIII", 1, 2, 3, 4, settings["ttl"]))

    def name(text):
        return reply(message, end, [record(owner, PTR, labels(text))])

    if number == 200:
        return [reply(message, end, rcode=3, authority=[soa])]
    if number == 201:
        return [reply(message, end, authority=[soa])]
    if number in (202, 203):
        return [reply(message, end, rcode=5 if number == 202 else 2)]
    if number == 204:
        return []
    if number == 205:
        other = labels("1.0.0.10.in-addr.arpa") + struct.pack("!HH", PTR, IN)
        return [reply(message, end, [record(owner, PTR, labels("forged"))],
                      ident=bytes([message[0] ^ 1, message[1]])),
                message[:12] + other,
                b"\0", os.urandom(40), message[:2] + b"\xff" * 60,
                message[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) +
                other + record(owner, PTR, labels("forged")),
                name("true-205.example")]
    if number in (206, 215) and not tcp:
        return [reply(message, end, truncated=True)]
    if number == 215:
        return [None]
    if number == 207:
        alias = labels(["207", "192-27"] + parts[1:])
        return [reply(message, end, [record(owner, CNAME, alias),
                      record(alias, PTR, labels("cname-207.example"))])]
    if number == 208:
        names = ["c-208.example", "a-208.example", "b-208.example"]
        turn = seen % 3
        return [reply(message, end, [record(owner, PTR, labels(n))
                for n in names[turn:] + names[:turn]])]
    if number == 209:
        return [name([b"tab\there\nline\\\x1b[31m", "example"])]
    if number == 210:
        return [name(["a" * 63, "b" * 63, "c" * 63, "d" * 61])]
    if number == 211:
        return [overlong(message, end) if tcp else
                reply(message, end, truncated=True)]
    if number == 212:
        return [name("")]
    if number == 213:
        return [name("192.0.2.1")]
    if number == 214 and seen % 2 == 0:
        return []
    return [name(f"host-{number}.example")]


class Server:
    def __init__(self, log):
        self.log = open(log, "w", buffering=1)
        self.selector = selectors.DefaultSelector()
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.selector.register(self.udp, selectors.EVENT_READ, self.on_udp)
        self.selector.register(self.tcp, selectors.EVENT_READ, self.on_tcp)
        self.waiting = []       # (when, address, send, messages)
        self.seen = {}

    def is_silent(self):
        return "silent" in flags or ("wake" in settings and
                                     not os.path.exists(settings["wake"]))

    def receive(self, message, send, tcp):
        address = address_of(read_question(message)[0])[0]
        seen = self.seen.get(address, 0)
        self.seen[address] = seen + 1
        if not any(w[1] == address for w in self.waiting):
            self.waiting.append((time.monotonic() + settings["delay"],
                                 address, send,
                                 answers_to(message, tcp, seen)))
        print(address, len(self.waiting), "tcp" if tcp else "udp",
              file=self.log)
        if self.is_silent():
            self.waiting.clear()
        self.flush()

    def is_held(self):
        return len(self.waiting) < settings["hold"] or (
            "until" in settings and not os.path.exists(settings["until"]))

    def flush(self):
        """Send the answers that are due."""
        if self.is_held():
            return
        settings["hold"] = 0
        now = time.monotonic()
        due = [w for w in self.waiting if w[0] <= now]
        self.waiting = [w for w in self.waiting if w[0] > now]
        for _, _, send, messages in due:
            for m in messages:
                send(m)

    def on_udp(self):
        message, peer = self.udp.recvfrom(4096)
        self.receive(message, lambda m: self.udp.sendto(m, peer), False)

    def on_tcp(self):
        connection, _ = self.tcp.accept()
        rest = b""

        def send(m):
            try:
                if m is None:   # RST rather than FIN
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
                    hang_up()
                else:
                    connection.sendall(struct.pack("!H", len(m)) + m)
            except OSError:
                pass

        def hang_up():
            if connection.fileno() >= 0:
                self.selector.unregister(connection)
                connection.close()

        def on_bytes():
            nonlocal rest
            try:
                got = connection.recv(4096)
            except OSError:
                got = b""
            rest += got
            while len(rest) > 2 and len(rest) >= 2 + rest[0] * 256 + rest[1]:
                n = 2 + rest[0] * 256 + rest[1]
                self.receive(rest[2:n], send, True)
                rest = rest[n:]
            if not got:
                hang_up()

        self.selector.register(connection, selectors.EVENT_READ, on_bytes)

    def run(self):
        while True:
            wait = None
            if self.waiting and "until" in settings:
                wait = 0.02
            elif self.waiting and not settings["hold"]:
                wait = max(0, min(w[0] for w in self.waiting) -
                           time.monotonic())
            for key, _ in self.selector.select(wait):
                key.data()
            self.flush()


def main():
    args = sys.argv[2:]
    while args:
        word = args.pop(0)
        if word == "silent":
            flags.add(word)
        elif word in ("until", "wake"):
            settings[word] = args.pop(0)
        else:
            settings[word] = float(args.pop(0))
    settings["hold"] = int(settings["hold"])
    settings["ttl"] = int(settings["ttl"])
    server = Server(sys.argv[1])
    print(server.port, flush=True)
    server.run()


main()
