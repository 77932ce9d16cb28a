/*
 * Decoding a captured frame: down to its TCP segment, or to the TCP segment
 * that an ICMP error quotes.  Pure: no I/O, and no state but the fragments that
 * wait for others.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "wire/fragments.h"
#include "wire/icmp.h"
#include "wire/ip.h"
#include "wire/layer.h"
#include "wire/savefile.h"
#include "wire/tcp.h"

enum decode {
	DECODE_TCP,		/* a segment: ip, tcp, data are set */
	DECODE_ICMP,		/* an error that quotes one: icmp, ip, tcp */
	DECODE_NOT_TCP,		/* IP that carries something else */
	DECODE_NOT_IP,
	DECODE_LINK,		/* a link type that is not supported */
	DECODE_FRAGMENT,	/* of a datagram that is not whole */
	DECODE_TRUNCATED,	/* the capture cut it within a header */
	DECODE_MALFORMED	/* it contradicts itself */
};

struct icmp {
	enum icmp_kind kind;
	uint8_t code;		/* as on the wire */
	struct addr from;	/* the sender of the error */
	bool has_ports, has_seq;	/* the quote reaches them */
};

struct decoded {
	struct ip ip;		/* the innermost; for ICMP the quoted one */
	struct tcp tcp;		/* for ICMP only sport, dport and seq */
	struct icmp icmp;
	struct encaps encaps;
	uint32_t last;		/* the layer at which it stopped, without TCP */
	const uint8_t *header;	/* of the innermost IP packet, not quoted */
	uint8_t header_len;
	uint32_t frame_len;	/* of the frame, to the end of that packet */
	bool put_together;	/* it, or one around it, was in fragments */
	const uint8_t *data;	/* the payload that was captured */
	uint32_t data_len;
};

/*
 * Decode *pkt, to the innermost IP packet, or to the first without tunnels.
 * Only the parts of *d that the result names are defined, and d->last for the
 * others.  Its pointers point into the packet or into *fragments: the last
 * fragment of a segment gives the segment.  Without fragments (NULL) the first
 * one does, as far as it goes.
 */
enum decode decode_packet(const struct packet *pkt, bool tunnels,
    struct datagrams *fragments, struct decoded *d);

/* Checksums of what decode_packet() found; RFC 1071. */
enum checksum { CHECKSUM_OK, CHECKSUM_WRONG, CHECKSUM_UNKNOWN };

/* Of the innermost IPv4 header; always OK for IPv6, which has none. */
enum checksum decode_ip_checksum(const struct decoded *d);

/* Of the segment; UNKNOWN if not all of it was captured, if it is a fragment,
 * or if a routing header hides the final destination. */
enum checksum decode_tcp_checksum(const struct decoded *d);

#endif
