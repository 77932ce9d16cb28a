/* A 'pkt' record as a TCP segment. */
#ifndef REC_SEGMENT_H
#define REC_SEGMENT_H

#include "rec/read.h"
#include "wire/tcp.h"

/* The two ends of a packet, as text: address, TAB, port. */
struct segment_ends {
	const char *src, *dst;
	size_t nsrc, ndst;
	char scratch[2][REC_PAIR_MAX];
};

/* Find the ends in the record's line, or copy them to scratch if their columns
 * are not neighbours.  They are valid as long as both. */
void segment_ends(const struct rec *rec, struct segment_ends *e);

/* Parse the ends.  A column that cannot be read marks the record. */
void segment_endpoints(struct rec *rec, struct endpoint *src,
    struct endpoint *dst);

/* Require the columns that segment_read() reads: from time to opts. */
void segment_need(struct rec_reader *in);

/*
 * Parse the segment, except for its ports, and what of its IP packet the record
 * has.  Of its options, parse timestamps
 * and SACK blocks, and if it is a SYN the others.  A column that cannot be read
 * marks the record.
 */
void segment_read(struct rec *rec, struct tcp *tcp);

#endif
