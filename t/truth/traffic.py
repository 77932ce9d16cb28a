#!/usr/bin/env -S python3 -B
"""Traffic between two hosts, with a record of what each of them saw.

traffic.py serve LOG ADDR4 ADDR6        answer HTTP, bulk flows and chats
traffic.py use LOG PLAN ADDR4 ADDR6     make connections of every kind

LOG gets a line for each connection attempt and each HTTP request, fields
separated by tabs.  PLAN is JSON: {"seconds": the time that all may take,
"bulk": [[way, family, bytes]...], "chats": number, "pace": seconds}.
"""
import errno
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import threading
import time

HTTP, BULK, CHAT = 80, 5001, 5002
# Ports of connection attempts: 80 is open, 81 closed, 82 drops, 83 is
# administratively prohibited, 84 is port unreachable.
ATTEMPTS = (80,) * 14 + (81,) * 4 + (82, 83, 83, 84, 84)
lock = threading.Lock()
log = None


def write(*fields):
    with lock:
        log.write("\t".join(str(f) for f in fields) + "\n")


def start(function, *args):
    t = threading.Thread(target=function, args=args, daemon=True)
    t.start()
    return t


class Reader:
    """Lines and bodies of a stream."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def exactly(self, n):
        while len(self.buffer) < n:
            self.more()
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def rest(self):
        try:
            while True:
                self.more()
        except EOFError:
            self.buffer = b""

    def head(self):
        """The first line, split, and the fields of a message."""
        first, *lines = self.until(b"\r\n\r\n").split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in lines)
        return first.split(b" ", 2), fields

    def body(self, fields):
        if b"content-length" in fields:
            self.exactly(int(fields[b"content-length"]))
        elif fields.get(b"transfer-encoding") == b"chunked":
            while (n := int(self.until(b"\r\n"), 16)) > 0:
                self.exactly(n + 2)
            self.until(b"\r\n")
        else:
            return False
        return True


# ---- HTTP, server

def respond(c, method, path, close):
    """Answer a request by its path.  Returns the status, and whether the
    connection ends."""
    size = int(path.split(b"=")[1]) if b"=" in path else 100
    if path.startswith(b"/slow"):
        time.sleep(0.25)
    if path.startswith(b"/rst"):
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
        return "-", True
    if path.startswith(b"/204"):
        c.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        return "204", close
    if path.startswith(b"/304"):
        c.sendall(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n")
        return "304", close
    if path.startswith(b"/chunk"):
        c.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"5\r\nhello\r\n")
        time.sleep(0.05)
        c.sendall(b"6\r\n world\r\n0\r\n\r\n")
        return "200", close
    if path.startswith(b"/untilclose"):
        c.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"u" * 5000)
        return "200", True
    close = close or path.startswith(b"/svrclose")
    c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (
        size, b"Connection: close\r\n" if close else b"",
        b"" if method == b"HEAD" else b"x" * size))
    return "200", close


def serve_http(c, peer):
    reader, n, close = Reader(c), 0, False
    while not close:
        (method, path, version), fields = reader.head()
        if b"expect" in fields:
            c.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        reader.body(fields)
        n += 1
        close = fields.get(b"connection") == b"close" or \
            version == b"HTTP/1.0"
        status, close = respond(c, method, path, close)
        write("served", peer[0], peer[1], n, method.decode(), path.decode(),
              status)


# ---- bulk flows and chats, both ends

def send_bulk(c, size, end):
    """Send that many bytes, as fast as it goes, up to a time."""
    c.setsockopt(socket.IPPROTO_TCP, 25, 32768)     # TCP_NOTSENT_LOWAT
    block = b"b" * 16384
    while size > 0 and time.monotonic() < end:
        size -= c.send(block[:size])
    c.shutdown(socket.SHUT_WR)


def take_bulk(c):
    try:
        while c.recv(1 << 18):
            pass
    except OSError:
        pass


def bulk(c, way, size, seconds, sends):
    end = time.monotonic() + seconds
    other = start(take_bulk, c)
    if way == "both" or sends:
        send_bulk(c, size, end)
    else:
        c.shutdown(socket.SHUT_WR)
    other.join(seconds + 2)


def serve_bulk(c, peer):
    way, size, seconds = Reader(c).until(b"\n").decode().split()
    bulk(c, way, int(size), float(seconds), way == "down")


def serve_chat(c, peer):
    """Messages that begin with a question mark are answered."""
    reader = Reader(c)
    while True:
        if reader.until(b"\n").startswith(b"?"):
            c.sendall(b"answer\n")


def serve(addrs):
    def one(handler, c, peer):
        try:
            handler(c, peer)
        except (OSError, EOFError, ValueError):
            pass
        finally:
            c.close()

    def accept(s, handler):
        while True:
            c, peer = s.accept()
            start(one, handler, c, peer)

    for addr in addrs:
        for port, handler in ((HTTP, serve_http), (BULK, serve_bulk),
                              (CHAT, serve_chat)):
            family = socket.AF_INET6 if ":" in addr else socket.AF_INET
            s = socket.create_server((addr, port), family=family, backlog=512)
            start(accept, s, handler)
    print("ready", flush=True)
    threading.Event().wait()


# ---- connection attempts

def begin_attempt(addr, port):
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    s.setblocking(False)
    s.connect_ex((addr, port))
    return s


def report_attempt(s, me, to, result):
    write("attempt", me[0], me[1], to[0], to[1], result)
    s.close()


def attempt(addrs, end):
    """Make attempts to all ports, and report how each ended."""
    plan = [(a, p) for a in addrs for p in ATTEMPTS]
    random.Random(1).shuffle(plan)
    live = {}
    while plan or live:
        if plan:
            to = plan.pop()
            s = begin_attempt(*to)
            live[s] = s.getsockname()[:2], to
        _, ready, failed = select.select([], list(live), list(live), 0.02)
        for s in set(ready) | set(failed):
            e = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            report_attempt(s, *live.pop(s), errno.errorcode.get(e, "success"))
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    for s, (me, to) in live.items():
        report_attempt(s, me, to, "unfinished")


# ---- HTTP, client

def request(method, path, extra="", version="1.1", body=""):
    return (f"{method} {path} HTTP/{version}\r\nHost: test.example\r\n"
            f"{extra}\r\n{body}").encode()


def get(path, **options):
    return request("GET", path, **options)


TRICK = "GET /fake HTTP/1.1\r\nHost: not.real\r\n\r\n  "
# Steps: what is sent, in parts, and the number of responses waited for.
KINDS = {
    "keepalive": [([get(p)], 1)
                  for p in ("/a", "/b?n=3000", "/c", "/slow", "/d")],
    "one": [([get("/only")], 1)],
    "pipelined": [([get("/p1") + get("/p2") + get("/p3")], 3)],
    "split": [([get("/s")[:9], get("/s")[9:30], get("/s")[30:]], 1),
              ([get("/after")], 1)],
    "client-close": [([get("/x")], 1),
                     ([get("/y", extra="Connection: close\r\n")], 1)],
    "server-close": [([get("/x")], 1), ([get("/svrclose")], 1)],
    "http10": [([get("/old", version="1.0")], 1)],
    "bodiless": [([request("HEAD", "/h?n=700")], 1), ([get("/204")], 1),
                 ([get("/304")], 1), ([get("/z")], 1)],
    "chunked": [([get("/chunk")], 1),
                ([request("POST", "/up",
                          extra="Transfer-Encoding: chunked\r\n",
                          body="3\r\nabc\r\n0\r\n\r\n")], 1)],
    "continue": [([request("POST", "/in", extra="Content-Length: 11\r\n"
                           "Expect: 100-continue\r\n", body="hello world")],
                  1), ([get("/n")], 1)],
    "trick": [([request("POST", "/trick", body=TRICK,
                        extra=f"Content-Length: {len(TRICK)}\r\n")], 1),
              ([get("/real")], 1)],
    "until-close": [([get("/untilclose")], 1)],
    "server-rst": [([get("/a")], 1), ([get("/rst")], 0)],
    "big": [([get("/big?n=60000")], 1), ([get("/big?n=20000")], 1)],
    "methods": [([request("PURGE", "/cache")], 1),
                ([request("PROPFIND", "/dav")], 1)],
}


def read_response(reader, method):
    (_, status, _), fields = reader.head()
    if status == b"100":
        return read_response(reader, method)
    if method != b"HEAD" and status not in (b"204", b"304") and \
            not reader.body(fields):
        reader.rest()
    return status.decode()


def converse(c, steps, statuses):
    """Go through the steps.  The statuses that came are added."""
    reader = Reader(c)
    for parts, responses in steps:
        for i, part in enumerate(parts):
            if i > 0:
                time.sleep(0.03)
            c.sendall(part)
        for _ in range(responses):
            statuses.append(read_response(reader, parts[0].split(b" ")[0]))
        if responses == 0:
            reader.rest()


def talk_http(addr, kind, seconds):
    """One connection; report what was answered, and whether that was all."""
    statuses, end, me = [], "unfinished", None
    c = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    c.settimeout(seconds)
    try:
        c.connect((addr, HTTP))
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        me = c.getsockname()
        converse(c, KINDS[kind], statuses)
        end = "complete"
    except ConnectionResetError:
        end = "complete" if kind == "server-rst" and statuses else "reset"
    except (OSError, EOFError):
        pass
    if me:
        write("asked", me[0], me[1], addr, HTTP, kind, end,
              " ".join(statuses) or "-")
    c.close()


# ---- the client's bulk flows and chats

def talk_bulk(addr, way, size, seconds):
    c = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    c.settimeout(seconds + 2)
    try:
        c.connect((addr, BULK))
        c.sendall(f"{way} {size} {seconds}\n".encode())
        bulk(c, way, size, seconds, way == "up")
    except OSError:
        pass
    c.close()


def talk_chat(addr, pace, seconds):
    end = time.monotonic() + seconds
    c = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    c.settimeout(seconds)
    try:
        c.connect((addr, CHAT))
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(60):
            if time.monotonic() > end:
                break
            c.sendall(b"%c%s\n" % (b"?!"[n % 3 > 0], b"m" * 100))
            time.sleep(pace)
    except OSError:
        pass
    c.close()


def use(plan, addrs):
    seconds = plan["seconds"]
    threads = [start(attempt, addrs, time.monotonic() + seconds)]
    for way, family, size in plan["bulk"]:
        threads.append(start(talk_bulk, addrs[family == 6], way, size,
                             seconds - 1))
    for i in range(plan["chats"]):
        threads.append(start(talk_chat, addrs[i % 2], plan["pace"],
                             seconds - 1))
    for i, kind in enumerate(KINDS if plan["http"] else ()):
        threads.append(start(talk_http, addrs[i % 2], kind, seconds - 1))
        time.sleep(0.02)
    for t in threads:
        t.join(max(0, seconds))


def main():
    global log
    role, path, *rest = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    log = open(path, "w", buffering=1)
    if role == "serve":
        serve(rest)
    else:
        use(json.loads(rest[0]), rest[1:])
    log.flush()
    os._exit(0)


main()
