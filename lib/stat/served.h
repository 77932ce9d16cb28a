/*
 * Running totals, for clients that ask while records come: of all, and of
 * what came since the last time that somebody wanted that.
 */
#ifndef STAT_SERVED_H
#define STAT_SERVED_H

#include "stat/counts.h"
#include "stat/rows.h"

struct served {
	/* Records go to the newest alone; it becomes part of the others when
	 * somebody asks.  Each has a cap of its own. */
	struct report newest, total, since;
	struct group_pool pool[3];
	uint64_t id;		/* of the newest; never twice the same */
};

/* Empty totals, each with the pool's cap and hash key.  Ids start at id. */
void served_open(struct served *s, const struct group_pool *pool,
    uint64_t id);

/*
 * The answer to a line: GET, all as JSON; REFRESH, what came since the last
 * REFRESH; METRICS, all as metrics; else an object with an error.  *n bytes,
 * the caller's to free; NULL without memory.
 */
char *served_answer(struct served *s, const char *line,
    const struct counts *counts, const struct layout *l, size_t *n);

#endif
