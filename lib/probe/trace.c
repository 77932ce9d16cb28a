#include "probe/trace.h"

#include <stdlib.h>
#include <string.h>

struct trace *
trace_new(unsigned max, uint64_t interval)
{
	struct trace *t = calloc(1, sizeof(*t) + max * sizeof(t->hop[0]));

	if (t == NULL)
		return NULL;
	t->last = max;
	t->why = TRACE_END_MAX;
	t->interval = interval;
	return t;
}

/* How long an answer is waited for. */
static uint64_t
patience(const struct trace *t)
{
	uint64_t ns = 4 * t->longest;

	if (t->longest == 0)
		return TRACE_WAIT_FIRST_NS;
	if (ns < TRACE_WAIT_MIN_NS)
		return TRACE_WAIT_MIN_NS;
	return ns < TRACE_WAIT_MAX_NS ? ns : TRACE_WAIT_MAX_NS;
}

static bool
same(const struct addr *a, const struct addr *b)
{
	return a->v6 == b->v6 && memcmp(a->b, b->b, sizeof a->b) == 0;
}

static bool
is_settled(const struct trace_hop *h)
{
	return h->answered || h->silent;
}

/* Was hop i's router there before, with another in between?  The same one
 * twice in a row is a router that counts oddly. */
static bool
comes_back(const struct trace *t, unsigned i)
{
	const struct addr *from = &t->hop[i].reply.from;
	bool other = false;

	if (!t->hop[i].answered)
		return false;
	while (i-- > 0) {
		if (!t->hop[i].answered)
			continue;
		if (!same(&t->hop[i].reply.from, from))
			other = true;
		else if (other)
			return true;
	}
	return false;
}

static void
narrow(struct trace *t, unsigned last, enum trace_end why)
{
	t->last = last;
	t->why = why;
}

/* What ends it is known for sure when all hops before are settled. */
static void
decide(struct trace *t)
{
	unsigned silent = 0;

	for (unsigned i = 0; i < t->last; i++) {
		if (!is_settled(&t->hop[i]))
			return;
		silent = t->hop[i].answered ? 0 : silent + 1;
		if (silent == TRACE_SILENT)
			narrow(t, i + 1, TRACE_END_SILENT);
		else if (comes_back(t, i))
			narrow(t, i + 1, TRACE_END_LOOP);
	}
	t->end = t->why;
}

/* Hops further than that are not asked: it would end before them. */
static unsigned
horizon(const struct trace *t)
{
	unsigned far = TRACE_SILENT;

	for (unsigned i = 0; i < t->last; i++)
		if (t->hop[i].answered)
			far = i + 1 + TRACE_SILENT;
	return far < t->last ? far : t->last;
}

/*
 * The first hop to be asked, now or again, 0 for none; and when the state
 * changes of those under way.
 */
static unsigned
look(struct trace *t, uint64_t now, uint64_t *due)
{
	uint64_t wait = patience(t);
	unsigned next = 0, under_way = 0, far = horizon(t);

	*due = UINT64_MAX;
	for (unsigned i = 0; i < far && under_way < TRACE_WINDOW; i++) {
		struct trace_hop *h = &t->hop[i];

		if (is_settled(h))
			continue;
		if (h->tries > 0 && now < h->sent + wait) {
			under_way++;
			if (h->sent + wait < *due)
				*due = h->sent + wait;
		} else if (h->tries == TRACE_TRIES)
			h->silent = true;
		else if (next == 0)
			next = i + 1;
	}
	return under_way < TRACE_WINDOW ? next : 0;
}

unsigned
trace_step(struct trace *t, uint64_t now, uint64_t *due)
{
	unsigned ttl = look(t, now, due);

	decide(t);
	if (t->end != TRACE_RUNNING || ttl > t->last)
		return 0;
	if (ttl != 0 && now < t->next) {
		if (t->next < *due)
			*due = t->next;
		return 0;
	}
	return ttl;
}

void
trace_sent(struct trace *t, unsigned ttl, uint64_t now, uint64_t stamp)
{
	struct trace_hop *h = &t->hop[ttl - 1];

	h->sent = now;
	h->stamp = stamp;
	h->tries++;
	t->next = now + t->interval;
}

void
trace_answer(struct trace *t, unsigned ttl, const struct trace_reply *r)
{
	struct trace_hop *h = &t->hop[ttl - 1];

	if (ttl > t->last || h->answered)
		return;
	h->answered = true;
	h->reply = *r;
	if (r->rtt > t->longest)
		t->longest = r->rtt;
	if (r->what == TRACE_REACHED)
		narrow(t, ttl, TRACE_END_REACHED);
	else if (r->what == TRACE_UNREACH)
		narrow(t, ttl, TRACE_END_UNREACH);
}

const char *
trace_end_name(enum trace_end end)
{
	static const char *const names[] = {
		[TRACE_RUNNING] = "-", [TRACE_END_REACHED] = "reached",
		[TRACE_END_SILENT] = "silent", [TRACE_END_LOOP] = "loop",
		[TRACE_END_UNREACH] = "unreach", [TRACE_END_MAX] = "max",
	};

	return names[end];
}

/* Paths. */

void
path_close(struct path *p)
{
	free(p->hop);
	*p = (struct path){ .n = 0 };
}

static bool
differs(const struct path *p, const struct path *now)
{
	unsigned n = p->n < now->n ? p->n : now->n;

	if (p->reached && now->reached && p->n != now->n)
		return true;
	for (unsigned i = 0; i < n; i++)
		if (p->hop[i].known && now->hop[i].known &&
		    !same(&p->hop[i].addr, &now->hop[i].addr))
			return true;
	/* What answers beyond the target, or from where it was, is another. */
	for (unsigned i = n; p->reached && i < now->n; i++)
		if (now->hop[i].known)
			return true;
	for (unsigned i = n; now->reached && i < p->n; i++)
		if (p->hop[i].known)
			return true;
	return false;
}

/* Make into, of the two, all that is known of a path, newest first. */
static void
merge(struct path *into, const struct path *now, const struct path *before)
{
	for (unsigned i = 0; i < into->n; i++)
		if (i < now->n && now->hop[i].known)
			into->hop[i] = now->hop[i];
		else if (i < before->n && before->hop[i].known)
			into->hop[i] = before->hop[i];
}

int
path_take(struct path *p, const struct trace *t, struct path *was)
{
	struct path now = { .n = t->last,
	    .reached = t->end == TRACE_END_REACHED };

	now.hop = calloc(now.n, sizeof(*now.hop));
	if (now.hop == NULL)
		return -1;
	for (unsigned i = 0; i < now.n; i++) {
		now.hop[i].addr = t->hop[i].reply.from;
		now.hop[i].known = t->hop[i].answered;
	}
	if (p->n == 0 || differs(p, &now)) {
		*was = *p;
		*p = now;
		return 1;
	}
	if (now.reached || (!p->reached && now.n > p->n)) {
		merge(&now, &now, p);
		path_close(p);
		*p = now;
	} else {
		merge(p, &now, p);
		path_close(&now);
	}
	return 0;
}
