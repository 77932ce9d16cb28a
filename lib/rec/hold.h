/*
 * Output with gaps that are filled later: what is behind one waits in memory,
 * so that the order stays.  A gap is a text field with the TAB before it.
 */
#ifndef REC_HOLD_H
#define REC_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "rec/stage.h"

#define HOLD_TEXT_MAX	320	/* bytes of a field, before escapes */
#define HOLD_BYTES_MAX	(4 << 20)	/* then nothing more is taken */

struct hold_gap {
	uint64_t at;		/* bytes of the stream before it */
	bool filled;
	size_t n;
	char text[HOLD_TEXT_MAX];
};

struct hold {
	struct stage *st;
	struct rec_writer out;	/* what waits no more */
	char *buf;		/* buf[begin..end) waits */
	size_t begin, end, cap;
	uint64_t taken;		/* bytes of the stream, to buf[end] */
	/* A ring: from number first on, next is the one that comes. */
	struct hold_gap *gap;
	unsigned max;
	uint64_t first, next;
};

/*
 * All that the stage writes goes through here from now on; it can have so many
 * gaps at once.  0, or -1 with errno.
 */
int hold_open(struct hold *h, struct stage *st, unsigned max);
void hold_close(struct hold *h);

/*
 * Leave a gap where the stage writes: its number.  There must be fewer than
 * max; whether there are says hold_full().
 */
uint64_t hold_gap(struct hold *h);

static inline bool
hold_full(const struct hold *h)
{
	return h->next - h->first == h->max;
}

/*
 * Fill it with the field text[0..n), as rec_put_text() writes it, and write
 * out what need not wait any more.  What fails, fails in the stage's output.
 */
void hold_fill(struct hold *h, uint64_t number, const void *text, size_t n);

#endif
