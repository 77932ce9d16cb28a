#!/usr/bin/env python3
"""fragment.py IN OUT SIZE [SEED]: a capture whose IP packets are in fragments.

SIZE is the most payload of a fragment, in bytes.  With a seed the fragments of
each packet are reordered, and some come twice; else they are in order.  Packets
that come in fragments have numbers of their own as identification.  A fragment
has the time of its packet.  Packets other than IP, and fragments, stay as they
are.
"""
import random
import struct
import sys

from pcapfile import Capture, Skipped, ip_offset, with_checksum


def pieces(data, length, size):
    """(offset, bytes captured, length) of each fragment of a payload."""
    size = max(8, size // 8 * 8)
    return [(at, data[at:at + size], min(size, length - at))
            for at in range(0, length, size)]


def v4(header, data, length, size, ident):
    for at, part, n in pieces(data, length, size):
        h = bytearray(header)
        more = 0x2000 if at + n < length else 0
        struct.pack_into(">H", h, 2, len(h) + n)
        struct.pack_into(">HH", h, 4, ident & 0xffff, more | at // 8)
        yield with_checksum(bytes(h)), part, n


def v6(header, data, length, size, ident):
    """The header may include a hop-by-hop header."""
    at = 40 if header[6] == 0 else 6
    for offset, part, n in pieces(data, length, size):
        h = bytearray(header)
        proto, h[at] = h[at], 44
        more = 1 if offset + n < length else 0
        h += struct.pack(">BBHI", proto, 0, offset | more, ident)
        struct.pack_into(">H", h, 4, len(h) - 40 + n)
        yield bytes(h), part, n


def parts_of(frame, at, size, ident):
    """The fragments of the IP packet at a frame's byte, or none."""
    ip = frame[at:]
    if len(ip) >= 20 and ip[0] >> 4 == 4:
        n, total = (ip[0] & 15) * 4, struct.unpack_from(">H", ip, 2)[0]
        if n < 20 or total <= n + size or len(ip) < n or \
                struct.unpack_from(">H", ip, 6)[0] & 0x3fff:
            return []
        return list(v4(ip[:n], ip[n:total], total - n, size, ident))
    if len(ip) < 40 or ip[0] >> 4 != 6 or ip[6] == 44:
        return []
    n, total = 40, 40 + struct.unpack_from(">H", ip, 4)[0]
    if ip[6] == 0 and len(ip) >= 48:
        n = 40 + 8 * (ip[41] + 1)
        if ip[40] == 44:
            return []
    if total <= n + size or len(ip) < n:
        return []
    return list(v6(ip[:n], ip[n:total], total - n, size, ident))


def disturb(parts, rng):
    """Reorder, and repeat some, but never all."""
    rng.shuffle(parts)
    twice = rng.sample(range(len(parts)), rng.randrange(len(parts)))
    return [p for i, part in enumerate(parts)
            for p in [part] * (2 if i in twice else 1)]


def main():
    source, out, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rng = random.Random(int(sys.argv[4])) if len(sys.argv) > 4 else None
    try:
        capture = Capture(source)
    except Skipped as why:
        sys.exit(f"{source}: {why}")
    packets = []
    for ident, (time, frame, length) in enumerate(capture.packets):
        at = ip_offset(capture.link, frame)
        parts = parts_of(frame, at, size, ident) if at is not None else []
        if rng and parts:
            parts = disturb(parts, rng)
        packets += [(time, frame[:at] + head + part, at + len(head) + n)
                    for head, part, n in parts] or [(time, frame, length)]
    capture.write(out, packets)


main()
