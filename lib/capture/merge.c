#include "capture/merge.h"

#include <stdlib.h>

#include "sys/clock.h"
#include "sys/signals.h"
#include "wire/units.h"

/* More than the kernel, or a pipe, takes to deliver a packet. */
#define DEVICE_HOLD_NS	(20 * NS_PER_MS)
#define PIPE_HOLD_NS	(200 * NS_PER_MS)
#define WAIT_MAX_NS	(1000 * NS_PER_MS)

int
merge_open(struct merge *m, size_t n)
{
	m->n = n;
	m->sources = calloc(n, sizeof(*m->sources));
	m->polled = calloc(n + 1, sizeof(*m->polled));
	return m->sources != NULL && m->polled != NULL ? 0 : -1;
}

static bool
is_empty(const struct source *s)
{
	return !s->has_head && !s->ended;
}

static int
timeout_ms(uint64_t due_ns)
{
	uint64_t now = clock_ns(CLOCK_REALTIME), left;

	if (due_ns == MERGE_NEVER)
		return -1;
	left = due_ns > now ? due_ns - now : 0;
	if (left > WAIT_MAX_NS)
		left = WAIT_MAX_NS;
	return (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

static int
sooner_ms(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

void
merge_fill(struct merge *m, uint64_t due_ns)
{
	int wait_ms = timeout_ms(due_ns);
	nfds_t n = 0;

	for (struct source *s = m->sources; s < m->sources + m->n; s++)
		if (is_empty(s)) {
			m->polled[n++] = (struct pollfd){ .events = POLLIN,
			    .fd = source_fd(s) };
			wait_ms = sooner_ms(wait_ms, source_poll_ms(s));
		}
	m->polled[n] = (struct pollfd){ .events = POLLIN,
	    .fd = signals_fd() };
	if (poll(m->polled, n + 1, wait_ms) < 0)
		return;
	n = 0;
	for (struct source *s = m->sources; s < m->sources + m->n; s++)
		if (is_empty(s) &&
		    (m->polled[n++].revents != 0 || source_poll_ms(s) >= 0))
			source_fill(s);
	if (m->polled[n].revents != 0)
		signals_drain();
}

/* As merge_next(), among the sources with a head; is any source empty? */
static struct source *
earliest(const struct merge *m, uint64_t *until, bool *any_empty)
{
	struct source *min = NULL;

	*until = MERGE_NEVER;
	*any_empty = false;
	for (struct source *s = m->sources; s < m->sources + m->n; s++) {
		if (!s->has_head) {
			*any_empty |= !s->ended;
		} else if (min == NULL) {
			min = s;
		} else if (s->head.time_ns < min->head.time_ns) {
			*until = min->head.time_ns - 1;
			min = s;
		} else if (s->head.time_ns < *until) {
			*until = s->head.time_ns;
		}
	}
	return min;
}

/*
 * How long the head of first waits for this empty source.  A pipe that
 * delivered nothing yet is assumed to be as live as first.
 */
static uint64_t
hold_ns(const struct source *s, const struct source *first)
{
	if (s->is_device)
		return DEVICE_HOLD_NS;
	return s->live || (s->packets == 0 && first->live) ? PIPE_HOLD_NS :
	    MERGE_NEVER;
}

/* The longest wait for any empty source. */
static uint64_t
longest_hold_ns(const struct merge *m, const struct source *first)
{
	uint64_t longest = 0;

	for (const struct source *s = m->sources; s < m->sources + m->n; s++)
		if (is_empty(s) && hold_ns(s, first) > longest)
			longest = hold_ns(s, first);
	return longest;
}

struct source *
merge_next(const struct merge *m, uint64_t *until)
{
	bool any_empty;
	struct source *first = earliest(m, until, &any_empty);
	uint64_t hold, horizon;

	if (first == NULL || !any_empty)
		return first;
	hold = longest_hold_ns(m, first);
	horizon = hold < MERGE_NEVER ? clock_ns(CLOCK_REALTIME) - hold : 0;
	if (*until > horizon)
		*until = horizon;
	return first->head.time_ns <= horizon ? first : NULL;
}

uint64_t
merge_due(const struct merge *m)
{
	bool any_empty;
	uint64_t until, hold;
	const struct source *first = earliest(m, &until, &any_empty);

	if (first == NULL)
		return MERGE_NEVER;
	hold = longest_hold_ns(m, first);
	return first->head.time_ns < MERGE_NEVER - hold ?
	    first->head.time_ns + hold : MERGE_NEVER;
}

bool
merge_ended(const struct merge *m)
{
	for (const struct source *s = m->sources; s < m->sources + m->n; s++)
		if (s->has_head || !s->ended)
			return false;
	return true;
}
