"""Captures as lists of packets, and the headers of plain TCP packets in them.

Only what t/properties.py needs: classic savefiles, one IP header between the
link header and TCP.
"""
import struct
from dataclasses import dataclass

MAGICS = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
          b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}
ETHERNET, RAW, SLL, SLL2 = 1, (12, 14, 101), 113, 276
FIN, SYN, RST, ACK = 1, 2, 4, 16


class Skipped(Exception):
    """The capture is of a kind that is not handled here."""


class Capture:
    """header: of the file; packets: a list of (time in ns, bytes, length)."""

    def __init__(self, name):
        with open(name, "rb") as f:
            data = f.read()
        if data[:4] not in MAGICS:
            raise Skipped("not a classic savefile")
        self.order, self.tick = MAGICS[data[:4]]
        self.header, at, self.packets = data[:24], 24, []
        if struct.unpack_from(self.order + "2H", data, 4) != (2, 4):
            raise Skipped("not version 2.4")
        self.link = struct.unpack_from(self.order + "I", data, 20)[0] & 0xffff
        while at + 16 <= len(data):
            s, part, caught, length = struct.unpack_from(
                self.order + "4I", data, at)
            frame = data[at + 16:at + 16 + caught]
            if len(frame) < caught:
                raise Skipped("cut short, or more than one capture")
            self.packets.append((s * 10**9 + part * self.tick, frame, length))
            at += 16 + caught

    def write(self, name, packets):
        with open(name, "wb") as f:
            f.write(self.header)
            for time, frame, length in packets:
                s, part = divmod(time, 10**9)
                f.write(struct.pack(self.order + "4I", s, part // self.tick,
                                    len(frame), length) + frame)


def ip_offset(link, frame):
    """Where the first IP header begins, or None."""
    if link in RAW:
        return 0
    at = {ETHERNET: 12, SLL: 14, SLL2: 0}.get(link)
    if at is None:
        return None
    while True:
        kind = int.from_bytes(frame[at:at + 2], "big")
        if kind in (0x800, 0x86dd):
            return at + 2 if link != SLL2 else 20
        if kind not in (0x8100, 0x88a8) or link == SLL2:
            return None
        at += 4


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def with_checksum(header):
    """An IPv4 header whose checksum is right."""
    header = header[:10] + b"\0\0" + header[12:]
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:]


def routed(link, frame):
    """The frame after one more router: its time to live is one less."""
    at = ip_offset(link, frame)
    if at is None or len(frame) < at + 20:
        return frame
    if frame[at] >> 4 == 6:
        return frame[:at + 7] + bytes([frame[at + 7] - 1 & 255]) + \
            frame[at + 8:]
    end = at + (frame[at] & 15) * 4
    header = frame[at:at + 8] + bytes([frame[at + 8] - 1 & 255]) + \
        frame[at + 9:end]
    return frame[:at] + with_checksum(header) + frame[end:]


@dataclass
class Segment:
    """A TCP segment in a plain packet: start is the frame up to TCP."""
    ip: int
    start: bytes
    src: tuple
    dst: tuple
    seq: int
    ack: int
    flags: int
    win: int
    len: int
    options: bytes

    @property
    def end(self):
        syn_fin = bool(self.flags & SYN) + bool(self.flags & FIN)
        return self.seq + self.len + syn_fin & 0xffffffff


def segment(link, frame):
    """The segment in a frame, or None if it is not a plain one."""
    ip = ip_offset(link, frame)
    if ip is None or len(frame) < ip + 20:
        return None
    if frame[ip] >> 4 == 4:
        total, flags = struct.unpack_from(">H2xH", frame, ip + 2)
        size, protocol = (frame[ip] & 15) * 4, frame[ip + 9]
        addresses = frame[ip + 12:ip + 16], frame[ip + 16:ip + 20]
        if flags & 0x3fff:
            return None
    else:
        size, protocol = 40, frame[ip + 6]
        total = size + struct.unpack_from(">H", frame, ip + 4)[0]
        addresses = frame[ip + 8:ip + 24], frame[ip + 24:ip + 40]
    at = ip + size
    if protocol != 6 or len(frame) < at + 20:
        return None
    sport, dport, seq, ack, offset, flags, win = struct.unpack_from(
        ">2H2I2BH", frame, at)
    head = (offset >> 4) * 4
    return Segment(ip, frame[:at], (addresses[0], sport),
                   (addresses[1], dport), seq, ack, flags, win,
                   total - size - head, frame[at + 20:at + head])


def scale(s):
    """The window scale that a SYN offers; None if none."""
    o = s.options
    while o and o[0] != 0:
        if o[0] == 1:
            o = o[1:]
        elif len(o) < 2 or o[1] < 2:
            return None
        elif o[0] == 3:
            return min(o[2], 14) if len(o) > 2 else None
        else:
            o = o[o[1]:]
    return None


def build(like, seq, ack, flags, size):
    """A frame between the ends of a segment, with other numbers."""
    tcp = struct.pack(">2H2I2B3H", like.src[1], like.dst[1], seq & 0xffffffff,
                      ack & 0xffffffff, 5 << 4, flags, 1000, 0, 0) + \
        b"x" * size
    ip = like.start[like.ip:]
    pseudo = like.src[0] + like.dst[0] + struct.pack(">HH", 6, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    if ip[0] >> 4 == 6:
        ip = ip[:4] + struct.pack(">H", len(tcp)) + ip[6:40]
    else:
        ip = with_checksum(b"\x45" + ip[1:2] + struct.pack(
            ">HH", 20 + len(tcp), seq & 0xffff) + ip[6:20])
    return like.start[:like.ip] + ip + tcp


def moved(link, frame):
    """The frame with both IPv4 addresses in 172.16/12."""
    s = segment(link, frame)
    if s is None or frame[s.ip] >> 4 != 4:
        raise Skipped("not plain TCP over IPv4")
    at, end = s.ip, len(s.start)
    ip = bytearray(s.start[at:])
    ip[12], ip[16] = 172, 172
    ip[13], ip[17] = 16 + ip[13] % 16, 16 + ip[17] % 16
    tcp = frame[end:]
    size = s.len + 20 + len(s.options)
    if len(tcp) >= size:
        tcp = tcp[:size]
        pseudo = bytes(ip[12:20]) + struct.pack(">HH", 6, size)
        tcp = tcp[:16] + b"\0\0" + tcp[18:]
        tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    return frame[:at] + with_checksum(bytes(ip)) + tcp
