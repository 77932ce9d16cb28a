#include "probe/path.h"

#include <stdlib.h>

void
path_close(struct path *p)
{
	free(p->hop);
	*p = (struct path){ .n = 0 };
}

static bool
is_other(const struct path_hop *a, const struct path_hop *b)
{
	return a->known && b->known && !addr_equal(&a->addr, &b->addr);
}

/* Is a hop from first to end - 1 known? */
static bool
any_known(const struct path *p, unsigned first, unsigned end)
{
	while (first < end && !p->hop[first].known)
		first++;
	return first < end;
}

/*
 * A path that is longer only because the target did not answer where it did
 * before is the same; an answer from beyond the target is another path.
 */
static bool
differs(const struct path *p, const struct path *now)
{
	const struct path *longer = p->n > now->n ? p : now;
	unsigned n = p->n < now->n ? p->n : now->n;

	for (unsigned i = 0; i < n; i++)
		if (is_other(&p->hop[i], &now->hop[i]))
			return true;
	if (p->reached && now->reached && p->n != now->n)
		return any_known(longer, n, longer->n - 1);
	return (p->reached && any_known(now, n, now->n)) ||
	    (now->reached && any_known(p, n, p->n));
}

/* Does the trace show more of the same path? */
static bool
is_better(const struct path *p, const struct path *now)
{
	if (now->reached && (!p->reached || now->n < p->n))
		return true;
	for (unsigned i = 0; i < now->n && !(p->reached && i >= p->n); i++)
		if (now->hop[i].known && (i >= p->n || !p->hop[i].known))
			return true;
	return false;
}

/* The length of the path that both p and now show in part. */
static unsigned
length(const struct path *p, const struct path *now)
{
	if (p->reached != now->reached)
		return p->reached ? p->n : now->n;
	return (p->n < now->n) == p->reached ? p->n : now->n;
}

/* Fill the hops that are unknown in now from p, which is the same path. */
static void
add_known(struct path *now, const struct path *p)
{
	now->n = length(p, now);
	now->reached |= p->reached;
	for (unsigned i = 0; i < now->n && i < p->n; i++)
		if (!now->hop[i].known)
			now->hop[i] = p->hop[i];
}

int
path_update(struct path *p, const struct trace *t, struct path *old)
{
	struct path now = { .n = t->last,
	    .reached = t->end == TRACE_END_REACHED };
	bool news;

	now.hop = calloc(now.n > p->n ? now.n : p->n, sizeof(*now.hop));
	if (now.hop == NULL)
		return -1;
	for (unsigned i = 0; i < now.n; i++) {
		now.hop[i].addr = t->hop[i].reply.from;
		now.hop[i].known = t->hop[i].answered;
	}
	news = p->n == 0 || differs(p, &now);
	if (!news) {
		news = is_better(p, &now);
		add_known(&now, p);
	}
	*old = *p;
	*p = now;
	if (!news)
		path_close(old);
	return news;
}
