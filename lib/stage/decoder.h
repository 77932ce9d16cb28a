/*
 * Decoding packets to what 'pkt' and 'icmp' records are made of: TCP segments
 * and the ICMP errors that quote one.  All other packets are counted by the
 * reason why they give no record.
 */
#ifndef STAGE_DECODER_H
#define STAGE_DECODER_H

#include "stage/count.h"
#include "wire/decode.h"
#include "wire/firsts.h"

enum decoder_count {
	DECODER_PACKETS, DECODER_TCP, DECODER_ICMP, DECODER_NOT_TCP,
	DECODER_NOT_IP, DECODER_LINK, DECODER_FRAGMENTS, DECODER_TRUNCATED,
	DECODER_MALFORMED,
	/* These have a record nevertheless. */
	DECODER_FIRST_FRAGMENTS, DECODER_OPTIONS_CUT, DECODER_OPTIONS_BAD,
	DECODER_NO_LENGTH, DECODER_BEYOND_FRAME,
	/* Datagrams in fragments, and fragments that came twice. */
	DECODER_REASSEMBLED, DECODER_INCOMPLETE, DECODER_REFUSED,
	DECODER_DUPLICATES,
	/* With verify: without a record, and with one. */
	DECODER_BAD_CHECKSUM, DECODER_UNVERIFIED,
	DECODER_COUNTS
};

#define DECODER_DATAGRAMS	1024	/* in fragments, unless set */
#define DECODER_LAYERS	16	/* unknown layers that are reported */
#define DECODER_LAYER_MAX	40	/* bytes of the name of such a count */

/* A packet that was decoded and waits to be used. */
struct decoder_kept {
	struct decoded d;
	uint64_t time_ns;
	enum decode what;
	bool coming;		/* coming() was called for it */
};

#define DECODER_AHEAD	8	/* packets that wait; a power of two */

struct decoder {
	bool no_tunnels;	/* stop at the first IP header of a packet */
	unsigned verify;	/* omit wrong checksums: 1 IP, 2 TCP too */
	uint32_t datagrams;	/* put together at a time; 0: the default */
	void (*use)(void *arg, enum decode what, uint64_t time_ns,
	    const struct decoded *d);
	/*
	 * The segment in kept[slot] will be used after DECODER_AHEAD - 1 more:
	 * time to fetch memory that this needs.  NULL: each packet is used at
	 * once.
	 */
	void (*coming)(void *arg, unsigned slot, const struct decoded *d);
	void *arg;
	/* ----- */
	struct decoder_kept kept[DECODER_AHEAD];	/* a ring */
	unsigned begin, end;	/* numbers of the packets that wait */
	unsigned slot;		/* of the segment in use, if coming() was called
				 * for it; else DECODER_AHEAD */
	uint64_t now;		/* the newest stamp of a packet */
	struct count counts[DECODER_COUNTS + DECODER_LAYERS];
	size_t ncounts;
	struct datagrams fragments;
	struct firsts firsts;
	/* Packets that end at a link type or an EtherType that is not decoded:
	 * how many by layer, and the layers in the order of the first ones. */
	uint64_t *unknown;
	uint32_t *seen, nseen;
	char name[DECODER_LAYERS][DECODER_LAYER_MAX];
};

/* Make a decoder.  The caller has set the fields above the line, the others are
 * zeros.  Hashes are keyed with seed.  0, or -1 without memory. */
int decoder_open(struct decoder *dc, uint64_t seed);
void decoder_close(struct decoder *dc);

/*
 * Decode and count a packet, and call dc->use() if it gives a record: what is
 * DECODE_TCP or DECODE_ICMP, d is as decode_packet() leaves it.  Before that,
 * use the first fragments whose wait ends now.
 */
void decoder_packet(struct decoder *dc, const struct packet *pkt);

/* Use all packets that wait because of dc->coming().  Call it before the bytes
 * of the packets become invalid. */
void decoder_drain(struct decoder *dc);

/* No packet follows: use all first fragments that wait. */
void decoder_flush(struct decoder *dc);

/* Add the commonest unknown layers to the counts; once, after all packets. */
void decoder_end(struct decoder *dc);

#endif
