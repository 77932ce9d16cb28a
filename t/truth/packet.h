/*
 * What wanlink knows of an IP packet: the TCP fields that its log has, and how
 * to split a super-segment.  It shares no code with the programs that its logs
 * are compared with.
 */
#ifndef TRUTH_PACKET_H
#define TRUTH_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PACKET_MAX	(65535 + 40)	/* a super-segment with its headers */

/* Where the headers of a packet are; tcp is 0 if it has no TCP header. */
struct layout {
	size_t ip, tcp, payload;	/* offsets */
	size_t end;			/* of the packet by its IP header */
};

struct layout packet_layout(const uint8_t *data, size_t len);

/* Is this a packet of TCP port `port`? */
bool packet_has_port(const uint8_t *data, size_t len, unsigned port);

/*
 * Print, separated by tabs: protocol, source, port, destination, port, flags,
 * sequence number, ACK, length of the payload, TSval, TSecr and SACK blocks;
 * '-' for what it does not have.
 */
void packet_print(FILE *f, const uint8_t *data, size_t len);

/* Return how many segments of at most size bytes of payload a packet makes: 1
 * if size is 0, none if it has no TCP header. */
size_t packet_parts(const uint8_t *data, size_t len, size_t size);

/* Write part i of these to out, which has room for the packet.  Returns its
 * length. */
size_t packet_part(const uint8_t *data, size_t len, size_t size, size_t i,
    uint8_t *out);

/* Compute the checksums of IPv4 and TCP. */
void packet_set_checksums(uint8_t *data, size_t len);

/* Set the CE codepoint (RFC 3168, 5).  Returns false, and changes nothing, if
 * the sender is not ECN-capable. */
bool packet_mark(uint8_t *data, size_t len);

#endif
