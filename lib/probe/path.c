#include "probe/path.h"

#include <stdlib.h>
#include <string.h>

void
path_close(struct path *p)
{
	free(p->hop);
	*p = (struct path){ .n = 0 };
}

static bool
is_other(const struct path_hop *a, const struct path_hop *b)
{
	return a->known && b->known &&
	    memcmp(&a->addr, &b->addr, sizeof a->addr) != 0;
}

static bool
differs(const struct path *p, const struct path *now)
{
	unsigned n = p->n < now->n ? p->n : now->n;

	if (p->reached && now->reached && p->n != now->n)
		return true;
	for (unsigned i = 0; i < n; i++)
		if (is_other(&p->hop[i], &now->hop[i]))
			return true;
	/* An answer from beyond the target is a change. */
	for (unsigned i = n; p->reached && i < now->n; i++)
		if (now->hop[i].known)
			return true;
	for (unsigned i = n; now->reached && i < p->n; i++)
		if (p->hop[i].known)
			return true;
	return false;
}

/* Set the hops of into from what is known now, or else from before. */
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
path_update(struct path *p, const struct trace *t, struct path *old)
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
		*old = *p;
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
