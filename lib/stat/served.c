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

static bool
print(struct served *s, const char *line, FILE *f,
    const struct counts *counts, const struct layout *l)
{
	bool ok;

	if (strcmp(line, "GET") == 0)
		return json_print(f, &s->total, counts, l, false);
	if (strcmp(line, "METRICS") == 0)
		return metrics_print(f, &s->total, counts, l,
		    METRICS_PROMETHEUS);
	if (strcmp(line, "OPENMETRICS") == 0)
		return metrics_print(f, &s->total, counts, l, METRICS_OPEN);
	if (strcmp(line, "REFRESH") != 0)
		return fputs("{\"error\":\"GET, REFRESH, METRICS or "
		    "OPENMETRICS\"}\n", f) >= 0;
	ok = json_print(f, &s->since, NULL, l, false);
	if (l->nested)
		reset_sums(&s->since);
	else
		report_close(&s->since);
	return ok;
}

char *
served_answer(struct served *s, const char *line,
    const struct counts *counts, const struct layout *l, size_t *n)
{
	static const char too_much[] = "{\"error\":\"too many groups\"}\n";
	char *text;
	FILE *f = open_memstream(&text, n);
	bool ok;

	if (f == NULL)
		return NULL;
	ok = merge_newest(s) && print(s, line, f, counts, l);
	ok &= fclose(f) == 0;
	if (ok && *n <= ANSWER_MAX)
		return text;
	free(text);
	*n = sizeof too_much - 1;
	return ok ? strdup(too_much) : NULL;
}
