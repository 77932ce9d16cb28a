#include "probe/routers.h"

/* The interval between probes of a limited router: Linux's limit at first,
 * doubled by silence, halved by RELAX answers in a row.  Below LIMIT_MIN_NS the
 * router no longer counts as limited. */
#define LIMIT_NS	NS_PER_S
#define LIMIT_MAX_NS	(8 * NS_PER_S)
#define LIMIT_MIN_NS	(100 * NS_PER_MS)
#define RELAX		20

/* A router that answered another trace within that time is limited, not down. */
#define TOGETHER_NS	NS_PER_S

/* Intervals between probes by traces that know the router: its other answers
 * are left to traces that do not know it yet. */
#define KNOWN		4

int
routers_open(struct routers *rs, uint64_t seed)
{
	*rs = (struct routers){ .first = { { .known = false } } };
	return flow_open(&rs->table, ROUTERS_MAX, sizeof(struct router), seed);
}

static struct flow_key
key_of(const struct routers *rs, const struct addr *a, unsigned ttl)
{
	struct flow_key key;

	flow_key(&key, flow_end(&rs->table, (const char *)a->b, sizeof a->b),
	    flow_end(&rs->table, (const char *)&ttl, sizeof ttl));
	return key;
}

struct router *
routers_find(struct routers *rs, const struct addr *a, unsigned ttl)
{
	struct flow_key key = key_of(rs, a, ttl);
	uint32_t i = flow_find(&rs->table, &key);

	return i != 0 ? flow_state(&rs->table, i) : NULL;
}

/* The same, added if it is not there: if there is no room, in place of the one
 * that was idle longest. */
static struct router *
find_or_add(struct routers *rs, const struct addr *a, unsigned ttl)
{
	struct flow_key key = key_of(rs, a, ttl);
	uint32_t i = flow_find(&rs->table, &key);

	if (i == 0 && flow_full(&rs->table))
		flow_drop(&rs->table, flow_oldest(&rs->table, 0));
	if (i == 0)
		i = flow_add(&rs->table, &key, 0);
	else
		flow_queue(&rs->table, i, 0, 0);
	return flow_state(&rs->table, i);
}

static void
note_first(struct routers *rs, const struct addr *a)
{
	bool v6 = a->v6;

	rs->first[v6].several |= rs->first[v6].known &&
	    !addr_equal(&rs->first[v6].addr, a);
	rs->first[v6].addr = *a;
	rs->first[v6].known = true;
}

struct router *
routers_first(struct routers *rs, bool v6)
{
	return rs->first[v6].known && !rs->first[v6].several ?
	    routers_find(rs, &rs->first[v6].addr, 1) : NULL;
}

void
routers_answered(struct routers *rs, unsigned ttl, const struct trace_reply *r,
    uint32_t asker, uint64_t now)
{
	struct router *router = find_or_add(rs, &r->from, ttl);

	if (ttl == 1)
		note_first(rs, &r->from);
	router->last = *r;
	router->seen = now;
	router->asker = asker;
	if (router->interval == 0 || ++router->answered < RELAX)
		return;
	router->answered = 0;
	router->interval /= 2;
	if (router->interval < LIMIT_MIN_NS)
		router->interval = 0;
}

void
router_silent(struct router *r, uint32_t asker, uint64_t sent, uint64_t now)
{
	if (r->interval == 0 && r->asker != asker &&
	    r->seen + TOGETHER_NS > sent)
		r->interval = LIMIT_NS;
	else if (r->interval != 0 && now >= r->next &&
	    r->interval < LIMIT_MAX_NS)
		r->interval *= 2;
	if (r->next < now + r->interval)
		r->next = now + r->interval;
	r->answered = 0;
}

bool
router_may_probe(struct router *r, uint64_t now)
{
	if (r->interval != 0 && now < r->next)
		return false;
	r->next = now + KNOWN * r->interval;
	return true;
}
