#include "probe/host.h"

#include <stdlib.h>

#include "probe/address.h"
#include "probe/hops.h"
#include "probe/ping.h"
#include "probe/record.h"
#include "probe/scan.h"
#include "probe/task.h"
#include "sys/clock.h"
#include "wire/units.h"

/* Multiples of the golden ratio fill any period evenly. */
#define GOLDEN	UINT64_C(0x9e3779b97f4a7c15)

/* When a name is looked up again: if it was found, after the time to live of
 * its addresses, within bounds; if not, after RETRY at first, then each time
 * after twice the time before. */
#define AGAIN_MIN	(5 * NS_PER_S)
#define AGAIN_MAX	(300 * NS_PER_S)
#define RETRY		NS_PER_S

struct host *
host_new(struct monitor *m, const struct hostlist_entry *e)
{
	struct host *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->m = m;
	h->e = e;
	h->id = ++m->ids;
	h->number = h->id * GOLDEN;
	for (int k = 0; k < TASKS; k++)
		h->task[k] = (struct task){ .kind = (enum task_kind)k,
		    .host = h };
	h->known = address_scan(e, &h->peer);
	h->is_name = !h->known;
	return h;
}

void
host_free(struct host *h)
{
	schedule_drop(&h->m->schedule, &h->task[TASK_LOOKUP].due);
	path_close(&h->path);
	free(h);
}

/* Its address is known, for the first time or a new one. */
static void
begin(struct host *h)
{
	h->m->resolved++;
	h->start = clock_ns(CLOCK_MONOTONIC);
	for (int k = 0; k < TASK_RUNS; k++)
		task_start(&h->task[k], h->start);
	/* The first trace shows the path before any loss. */
	if (h->e->on_loss)
		task_start_now(&h->task[TASK_TRACE], h->start);
}

void
host_start(struct host *h)
{
	record_conf(h);
	if (h->known)
		begin(h);
	else
		host_look_up(h);
}

void
host_stop(struct host *h)
{
	for (int k = 0; k < TASK_RUNS; k++)
		schedule_drop(&h->m->schedule, &h->task[k].due);
	ping_stop(h);
	hops_stop(h);
	scan_stop(h);
	if (h->udp.socket != NULL)
		prober_close_udp(h->udp.socket);
	h->udp.socket = NULL;
}

static bool
has_begun(const struct task *t)
{
	const struct host *h = t->host;

	return t->kind == TASK_PING ? t->index > 0 :
	    t->kind == TASK_TRACE ? h->trace != NULL :
	    t->kind == TASK_SCAN && h->scan != NULL;
}

static void
finish(struct host *h)
{
	for (int k = 0; k < TASKS; k++)
		if (!has_begun(&h->task[k]))
			schedule_drop(&h->m->schedule, &h->task[k].due);
}

void
host_finish(struct monitor *m)
{
	m->once = true;
	for (size_t i = 0; i < m->nhosts; i++)
		for (struct host *h = m->hosts[i]; h != NULL; h = h->sibling)
			finish(h);
}

static bool
is_gone(const void *owner)
{
	return ((const struct host *)owner)->gone;
}

static void
forget(void *owner, const struct flight_probe *p)
{
	if (!p->trace)
		ping_forget(owner, p->stamp, p->run, p->index);
}

void
host_forget_gone(struct monitor *m)
{
	prober_forget(&m->prober, is_gone, forget);
}

/* Names. */

void
host_look_up_queued(struct monitor *m)
{
	struct host *h;

	while ((h = m->queued) != NULL && (h->gone || lookup_ask(&m->lookup,
	    (uintptr_t)h, h->e->family, h->e->host))) {
		if ((m->queued = h->next) == NULL)
			m->queue_end = &m->queued;
		if (h->gone)
			host_free(h);
	}
}

void
host_look_up(struct host *h)
{
	struct monitor *m = h->m;

	if (h->asked)
		return;
	h->asked = true;
	h->next = NULL;
	*m->queue_end = h;
	m->queue_end = &h->next;
	host_look_up_queued(m);
}

static void
look_up_after(struct host *h, uint64_t ns)
{
	if (!h->m->once)
		schedule_set(&h->m->schedule, &h->task[TASK_LOOKUP].due,
		    clock_ns(CLOCK_MONOTONIC) + ns);
}

static void
not_found(struct host *h, const char *why)
{
	if (!h->warned) {
		h->m->unresolved(h, why);
		if (!h->known)
			record_host(h, "unresolved", why);
	}
	h->warned = true;
	h->retry = h->retry == 0 ? RETRY : 2 * h->retry;
	if (h->retry > AGAIN_MAX)
		h->retry = AGAIN_MAX;
	look_up_after(h, h->retry);
}

/* Probe another address from now on.  Unanswered probes of the old one are
 * forgotten, for which the host is marked as gone for a moment. */
static void
move(struct host *h, const struct peer *to)
{
	char before[ADDR_TEXT_MAX + 1];

	before[addr_fmt(before, &h->peer.addr)] = '\0';
	h->gone = true;
	host_forget_gone(h->m);
	h->gone = false;
	host_stop(h);
	path_close(&h->path);
	h->peer = *to;
	record_host(h, "changed", before);
	begin(h);
}

/* The index of an address in an answer; a->n if it is not there. */
static unsigned
place_in(const struct lookup_answer *a, const struct peer *p)
{
	unsigned i = 0;

	while (i < a->n && !address_same(&a->peer[i], p))
		i++;
	return i;
}

/* Remove an address from an answer. */
static void
remove_at(struct lookup_answer *a, unsigned i)
{
	for (a->n--; i < a->n; i++)
		a->peer[i] = a->peer[i + 1];
}

/* Remove the addresses that must not be probed.  Returns NULL, or why none is
 * left. */
static const char *
keep_permitted(struct lookup_answer *a)
{
	const char *why = a->why, *refusal;

	for (unsigned i = a->n; i-- > 0;)
		if ((refusal = address_refusal(&a->peer[i])) != NULL) {
			why = refusal;
			remove_at(a, i);
		}
	return a->n == 0 ? why : NULL;
}

static bool
is_siblings(const struct host *h, const struct peer *p)
{
	const struct host *s = h->sibling;

	while (s != NULL && !address_same(&s->peer, p))
		s = s->sibling;
	return s != NULL;
}

/* The index of the last address that no sibling has; if all have siblings, of
 * the last. */
static unsigned
choose(const struct host *h, const struct lookup_answer *a)
{
	unsigned i = a->n;

	while (i-- > 0)
		if (!is_siblings(h, &a->peer[i]))
			return i;
	return a->n - 1;
}

/* Keep the address if it is still one of the name's: servers rotate them.
 * Otherwise choose another. */
static void
found(struct host *h, struct lookup_answer *a)
{
	unsigned i = h->known ? place_in(a, &h->peer) : a->n;
	bool still = i < a->n;
	struct peer to;

	h->warned = false;
	h->retry = 0;
	if (!still)
		i = choose(h, a);
	to = a->peer[i];
	remove_at(a, i);
	if (still)
		return;
	if (h->known) {
		move(h, &to);
		return;
	}
	h->known = true;
	h->peer = to;
	record_host(h, "resolved", NULL);
	begin(h);
}

static void
end_sibling(struct host *s)
{
	s->gone = true;
	host_forget_gone(s->m);
	host_stop(s);
	record_host(s, "gone", NULL);
	s->m->nsiblings--;
	host_free(s);
}

/* Probe one more address of the name. */
static void
add_sibling(struct host *h, const struct peer *to)
{
	struct monitor *m = h->m;
	struct host *s;

	if (schedule_reserve(&m->schedule, (uint32_t)((m->nhosts +
	    m->nsiblings + 1) * TASKS)) < 0 || (s = host_new(m, h->e)) == NULL)
		return;		/* without memory, until the next answer */
	m->nsiblings++;
	s->sibling = h->sibling;
	h->sibling = s;
	s->is_name = false;
	s->known = true;
	s->peer = *to;
	record_conf(s);
	record_host(s, "resolved", NULL);
	begin(s);
}

/* Keep the siblings whose addresses are left in the answer, end the others, and
 * add one for each further address. */
static void
set_siblings(struct host *h, struct lookup_answer *a)
{
	struct host **at = &h->sibling, *s;

	while ((s = *at) != NULL) {
		unsigned i = place_in(a, &s->peer);

		if (i < a->n) {
			remove_at(a, i);
			at = &s->sibling;
			continue;
		}
		*at = s->sibling;
		end_sibling(s);
	}
	while (a->n > 0)
		add_sibling(h, &a->peer[--a->n]);
}

void
host_end_siblings(struct host *h)
{
	struct host *s;

	while ((s = h->sibling) != NULL) {
		h->sibling = s->sibling;
		end_sibling(s);
	}
}

void
host_answer(struct lookup_answer *a)
{
	struct host *h = (struct host *)(uintptr_t)a->id;
	uint64_t again = a->ttl * NS_PER_S;
	const char *why;

	h->asked = false;
	if (h->gone) {
		host_free(h);
		return;
	}
	if ((why = keep_permitted(a)) != NULL) {
		not_found(h, why);
		return;
	}
	found(h, a);
	if (h->e->all)
		set_siblings(h, a);
	look_up_after(h, again < AGAIN_MIN ? AGAIN_MIN :
	    again > AGAIN_MAX ? AGAIN_MAX : again);
}

/* What is due, and what came of it. */

int
host_step(struct task *t, uint64_t now)
{
	switch (t->kind) {
	case TASK_PING:
		ping_step(t, now);
		return 0;
	case TASK_TRACE:
		return hops_step(t, now);
	case TASK_SCAN:
		return scan_step(t, now);
	case TASK_LOOKUP:
		schedule_drop(&t->host->m->schedule, &t->due);
		host_look_up(t->host);
		return 0;
	}
	return 0;
}

void
host_outcome(void *host, const struct prober_outcome *o)
{
	if (o->trace)
		hops_outcome(host, o);
	else
		ping_outcome(host, o);
}
