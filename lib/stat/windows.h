/*
 * Reports of equal stretches of time, which are open until the clock has
 * passed them.
 */
#ifndef STAT_WINDOWS_H
#define STAT_WINDOWS_H

#include "stat/report.h"

#define WINDOWS_MAX	4096	/* open at once; then the earliest goes */

struct window {
	uint64_t start;		/* a multiple of the length */
	uint64_t id;		/* never twice the same, never 0 */
	struct report report;
};

struct windows {
	uint64_t length;	/* ns; 0: one window, for good */
	struct group_pool *pool;
	struct window **open;	/* n of them, the earliest first */
	unsigned n;
	uint64_t ids;
	uint64_t due;		/* when the clock passes another end */
	/* What is done with one before it goes. */
	void (*close)(void *arg, struct window *w);
	void *arg;
};

/* The window that an instant is in, opened where it is not; NULL without
 * memory. */
struct window *windows_at(struct windows *all, uint64_t ns);

/* When the clock enters another window, close those that it has passed. */
void windows_due(struct windows *all, uint64_t now);

/* Close all. */
void windows_end(struct windows *all);

#endif
