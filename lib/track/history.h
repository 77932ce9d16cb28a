/*
 * The history of a connection: a letter for each kind of event, in the order
 * in which they happened, as in Zeek's conn.log.  Letters are numbers of 5
 * bits: twelve fit in struct state, the next twelve in a spill word that only
 * few connections need, and more are omitted.
 */
#ifndef TRACK_HISTORY_H
#define TRACK_HISTORY_H

#include "track/state.h"

#define HISTORY_WORD	6	/* letters in each word of struct state */
#define HISTORY_SPILL	12	/* letters in a spill word */
#define HISTORY_MAX	(2 * HISTORY_WORD + HISTORY_SPILL + 1)

/* Add what a segment of end from shows; facts->repeated is whether its SYN or
 * FIN was seen before.  spill may be NULL, here and below. */
void history_segment(struct state *s, uint64_t *spill, int from,
    const struct tcp *tcp, bool repeated);

/* Add that the direction was turned round. */
void history_flip(struct state *s, uint64_t *spill);

/* The same, as if it had been known from the first letter on. */
void history_flip_first(struct state *s);

/*
 * Add the nth event of a kind that is counted: W a zero window, T a segment
 * sent before, G a gap.  Only the 1st, 10th, 100th ... have a letter.
 */
void history_event(struct state *s, uint64_t *spill, int from, char letter,
    uint32_t n);

/* Do further letters need a spill word? */
static inline bool
history_full(const struct state *s)
{
	return s->late >> (5 * (HISTORY_WORD - 1)) != 0;
}

/* Write the history as text with a NUL; out has HISTORY_MAX bytes. */
void history_text(const struct state *s, uint64_t spill, char *out);

#endif
