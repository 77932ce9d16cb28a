/*
 * Places in a packet as pcap-filter(7) writes them: ip6[53], or where one has
 * to be computed from the packet, ip6[61+8*ip6[41]].
 */
#ifndef FILTER_OFFSET_H
#define FILTER_OFFSET_H

#include <stdio.h>

/* in[at plus], where plus is "" or what is added: "+8*ip6[41]". */
struct place {
	const char *in;		/* ip, ip6, tcp, icmp, ether; stays */
	unsigned at;
	char plus[256];
};

struct place place_of(const char *in, unsigned at);

/* n bytes further on. */
struct place place_plus(struct place p, unsigned n);

/*
 * Behind an IPv4 header (RFC 791, 3.1), behind an IPv6 extension header
 * (RFC 8200, 4): as long as these say that they are.
 */
struct place place_behind_ip4(struct place ip);
struct place place_behind_extension(struct place h);

/* Write what is off bytes behind p, as a number of size 1, 2 or 4 bytes. */
void place_put(FILE *f, const struct place *p, unsigned off, unsigned size);

/* Write that one byte is this value. */
void place_put_is(FILE *f, const struct place *p, unsigned off, unsigned value);

#endif
