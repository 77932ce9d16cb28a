/*
 * Windows: reports about consecutive stretches of time of equal length.  A
 * window is closed when the clock has passed its end; several can be open.
 */
#ifndef STAT_WINDOWS_H
#define STAT_WINDOWS_H

#include "stat/report.h"

#define WINDOWS_MAX	4096	/* open; beyond that the earliest is closed */

struct window {
	uint64_t start;		/* ns, a multiple of the length */
	uint64_t id;		/* unique, not 0 */
	struct report report;
};

struct windows {
	uint64_t length;	/* ns; 0: a single window without an end */
	struct group_pool *pool;
	struct window **open;	/* n of them, the earliest first */
	unsigned n;
	uint64_t ids;
	uint64_t due;		/* ns: when the clock passes the next end */
	/* Called when a window is closed, before it is freed. */
	void (*closed)(void *arg, struct window *w);
	void *arg;
};

/* The window of a time in ns, opened if it is not; NULL without memory. */
struct window *windows_at(struct windows *all, uint64_t ns);

/* The clock has moved to now: close the windows that it has passed. */
void windows_advance(struct windows *all, uint64_t now);

/* Close all windows. */
void windows_close(struct windows *all);

#endif
