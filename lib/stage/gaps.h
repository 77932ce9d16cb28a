/*
 * Output with gaps that are filled later: what is behind one waits in memory,
 * so that the order stays.  A gap is a text field with the TAB before it.
 */
#ifndef STAGE_GAPS_H
#define STAGE_GAPS_H

#include <stddef.h>
#include <stdint.h>

#include "stage/stage.h"

#define GAPS_TEXT_MAX	320	/* bytes of a field, before escapes */
#define GAPS_BYTES_MAX	(4 << 20)	/* then nothing more is taken */

struct gap {
	uint64_t at;		/* bytes of the stream before it */
	bool filled;
	size_t n;
	char text[GAPS_TEXT_MAX];
};

struct gaps {
	struct stage *st;
	struct rec_writer out;	/* what waits no more */
	char *buf;		/* buf[begin..end) waits */
	size_t begin, end, cap;
	uint64_t taken;		/* bytes of the stream, to buf[end] */
	/* A ring: from number first on, next is the one that comes. */
	struct gap *gap;
	unsigned max;
	uint64_t first, next;
};

/*
 * All that the stage writes goes through here from now on; it can have so many
 * gaps at once.  0, or -1 with errno.
 */
int gaps_open(struct gaps *g, struct stage *st, unsigned max);
void gaps_close(struct gaps *g);

/*
 * Leave a gap where the stage writes: its number.  There must be fewer than
 * max; whether there are says gaps_full().
 */
uint64_t gaps_leave(struct gaps *g);

static inline bool
gaps_full(const struct gaps *g)
{
	return g->next - g->first == g->max;
}

/*
 * Fill it with the field text[0..n), as rec_put_text() writes it, and write
 * out what need not wait any more.  What fails, fails in the stage's output.
 */
void gaps_fill(struct gaps *g, uint64_t number, const void *text, size_t n);

#endif
