#include "probe/trace.h"

#include <stdlib.h>

struct trace *
trace_new(unsigned max, uint64_t interval)
{
	struct trace *t = calloc(1, sizeof(*t) + max * sizeof(t->hop[0]));

	if (t == NULL)
		return NULL;
	t->last = max;
	t->why = TRACE_END_MAX;
	t->interval = interval;
	t->window = TRACE_WINDOW;
	return t;
}

/* How long to wait for an answer. */
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
is_settled(const struct trace_hop *h)
{
	return h->answered || h->silent;
}

/* Is the address of hop i that of an earlier hop, with another one in between?
 * The same twice in a row is a router that decrements the TTL oddly. */
static bool
is_loop(const struct trace *t, unsigned i)
{
	const struct addr *from = &t->hop[i].reply.from;
	bool other = false;

	if (!t->hop[i].answered)
		return false;
	while (i-- > 0) {
		if (!t->hop[i].answered)
			continue;
		if (!addr_equal(&t->hop[i].reply.from, from))
			other = true;
		else if (other)
			return true;
	}
	return false;
}

/* No hop after that one is of interest. */
static void
end_at(struct trace *t, unsigned last, enum trace_end why)
{
	t->last = last;
	t->why = why;
}

/* The end is certain once all hops before it are settled. */
static void
decide(struct trace *t)
{
	unsigned silent = 0;

	for (unsigned i = 0; i < t->last; i++) {
		if (!is_settled(&t->hop[i]))
			return;
		silent = t->hop[i].answered ? 0 : silent + 1;
		if (silent == TRACE_SILENT)
			end_at(t, i + 1, TRACE_END_SILENT);
		else if (is_loop(t, i))
			end_at(t, i + 1, TRACE_END_LOOP);
	}
	t->end = t->why;
}

/* Has a router answered that is farther away than hop i? */
static bool
is_passed(const struct trace *t, unsigned i)
{
	while (++i < t->last)
		if (t->hop[i].answered &&
		    t->hop[i].reply.what == TRACE_PASSED)
			return true;
	return false;
}

/* Is a hop without an answer not worth another try? */
static bool
is_given_up(const struct trace *t, unsigned i)
{
	unsigned tries = t->hop[i].tries;

	return tries == TRACE_TRIES ||
	    (tries > 0 && !t->thorough && is_passed(t, i));
}

/* The last hop to probe: further ones would follow TRACE_SILENT silent hops. */
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
 * The first hop, from 1, to probe now, or 0; and in *due when the first answer
 * is overdue.  Marks hops without an answer after all tries as silent.
 */
static unsigned
next_hop(struct trace *t, uint64_t now, uint64_t *due)
{
	uint64_t wait = patience(t);
	unsigned next = 0, under_way = 0, far = horizon(t);

	*due = UINT64_MAX;
	for (unsigned i = 0; i < far && under_way < t->window; i++) {
		struct trace_hop *h = &t->hop[i];

		if (is_settled(h))
			continue;
		if (h->tries > 0 && now < h->sent + wait) {
			under_way++;
			if (h->sent + wait < *due)
				*due = h->sent + wait;
		} else if (is_given_up(t, i))
			h->silent = true;
		else if (next == 0)
			next = i + 1;
	}
	return under_way < t->window ? next : 0;
}

unsigned
trace_step(struct trace *t, uint64_t now, uint64_t *due)
{
	unsigned ttl = next_hop(t, now, due);

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
		end_at(t, ttl, TRACE_END_REACHED);
	else if (r->what == TRACE_UNREACH)
		end_at(t, ttl, TRACE_END_UNREACH);
}

void
trace_share(struct trace *t, unsigned ttl, const struct trace_reply *r)
{
	struct trace_hop *h = &t->hop[ttl - 1];

	h->silent = r == NULL;
	h->answered = h->shared = r != NULL;
	if (r != NULL)
		h->reply = *r;
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
