#!/usr/bin/env python3
"""tunnel.py KIND IN OUT: the IP packets of a capture in a tunnel between
203.0.113.1 and .2, whose id differs by direction: gtpu, l2tp, l2tpv3 or mpls.
"""
import struct
import sys

from pcapfile import Capture, ip_offset, with_checksum

RAW = 101
IDS = 1001, 2002


def udp(port, data):
    return struct.pack(">4H", port, port, 8 + len(data), 0) + data


def gtpu(packet, ident):
    return 17, udp(2152, struct.pack(">BBHI", 0x30, 255, len(packet), ident) +
                   packet)


def l2tp(packet, ident):
    protocol = 0x57 if packet[0] >> 4 == 6 else 0x21
    return 17, udp(1701, struct.pack(">HHHHH", 2, 7, ident, 0xff03, protocol) +
                   packet)


def l2tpv3(packet, ident):
    kind = 0x86dd if packet[0] >> 4 == 6 else 0x800
    return 115, struct.pack(">I", ident) + bytes(12) + \
        struct.pack(">H", kind) + packet


def mpls(packet, ident):
    return 137, struct.pack(">I", ident << 12 | 0x1ff) + packet


def outer(protocol, data):
    return with_checksum(struct.pack(
        ">BBHHHBBH4B4B", 0x45, 0, 20 + len(data), 0, 0x4000, 64, protocol, 0,
        203, 0, 113, 1, 203, 0, 113, 2)) + data


def main():
    wrap = {f.__name__: f for f in (gtpu, l2tp, l2tpv3, mpls)}[sys.argv[1]]
    capture = Capture(sys.argv[2])
    packets = []
    for time, frame, length in capture.packets:
        packet = frame[ip_offset(capture.link, frame):]
        v6 = packet[0] >> 4 == 6
        ends = packet[8:40] if v6 else packet[12:20]
        half = len(ends) // 2
        ident = IDS[ends[:half] < ends[half:]]
        inside = outer(*wrap(packet, ident))
        packets.append((time, inside, len(inside)))
    capture.header = capture.header[:20] + \
        struct.pack(capture.order + "I", RAW)
    capture.write(sys.argv[3], packets)


main()
