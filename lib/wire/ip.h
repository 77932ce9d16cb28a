/* IPv4 (RFC 791) and IPv6 (RFC 8200) headers. */
#ifndef WIRE_IP_H
#define WIRE_IP_H

#include "wire/addr.h"
#include "wire/view.h"

/* Protocol numbers; IANA. */
enum {
	IP_ICMP = 1, IP_IPIP = 4, IP_TCP = 6, IP_UDP = 17, IP_IPV6 = 41,
	IP_FRAGMENT = 44, IP_GRE = 47, IP_AH = 51, IP_ICMPV6 = 58
};

struct ip {
	struct addr src, dst;
	uint8_t proto;		/* of the payload */
	uint8_t ttl, tos;	/* IPv6: hop limit and traffic class */
	bool has_id;
	uint32_t id;		/* IPv6: from the fragment header */
	uint32_t len;		/* bytes of the packet, by its header */
	uint32_t payload_len;	/* len without the headers */
	uint16_t offset;	/* of a fragment in its datagram, bytes */
	bool more;		/* More Fragments is set */
	bool no_length;		/* it is 0 (offload): len is the wire's */
	bool routed;		/* a routing header changes the destination */
	const uint8_t *header;	/* header_len bytes; of IPv6 the first 40 */
	uint8_t header_len;
};

enum ip_result {
	IP_OK,
	IP_SHORT,		/* the bytes end within the header */
	IP_BAD			/* the header contradicts itself */
};

/* Is it one of several?  An atomic fragment is not; RFC 6946. */
static inline bool
ip_is_fragment(const struct ip *ip)
{
	return ip->offset != 0 || ip->more;
}

/*
 * Parse the IP header and the extension headers at the front of v; of IPv4 they
 * are those of AH.  Of a fragment only those that each fragment has.
 * v then holds the payload that was captured, without what follows the packet
 * by its header.  wire_len is how many bytes from here were on the wire.
 */
enum ip_result ip_parse(struct view *v, uint32_t wire_len, struct ip *ip);

/* Parse the extension headers of a datagram that was put together, or of its
 * first fragment, at the front of v. */
enum ip_result ip_parse_extensions(struct view *v, struct ip *ip);

#endif
