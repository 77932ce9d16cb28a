/*
 * Offsets into a packet as pcap-filter(7) writes them: ip6[53], or, if it has
 * to be computed from the packet, ip6[61+8*ip6[41]].
 */
#ifndef FILTER_OFFSET_H
#define FILTER_OFFSET_H

#include <stdio.h>

/* in[at plus]; plus is "" or a computed length to add: "+8*ip6[41]". */
struct offset {
	const char *in;		/* ip, ip6, tcp, icmp, ether; not copied */
	unsigned at;
	char plus[256];
};

struct offset offset_of(const char *in, unsigned at);

/* n bytes after o. */
struct offset offset_plus(struct offset o, unsigned n);

/*
 * The end of the IPv4 header at o (RFC 791, 3.1), of the IPv6 extension header
 * at o (RFC 8200, 4), by the length that the header states.
 */
struct offset offset_after_ip4(struct offset o);
struct offset offset_after_extension(struct offset o);

/* Write the number of 1, 2 or 4 bytes that is n bytes after o. */
void offset_put(FILE *f, const struct offset *o, unsigned n, unsigned size);

/* Write the condition that the byte n bytes after o has this value. */
void offset_put_is(FILE *f, const struct offset *o, unsigned n,
    unsigned value);

#endif
