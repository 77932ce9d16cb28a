#include "stat/served.h"

#include <stdio.h>
#include <stdlib.h>

#include "stat/json.h"
#include "stat/metrics.h"

#define ANSWER_MAX	(32 * 1024 * 1024)	/* bytes of an answer */

void
served_open(struct served *s, const struct group_pool *pool, uint64_t id)
{
	for (int i = 0; i < 3; i++)
		s->pool[i] = *pool;
	report_open(&s->newest, &s->pool[0]);
	report_open(&s->total, &s->pool[1]);
	report_open(&s->since, &s->pool[2]);
	s->id = id;
}

/* Reset the values: their sum is 0, but it still exists if it did. */
static void
reset_tally(struct tally *t)
{
	bool had = t->moments.count > 0;

	histogram_free(&t->histogram);
	memset(t, 0, sizeof *t);
	if (had)
		moments_add(&t->moments, 0);
}

static bool
merge_newest(struct served *s)
{
	bool ok = report_merge(&s->total, &s->newest) &&
	    report_merge(&s->since, &s->newest);

	report_close(&s->newest);
	s->id++;
	return ok;
}

static void
reset_sums(struct report *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		const struct groups *t = &r->section[i]->groups;

		for (uint32_t g = 0; t->used > 0 && g <= t->mask; g++)
			for (uint32_t v = 0; t->place[g].group != NULL &&
			    v < t->place[g].group->nvalues; v++)
				reset_tally(&t->place[g].group->value[v]);
	}
}

enum served_request
served_scan(const char *line)
{
	static const char *const lines[SERVED_UNKNOWN] = {
		[SERVED_ALL] = "GET", [SERVED_SINCE] = "REFRESH",
		[SERVED_METRICS] = "METRICS",
		[SERVED_OPENMETRICS] = "OPENMETRICS",
	};
	enum served_request r = 0;

	while (r < SERVED_UNKNOWN && strcmp(lines[r], line) != 0)
		r++;
	return r;
}

/* Print the records since the last such request, and forget them. */
static bool
print_since(struct served *s, FILE *f, const struct layout *l)
{
	bool ok = json_print(f, &s->since, NULL, l, false);

	if (l->nested)
		reset_sums(&s->since);
	else
		report_close(&s->since);
	return ok;
}

static bool
print(struct served *s, enum served_request request, FILE *f,
    const struct counts *counts, const struct layout *l)
{
	switch (request) {
	case SERVED_ALL:
		return json_print(f, &s->total, counts, l, false);
	case SERVED_SINCE:
		return print_since(s, f, l);
	case SERVED_METRICS:
		return metrics_print(f, &s->total, counts, l,
		    METRICS_PROMETHEUS);
	case SERVED_OPENMETRICS:
		return metrics_print(f, &s->total, counts, l, METRICS_OPEN);
	default:
		return fputs("{\"error\":\"GET, REFRESH, METRICS or "
		    "OPENMETRICS\"}\n", f) >= 0;
	}
}

char *
served_answer(struct served *s, enum served_request request,
    const struct counts *counts, const struct layout *l, size_t *n)
{
	static const char too_much[] = "{\"error\":\"too many groups\"}\n";
	char *text;
	FILE *f = open_memstream(&text, n);
	bool ok;

	if (f == NULL)
		return NULL;
	ok = merge_newest(s) && print(s, request, f, counts, l);
	ok &= fclose(f) == 0;
	if (ok && *n <= ANSWER_MAX)
		return text;
	free(text);
	*n = sizeof too_much - 1;
	return ok ? strdup(too_much) : NULL;
}
