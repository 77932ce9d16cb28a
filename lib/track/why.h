/*
 * The evidence for what is said of a segment: a word for records, with a value
 * where it has one, and a sentence for explanations.
 */
#ifndef TRACK_WHY_H
#define TRACK_WHY_H

#include <stddef.h>
#include <stdint.h>

enum loss_proof {
	WHY_NONE,
	/* why it was sent again */
	WHY_TOOBIG, WHY_TIMEOUT, WHY_RECOVER, WHY_DUPACK, WHY_SACK, WHY_LAST,
	/* that it was sent again, or was delayed */
	WHY_ID_AFTER, WHY_ID_BEFORE, WHY_TSVAL_AFTER, WHY_TSVAL_BEFORE,
	WHY_TSVAL_STILL, WHY_DELAY, WHY_EARLY, WHY_AFTER_RESENT, WHY_FILLED,
	/* that the network made it */
	WHY_COPY, WHY_SAME_ID, WHY_TSVAL_OLD, WHY_RESENT_ACKED, WHY_DSACK_ONE,
	/* that the receiver had it */
	WHY_ACKED, WHY_SACKED, WHY_DSACK, WHY_ECHO, WHY_EARLY_ACK,
	WHY_BEFORE_ORIGINAL, WHY_UNCAPTURED,
	/* that it is no data */
	WHY_WINDOW, WHY_KEEPALIVE,
	WHY_PROOFS
};

/* Eight bytes of a case. */
struct loss_why {
	uint64_t proof : 8;	/* enum loss_proof */
	uint64_t value : 56;	/* a number, or ns; 0 if unknown */
};

#define WHY_MAX	32		/* longest text, with its NUL */

/* The word and its value, "dupack:3", "timeout:0.212"; "-" for none. */
void why_text(struct loss_why why, char text[WHY_MAX]);

/* A sentence without a full stop. */
const char *why_sentence(enum loss_proof proof);

#endif
