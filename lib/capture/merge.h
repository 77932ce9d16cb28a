/* Several inputs merged into one stream, ordered by time. */
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
	struct pollfd *polled;	/* one for each, one for signals; owned */
};

/* Make room for n sources, which the caller opens.  0, or -1 with errno. */
int merge_open(struct merge *m, size_t n);

/*
 * Wait for input, a signal or the time due_ns (MERGE_NEVER: no time-out), then
 * read once from every source that is empty.
 */
void merge_fill(struct merge *m, uint64_t due_ns);

/*
 * The source with the earliest head, the first of them on a tie; it remains the
 * earliest for packets up to the time *until.  NULL if the caller must wait.
 *
 * An empty source that has not ended may still deliver an earlier packet.
 * Files and pipes with old packets are waited for without limit, live sources
 * only until 20 ms (devices) or 200 ms (pipes, and files that are followed)
 * after the time of the packet.
 */
struct source *merge_next(const struct merge *m, uint64_t *until);

/* When to call merge_next() again even without input, or MERGE_NEVER. */
uint64_t merge_due(const struct merge *m);

/* Have all sources ended, and all their packets been used? */
bool merge_ended(const struct merge *m);

#endif
