/* Several inputs as one stream, ordered by time. */
#ifndef CAPTURE_MERGE_H
#define CAPTURE_MERGE_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/source.h"

#define MERGE_NEVER	UINT64_MAX

struct merge {
	struct source *sources;	/* owned */
	size_t n;
	struct pollfd *polled;	/* one each, and one for signals; owned */
};

/* Room for n sources, which the caller opens.  0, or -1 with errno. */
int merge_open(struct merge *m, size_t n);

/*
 * Wait until there is input, a signal, or it is due_ns (MERGE_NEVER: without
 * end), and read once from every source that ran empty.
 */
void merge_fill(struct merge *m, uint64_t due_ns);

/*
 * The source whose head goes next, the first of them on a tie; *until is the
 * last stamp at which it stays so.  NULL where the next must be waited for.
 *
 * Of a source that is empty but has not ended, an earlier packet may come.
 * Files and pipes that give what was captured long ago are waited for; live
 * ones for 20 ms (devices) or 200 ms (pipes) after the packet's stamp.
 */
struct source *merge_next(const struct merge *m, uint64_t *until);

/* When to ask again although nothing was read; MERGE_NEVER: then never. */
uint64_t merge_due(const struct merge *m);

/* Has every source ended, and been taken from? */
bool merge_ended(const struct merge *m);

#endif
