/*
 * Decoding packets to what 'pkt' and 'icmp' records are made of: TCP segments
 * and the ICMP errors that quote one.  All other packets are counted by the
 * reason why they give no record.
 */
#ifndef STAGE_DECODER_H
#define STAGE_DECODER_H

#include "stage/count.h"
#include "wire/decode.h"

enum decoder_count {
	DECODER_PACKETS, DECODER_TCP, DECODER_ICMP, DECODER_NOT_TCP,
	DECODER_NOT_IP, DECODER_LINK, DECODER_FRAGMENTS, DECODER_TRUNCATED,
	DECODER_MALFORMED,
	/* These have a record nevertheless. */
	DECODER_FIRST_FRAGMENTS, DECODER_OPTIONS_CUT, DECODER_OPTIONS_BAD,
	DECODER_NO_LENGTH, DECODER_BEYOND_FRAME,
	/* With verify: without a record, and with one. */
	DECODER_BAD_CHECKSUM, DECODER_UNVERIFIED,
	DECODER_COUNTS
};

#define DECODER_LAYERS	16	/* unknown layers that are reported */
#define DECODER_LAYER_MAX	40	/* bytes of the name of such a count */

struct decoder {
	bool no_tunnels;	/* stop at the first IP header of a packet */
	unsigned verify;	/* omit wrong checksums: 1 of IP, 2 of TCP too */
	uint64_t now;		/* the newest stamp of a packet */
	struct count counts[DECODER_COUNTS + DECODER_LAYERS];
	size_t ncounts;
	/* Packets that end at a link type or an EtherType that is not decoded:
	 * how many by layer, and the layers in the order of the first ones. */
	uint64_t *unknown;
	uint32_t *seen, nseen;
	char name[DECODER_LAYERS][DECODER_LAYER_MAX];
};

/* Make a decoder.  0, or -1 without memory. */
int decoder_open(struct decoder *dc);
void decoder_close(struct decoder *dc);

/*
 * Decode and count a packet.  *d is as decode_packet() leaves it.  DECODE_TCP or
 * DECODE_ICMP if it gives a record; anything else if not.
 */
enum decode decoder_packet(struct decoder *dc, const struct packet *pkt,
    struct decoded *d);

/* Add the commonest unknown layers to the counts; once, after all packets. */
void decoder_end(struct decoder *dc);

#endif
