#include "vitals/vitals.h"

#include <stdlib.h>
#include <string.h>

static const char *const state_names[VITALS_STATES] = {
	[VITALS_NONE] = "-",
	[VITALS_OK] = "ok", [VITALS_LOST] = "lost",
	[VITALS_UNREACH] = "unreach", [VITALS_ERROR] = "error",
	[VITALS_OPEN] = "open", [VITALS_CLOSED] = "closed",
	[VITALS_FILTERED] = "filtered",
	[VITALS_LATE] = "late", [VITALS_DUP] = "dup",
};

const char *
vitals_state_name(enum vitals_state state)
{
	return state_names[state];
}

enum vitals_state
vitals_state_named(const char *name, size_t n)
{
	for (enum vitals_state s = VITALS_OK; s < VITALS_STATES; s++)
		if (strlen(state_names[s]) == n &&
		    memcmp(state_names[s], name, n) == 0)
			return s;
	return VITALS_NONE;
}

int
vitals_open(struct vitals *v, uint32_t max, uint64_t seed)
{
	memset(v, 0, sizeof *v);
	v->max = max;
	if (flow_open(&v->lines, max, sizeof(struct vitals_line), seed) < 0)
		return -1;
	if (flow_open(&v->runs, max, sizeof(struct vitals_run), seed) == 0)
		return 0;
	flow_close(&v->lines);
	return -1;
}

static void
free_run(struct vitals *v, struct vitals_run *r)
{
	if (r->probe == NULL)
		return;
	for (uint32_t i = 0; i < r->of; i++)
		free(r->probe[i].info);
	free(r->probe);
	r->probe = NULL;
	v->probes -= r->of;
}

static void
drop_run(struct vitals *v, uint32_t i)
{
	free_run(v, flow_state(&v->runs, i));
	flow_drop(&v->runs, i);
}

static void
drop_line(struct vitals *v, uint32_t i)
{
	struct vitals_line *l = flow_state(&v->lines, i);

	for (int k = 0; k < VITALS_KINDS; k++)
		free_run(v, &l->newest[k]);
	free(l->path);
	free(l->host);
	flow_drop(&v->lines, i);
}

void
vitals_close(struct vitals *v)
{
	while (v->runs.used > 0)
		drop_run(v, flow_oldest(&v->runs, 0));
	while (v->lines.used > 0)
		drop_line(v, flow_oldest(&v->lines, 0));
	flow_close(&v->runs);
	flow_close(&v->lines);
}

static struct flow_key
line_key(const struct vitals *v, const char *host, uint64_t number)
{
	struct flow_key key;

	flow_key(&key, flow_end(&v->lines, host, strlen(host)),
	    flow_end(&v->lines, (const char *)&number, sizeof number));
	return key;
}

static struct flow_key
run_key(const struct vitals *v, const struct flow_key *line,
    const struct vitals_place *at)
{
	uint32_t run[] = { at->kind, at->run };
	struct flow_key key;

	flow_key(&key, flow_end(&v->runs, (const char *)line, sizeof *line),
	    flow_end(&v->runs, (const char *)run, sizeof run));
	return key;
}

/* The index of the line in its table, where it becomes the newest; 0 without
 * memory.  If there is no room, the line that was idle longest is dropped. */
static uint32_t
find_line(struct vitals *v, const char *host, uint64_t number,
    const struct flow_key *key)
{
	uint32_t i = flow_find(&v->lines, key);
	struct vitals_line *l;
	char *copy;

	if (i != 0) {
		flow_queue(&v->lines, i, 0, 0);
		return i;
	}
	if ((copy = strdup(host)) == NULL)
		return 0;
	if (flow_full(&v->lines))
		drop_line(v, flow_oldest(&v->lines, 0));
	i = flow_add(&v->lines, key, 0);
	l = flow_state(&v->lines, i);
	l->host = copy;
	l->number = number;
	return i;
}

struct vitals_line *
vitals_line(struct vitals *v, const char *host, uint64_t number)
{
	struct flow_key key = line_key(v, host, number);
	uint32_t i = find_line(v, host, number, &key);

	return i != 0 ? flow_state(&v->lines, i) : NULL;
}

/* Make room for a run of probes: drop the runs that were idle longest, then
 * other lines, with the runs that they keep. */
static bool
make_room(struct vitals *v, uint32_t of, uint32_t line)
{
	if (of > v->max)
		return false;
	while (of > v->max - v->probes && v->runs.used > 0) {
		drop_run(v, flow_oldest(&v->runs, 0));
		v->forgotten++;
	}
	while (of > v->max - v->probes &&
	    flow_oldest(&v->lines, 0) != line)
		drop_line(v, flow_oldest(&v->lines, 0));
	return of <= v->max - v->probes;
}

/* Add a run with this key.  Returns its index, or 0 without memory. */
static uint32_t
add_run(struct vitals *v, const struct flow_key *key, uint32_t of)
{
	struct vitals_probe *probe = calloc(of, sizeof *probe);
	struct vitals_run *r;
	uint32_t i;

	if (probe == NULL)
		return 0;
	i = flow_add(&v->runs, key, 0);
	r = flow_state(&v->runs, i);
	r->of = of;
	r->probe = probe;
	v->probes += of;
	return i;
}

bool
vitals_is_stopped(const struct vitals_probe *p)
{
	return p->state == VITALS_ERROR && p->info != NULL &&
	    strcmp(p->info, "stopped") == 0;
}

bool
vitals_is_cut(const struct vitals_run *r)
{
	bool stopped = false;

	for (uint32_t i = 0; i < r->of; i++) {
		const struct vitals_probe *p = &r->probe[i];

		if (r->kind == VITALS_PING && p->state == VITALS_OK)
			return false;
		stopped |= vitals_is_stopped(p);
	}
	return stopped;
}

static void
finish(struct vitals *v, struct vitals_line *l, uint32_t i)
{
	struct vitals_run *r = flow_state(&v->runs, i);

	v->done(v->arg, l, r);
	if (v->keep && !vitals_is_cut(r)) {
		free_run(v, &l->newest[r->kind]);
		l->newest[r->kind] = *r;
		r->probe = NULL;
	}
	drop_run(v, i);
}

static enum vitals_fault
add_final(struct vitals *v, const struct vitals_place *at,
    const struct flow_key *line, uint32_t number, const struct vitals_probe *p)
{
	struct flow_key key = run_key(v, line, at);
	uint32_t i = flow_find(&v->runs, &key);
	struct vitals_probe *probe;
	struct vitals_run *r;

	if (i == 0 && !make_room(v, at->of, number))
		return VITALS_OF;
	if (i == 0 && (i = add_run(v, &key, at->of)) == 0)
		return VITALS_MEMORY;
	r = flow_state(&v->runs, i);
	if (r->of != at->of)
		return VITALS_OF;
	probe = &r->probe[at->index - 1];
	if (probe->state != VITALS_NONE)
		return VITALS_AGAIN;
	*probe = *p;
	if (p->info != NULL && (probe->info = strdup(p->info)) == NULL)
		return VITALS_MEMORY;
	r->kind = at->kind;
	flow_queue(&v->runs, i, 0, 0);
	if (++r->got == r->of)
		finish(v, flow_state(&v->lines, number), i);
	return VITALS_FINE;
}

enum vitals_fault
vitals_add(struct vitals *v, const struct vitals_place *at,
    const struct addr *addr, const struct vitals_probe *p)
{
	struct flow_key key = line_key(v, at->host, at->line);
	struct vitals_line *l;
	uint32_t i;

	if (at->index == 0 || at->index > at->of)
		return VITALS_INDEX;
	if (at->kind == VITALS_TRACE && at->of > VITALS_HOPS_MAX)
		return VITALS_OF;
	if ((i = find_line(v, at->host, at->line, &key)) == 0)
		return VITALS_MEMORY;
	l = flow_state(&v->lines, i);
	l->addr = *addr;
	l->late += p->state == VITALS_LATE;
	l->dup += p->state == VITALS_DUP;
	if (p->state == VITALS_LATE || p->state == VITALS_DUP)
		return VITALS_FINE;
	return add_final(v, at, &key, i, p);
}

/* A line, by its number in the list and its index in the table. */
struct listed {
	uint64_t number;
	uint32_t i;
};

static int
by_number(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->i > y->i) - (x->i < y->i);
}

bool
vitals_each(struct vitals *v, void (*each)(void *arg, struct vitals_line *l),
    void *arg)
{
	struct listed *all = calloc((size_t)v->lines.used + 1, sizeof *all);
	uint32_t n = 0;

	if (all == NULL)
		return false;
	for (uint32_t i = flow_oldest(&v->lines, 0); i != 0;
	    i = v->lines.link[i].newer) {
		const struct vitals_line *l = flow_state(&v->lines, i);

		all[n++] = (struct listed){ l->number, i };
	}
	qsort(all, n, sizeof *all, by_number);
	for (uint32_t k = 0; k < n; k++)
		each(arg, flow_state(&v->lines, all[k].i));
	free(all);
	return true;
}

/* The last known hop of the kept path, from 1; 0 if none is. */
static uint32_t
last_known(const struct vitals_line *l)
{
	uint32_t n = l->hops;

	while (n > 0 && !l->path[n - 1].known)
		n--;
	return n;
}

/* The last hop of a trace that answered, from 1; 0 if none did. */
static uint32_t
last_answer(const struct vitals_run *r)
{
	uint32_t n = r->of;

	while (n > 0 && !r->probe[n - 1].has_from)
		n--;
	return n;
}

/* Is a trace of another path than the one kept, as far as both are known? */
static bool
differs(const struct vitals_line *l, const struct vitals_run *r)
{
	uint32_t kept = last_known(l), known = last_answer(r);

	/* A trace whose last hop answered ended there. */
	if (known == r->of && known < kept)
		return true;
	for (uint32_t i = 0; i < known && i < kept; i++)
		if (l->path[i].known && r->probe[i].has_from &&
		    !addr_equal(&l->path[i].addr, &r->probe[i].from))
			return true;
	return false;
}

/* Does the kept path lead to the target, and did the trace end before it? */
static bool
is_cut_off(const struct vitals_line *l, const struct vitals_run *r)
{
	uint32_t known = last_answer(r);

	return l->path != NULL && l->reached && known < last_known(l) &&
	    r->of - known >= VITALS_SILENT;
}

bool
vitals_path_changed(const struct vitals_line *l, const struct vitals_run *r)
{
	uint32_t known = last_answer(r);

	if (is_cut_off(l, r))
		return !l->cut_off;
	if (l->cut_off && known == r->of)
		return true;
	if (l->path == NULL || known > last_known(l) || differs(l, r))
		return true;
	for (uint32_t i = 0; i < known; i++)
		if (!l->path[i].known && r->probe[i].has_from)
			return true;
	return false;
}

bool
vitals_keep_path(struct vitals_line *l, const struct vitals_run *r)
{
	uint32_t same = l->path == NULL || differs(l, r) ? 0 : l->hops;
	struct vitals_hop *path;

	l->cut_off = is_cut_off(l, r);
	if (l->cut_off)
		return true;
	if ((path = calloc(r->of, sizeof *path)) == NULL)
		return false;
	for (uint32_t i = 0; i < r->of; i++) {
		path[i].addr = r->probe[i].from;
		path[i].known = r->probe[i].has_from;
		if (!path[i].known && i < same)
			path[i] = l->path[i];
	}
	free(l->path);
	l->path = path;
	l->hops = r->of;
	l->reached = last_answer(r) == r->of;
	return true;
}
