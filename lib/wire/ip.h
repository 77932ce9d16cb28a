/* IPv4 (RFC 791) and IPv6 (RFC 8200) headers. */
#ifndef WIRE_IP_H
#define WIRE_IP_H

#include "wire/addr.h"
#include "wire/view.h"

/* Protocol numbers; IANA. */
enum {
	IP_ICMP = 1, IP_IPIP = 4, IP_TCP = 6, IP_UDP = 17, IP_IPV6 = 41,
	IP_GRE = 47, IP_ICMPV6 = 58
};

struct ip {
	struct addr src, dst;
	uint8_t proto;		/* what the payload is */
	uint8_t ttl, tos;	/* hop limit and traffic class for IPv6 */
	bool has_id;
	uint32_t id;		/* IPv6: of the fragment header */
	uint32_t len;		/* the packet's bytes by its header */
	uint32_t payload_len;	/* len less the headers */
	bool fragment;		/* one that is not the first: no ports */
	bool more;		/* a fragment, and more follow */
	bool no_length;		/* header said 0: len is the wire's (offload) */
	bool routed;		/* a routing header changes the destination */
	const uint8_t *header;	/* header_len bytes of IPv4, or of IPv6's 40 */
	uint8_t header_len;
};

enum ip_result {
	IP_OK,
	IP_SHORT,		/* cut off before its end */
	IP_BAD			/* contradicts itself */
};

/*
 * Take the IP header and, for IPv6, the extension headers off the front of
 * v, which then holds the payload as far as it was captured and as far as
 * the header says it goes.  wire_len is the number of bytes from here that
 * were on the wire.
 */
enum ip_result ip_take(struct view *v, uint32_t wire_len, struct ip *ip);

#endif
