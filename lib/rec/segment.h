/* A 'pkt' record as the segment that it is about. */
#ifndef REC_SEGMENT_H
#define REC_SEGMENT_H

#include "rec/read.h"
#include "wire/tcp.h"

/* The ends of a packet, as text: address, TAB, port. */
struct segment_ends {
	const char *src, *dst;
	size_t nsrc, ndst;
	char scratch[2][REC_PAIR_MAX];
};

void segment_ends(const struct rec *rec, struct segment_ends *e);

/* The same as addresses and ports; what could not be read marks the record. */
void segment_endpoints(struct rec *rec, struct endpoint *src,
    struct endpoint *dst);

/* All columns from time to opts are needed for segment_read(). */
void segment_need(struct rec_reader *in);

/*
 * The segment, but for its ports, which are in its ends.  Of the options
 * timestamps and SACK blocks, and the others where it is a SYN.  A column that
 * could not be read marks the record.
 */
void segment_read(struct rec *rec, struct tcp *tcp);

#endif
