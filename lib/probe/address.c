#include "probe/address.h"

#include <err.h>
#include <errno.h>
#include <string.h>

#include "probe/host.h"
#include "probe/tell.h"
#include "sys/clock.h"
#include "wire/units.h"

#define AGAIN	(300 * NS_PER_S)	/* addresses may change */
#define RETRY	NS_PER_S		/* doubled each time, up to that */

bool
address_scan(const struct hostlist_entry *e, struct peer *peer)
{
	char text[ADDR_PADDING + ADDR_TEXT_MAX + ADDR_PADDING] = "";
	size_t n = strlen(e->host);

	*peer = (struct peer){ .scope = 0 };
	if (n >= ADDR_TEXT_MAX)
		return false;
	memcpy(text + ADDR_PADDING, e->host, n + 1);
	return addr_scan(text + ADDR_PADDING, n, &peer->addr) == n &&
	    (e->family == 0 || (e->family == 6) == peer->addr.v6);
}

const char *
address_refusal(const struct peer *p)
{
	switch (probesock_refuse(p)) {
	case 0:
		return NULL;
	case EACCES:
		return "a broadcast address";
	default:
		return "not the address of one host";
	}
}

void
address_ask_more(struct monitor *m)
{
	struct host *h;

	while ((h = m->ask_first) != NULL && (h->gone || lookup_ask(&m->lookup,
	    (uintptr_t)h, h->e->family, h->e->host))) {
		if ((m->ask_first = h->next) == NULL)
			m->ask_last = &m->ask_first;
		if (h->gone)
			host_free(h);
	}
}

void
address_ask(struct host *h)
{
	struct monitor *m = h->m;

	if (h->asking)
		return;
	h->asking = true;
	h->next = NULL;
	*m->ask_last = h;
	m->ask_last = &h->next;
	address_ask_more(m);
}

static void
again(struct host *h, uint64_t after)
{
	if (!h->m->once)
		schedule_set(&h->m->schedule, &h->job[JOB_NAME].due,
		    clock_ns(CLOCK_MONOTONIC) + after);
}

/* Said once, and again when it had been known between. */
static void
not_found(struct host *h, const char *why)
{
	if (!h->told)
		warnx("%s:%u: %s: %s", h->m->place, h->e->line, h->e->host,
		    why);
	if (!h->told && !h->known)
		tell_host(h, "unresolved", why);
	h->told = true;
	h->retry = h->retry == 0 ? RETRY : 2 * h->retry;
	if (h->retry > AGAIN)
		h->retry = AGAIN;
	again(h, h->retry);
}

/* What was sent to the address before is not waited for. */
static void
moved(struct host *h, const struct peer *to)
{
	char before[ADDR_TEXT_MAX + 1];

	before[addr_fmt(before, &h->peer.addr)] = '\0';
	h->gone = true;
	host_forget_gone(h->m);
	h->gone = false;
	host_stop(h);
	path_close(&h->path);
	h->peer = *to;
	tell_host(h, "changed", before);
	host_begin(h);
}

static bool
same(const struct peer *a, const struct peer *b)
{
	return memcmp(&a->addr, &b->addr, sizeof a->addr) == 0 &&
	    a->scope == b->scope;
}

static void
found(struct host *h, const struct peer *to)
{
	const char *why = address_refusal(to);

	if (why != NULL) {
		not_found(h, why);
		return;
	}
	h->told = false;
	h->retry = 0;
	if (!h->known) {
		h->known = true;
		h->peer = *to;
		tell_host(h, "resolved", NULL);
		host_begin(h);
	} else if (!same(&h->peer, to))
		moved(h, to);
	again(h, AGAIN);
}

void
address_answer(const struct lookup_answer *a)
{
	struct host *h = (struct host *)(uintptr_t)a->id;

	h->asking = false;
	if (h->gone)
		host_free(h);
	else if (a->found)
		found(h, &a->peer);
	else
		not_found(h, a->why);
}
