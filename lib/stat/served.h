/*
 * Running totals for clients that query them while records arrive: of all
 * records, and of those since the last REFRESH.
 */
#ifndef STAT_SERVED_H
#define STAT_SERVED_H

#include "stat/counts.h"
#include "stat/report.h"
#include "stat/rows.h"

struct served {
	/* Records are added to newest, which is merged into the others only
	 * when a client asks.  Each report has a pool of its own. */
	struct report newest, total, since;
	struct group_pool pool[3];
	uint64_t id;		/* of newest; unique */
};

/* Make empty totals, each with the pool's limit and seed.  Ids start at id. */
void served_open(struct served *s, const struct group_pool *pool,
    uint64_t id);

enum served_request {
	SERVED_ALL,		/* all records, as JSON */
	SERVED_SINCE,		/* those since the last such request */
	SERVED_METRICS,		/* all, as Prometheus's text */
	SERVED_OPENMETRICS,	/* the same by that standard */
	SERVED_UNKNOWN		/* a JSON object with an error */
};

/* The request that a line of a client is: GET, REFRESH, METRICS, OPENMETRICS. */
enum served_request served_scan(const char *line);

/* Answer a request.  Returns *n bytes that the caller frees, or NULL without
 * memory. */
char *served_answer(struct served *s, enum served_request request,
    const struct counts *counts, const struct layout *l, size_t *n);

#endif
