/* TCP headers and options; RFC 9293, 3.1. */
#ifndef WIRE_TCP_H
#define WIRE_TCP_H

#include "wire/view.h"

enum {
	TCP_FIN = 0x001, TCP_SYN = 0x002, TCP_RST = 0x004, TCP_PSH = 0x008,
	TCP_ACK = 0x010, TCP_URG = 0x020, TCP_ECE = 0x040, TCP_CWR = 0x080,
	TCP_AE = 0x100		/* RFC 7560; once NS */
};
#define TCP_FLAG_LETTERS	"FSRPAUECN"	/* from the lowest bit */

#define TCP_SACK_MAX	4	/* blocks that fit in 40 bytes of options */

struct tcp {
	uint16_t sport, dport;
	uint16_t flags;
	uint16_t win;		/* as on the wire, not scaled */
	uint32_t seq, ack;
	uint32_t len;		/* bytes of payload, by the IP header */
	bool has_ts, has_mss, has_ws, sackok, tfo;
	bool options_cut;	/* by the snaplen: the rest is unknown */
	bool options_bad;	/* one has an impossible length */
	uint16_t mss;
	uint8_t ws;
	uint8_t nsack;
	uint32_t tsval, tsecr;
	uint32_t sack[TCP_SACK_MAX][2];
	/* Of the IP packet that carries it, 0 if unknown; set by its reader. */
	uint16_t ip_id;
	uint8_t ttl;		/* or hop limit */
};

/* The sequence number after the segment: SYN and FIN have one each (3.4). */
static inline uint32_t
tcp_end(const struct tcp *tcp)
{
	return tcp->seq + tcp->len + !!(tcp->flags & TCP_SYN) +
	    !!(tcp->flags & TCP_FIN);
}

enum tcp_result { TCP_OK, TCP_SHORT, TCP_BAD };

/*
 * Parse the TCP header at the front of v, which then holds the payload that was
 * captured.  len is the length of the segment by the IP header.  TCP_SHORT if
 * fewer than 20 bytes were captured, TCP_BAD if the header contradicts itself
 * or the IP length.
 */
enum tcp_result tcp_parse(struct view *v, uint32_t len, struct tcp *tcp);

#endif
