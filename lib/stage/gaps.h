/*
 * Output with gaps that are filled later.  A gap is a text field, with the TAB
 * before it.  What follows an open gap waits in memory, so that the order of
 * the output is kept.
 */
#ifndef STAGE_GAPS_H
#define STAGE_GAPS_H

#include <stddef.h>
#include <stdint.h>

#include "stage/stage.h"

#define GAPS_TEXT_MAX	320	/* bytes of a field, before escaping */
#define GAPS_BYTES_MAX	(4 << 20)	/* waiting before writers block */

struct gap {
	uint64_t at;		/* offset in the output */
	bool filled;
	size_t n;
	char text[GAPS_TEXT_MAX];
};

struct gaps {
	struct stage *st;
	struct rec_writer out;	/* the stage's real output */
	char *buf;		/* buf[begin..end) waits */
	size_t begin, end, cap;
	uint64_t offset;	/* of buf[end] in the output */
	/* A ring: numbers first to next - 1 are in use. */
	struct gap *gap;
	unsigned max;
	uint64_t first, next;
};

/*
 * Redirect the stage's output through g, which can hold max gaps.  Returns 0,
 * or -1 with errno.
 */
int gaps_open(struct gaps *g, struct stage *st, unsigned max);
void gaps_close(struct gaps *g);

/* Leave a gap at the end of the stage's output, unless gaps_full().  Returns
 * the gap's number. */
uint64_t gaps_leave(struct gaps *g);

static inline bool
gaps_full(const struct gaps *g)
{
	return g->next - g->first == g->max;
}

/*
 * Fill a gap with the field text[0..n), as rec_put_text() writes it, and write
 * what no longer waits for a gap.  An error is left in the stage's output.
 */
void gaps_fill(struct gaps *g, uint64_t number, const void *text, size_t n);

#endif
