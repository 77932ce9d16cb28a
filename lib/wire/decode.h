/*
 * A captured packet to the facts of its TCP segment, or of the ICMP error
 * about one.  Pure: no state, no I/O, nothing kept.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/layer.h"
#include "wire/savefile.h"
#include "wire/tcp.h"

enum decode {
	DECODE_TCP,		/* a segment: ip, tcp, data */
	DECODE_ICMP,		/* an error that quotes one: icmp, ip, tcp */
	DECODE_NOT_TCP,		/* IP with something else in it */
	DECODE_NOT_IP,
	DECODE_LINK,		/* a link type that is not decoded */
	DECODE_FRAGMENT,	/* of TCP, and not the first */
	DECODE_TRUNCATED,	/* captured short of what is needed */
	DECODE_MALFORMED	/* contradicts itself */
};

struct icmp {
	enum icmp_kind kind;
	uint8_t code;		/* as on the wire: of ICMP or of ICMPv6 */
	struct addr from;	/* who sent the error */
	bool has_ports, has_seq;	/* quoted far enough */
};

struct facts {
	struct ip ip;		/* the innermost; for ICMP the quoted one */
	struct tcp tcp;		/* for ICMP: sport, dport and seq alone */
	struct icmp icmp;
	struct trail trail;
	const uint8_t *header;	/* of the innermost IP that is not quoted */
	uint8_t header_len;
	uint32_t frame_len;	/* the frame, up to the end of that packet */
	const uint8_t *data;	/* the payload as captured */
	uint32_t data_len;
};

/* Decode *pkt.  What *f holds beyond the result's own parts is undefined;
 * its pointers point into the packet. */
enum decode decode_packet(const struct packet *pkt, struct facts *f);

/* Verifying what decode_packet() found; RFC 1071. */
enum checksum { CHECKSUM_OK, CHECKSUM_WRONG, CHECKSUM_UNKNOWN };

/* Of the IPv4 header that carried it; IPv6 has none and is always OK. */
enum checksum decode_ip_checksum(const struct facts *f);

/* Of the segment; UNKNOWN when not all of it was captured, or it is a
 * fragment, or a routing header hides the final destination. */
enum checksum decode_tcp_checksum(const struct facts *f);

#endif
