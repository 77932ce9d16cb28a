#include "probe/reload.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/address.h"
#include "probe/host.h"
#include "probe/job.h"
#include "probe/tell.h"
#include "wire/units.h"

#define READ_FIRST	65536

/* Reading. */

/* All of a file, to be freed; NULL with errno. */
static char *
read_all(int fd, size_t *n)
{
	size_t cap = READ_FIRST;
	char *text = malloc(cap), *bigger;
	ssize_t r = -1;

	*n = 0;
	while (text != NULL && (r = read(fd, text + *n, cap - *n)) != 0) {
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			break;
		*n += (size_t)r;
		if (*n < cap)
			continue;
		cap *= 2;
		if ((bigger = realloc(text, cap)) == NULL) {
			r = -1;
			break;
		}
		text = bigger;
	}
	if (r == 0)
		return text;
	free(text);
	return NULL;
}

/* Packets a second that an entry asks for, at the most. */
static double
demand_of(const struct hostlist_entry *e)
{
	const uint32_t packets[JOB_RUNS] = {
		[JOB_PING] = e->numpings, [JOB_HOPS] = e->hops,
		[JOB_PORTS] = e->nports };
	double sum = 0;

	for (int k = 0; k < JOB_RUNS; k++) {
		uint64_t period = job_period(e, (enum job_kind)k);

		if (period > 0)
			sum += packets[k] * (double)NS_PER_S /
			    (double)period;
	}
	return sum;
}

/* May all of them be probed?  Says which not. */
static bool
may_probe(const struct monitor *m, const struct hostlist *l)
{
	struct peer peer;
	const char *why;

	for (size_t i = 0; i < l->n; i++) {
		const struct hostlist_entry *e = &l->entries[i];

		if (!address_scan(e, &peer))
			continue;
		if ((why = address_refusal(&peer)) != NULL) {
			warnx("%s:%u: %s: %s", m->place, e->line, e->host, why);
			return false;
		}
	}
	return true;
}

static bool
fits(const struct monitor *m, double demand)
{
	if (m->once || demand <= m->rate)
		return true;
	warnx("%s: asks for %.0f packets a second, -r allows %" PRIu32,
	    m->place, demand, m->rate);
	return false;
}

static int
read_list(const struct monitor *m, int fd, struct hostlist *l)
{
	size_t n;
	char *text = read_all(fd, &n);
	int r;

	*l = (struct hostlist){ .n = 0 };
	if (text == NULL) {
		warn("%s", m->place);
		return -1;
	}
	r = hostlist_parse(l, text, n);
	free(text);
	if (r < 0)
		warnx("%s:%s", m->place, l->error);
	else if (l->n == 0) {
		warnx("%s: no hosts", m->place);
		r = -1;
	}
	return r;
}

/* Changing what has changed. */

/* An entry, and its host where it has one. */
struct pair {
	const struct hostlist_entry *e;
	struct host *h;
};

static int
order_lines(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	return p->e->line < q->e->line ? -1 : p->e->line > q->e->line;
}

static int
order_pairs(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;
	int r = hostlist_order(p->e, q->e);

	return r != 0 ? r : order_lines(a, b);
}

static void *
room_for(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		err(1, NULL);
	return p;
}

/* Give entries of now the hosts of before that ask for the same. */
static void
match(struct pair *before, size_t nbefore, struct pair *now, size_t nnow)
{
	size_t i = 0, k = 0;

	qsort(before, nbefore, sizeof *before, order_pairs);
	qsort(now, nnow, sizeof *now, order_pairs);
	while (i < nbefore && k < nnow) {
		int r = hostlist_order(before[i].e, now[k].e);

		if (r == 0) {
			now[k].h = before[i].h;
			before[i].h = NULL;
		}
		i += r <= 0;
		k += r >= 0;
	}
}

/* The hosts that are left go. */
static void
drop(struct monitor *m, const struct pair *before, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		if (before[i].h != NULL)
			any = before[i].h->gone = true;
	if (any)
		host_forget_gone(m);
	for (size_t i = 0; i < n; i++) {
		struct host *h = before[i].h;

		if (h == NULL)
			continue;
		host_stop(h);
		tell_host(h, "gone", NULL);
		schedule_drop(&m->schedule, &h->job[JOB_NAME].due);
		if (!h->asking)
			host_free(h);
	}
}

/* One that goes on, maybe on another line, maybe elsewhere by now. */
static void
go_on(struct host *h, const struct hostlist_entry *e)
{
	bool other_line = h->e->line != e->line;

	h->e = e;
	if (other_line)
		tell_conf(h);
	if (h->is_name)
		address_ask(h);
}

/* The hosts of the list from now on, in its order. */
static void
take(struct monitor *m, struct pair *now, size_t n)
{
	free(m->hosts);
	m->hosts = room_for(n, sizeof(struct host *));
	m->nhosts = n;
	if (schedule_reserve(&m->schedule, (uint32_t)(n * (JOB_NAME + 1))) < 0)
		err(1, NULL);
	qsort(now, n, sizeof *now, order_lines);
	for (size_t i = 0; i < n; i++) {
		if (now[i].h != NULL) {
			m->hosts[i] = now[i].h;
			go_on(now[i].h, now[i].e);
		} else {
			m->hosts[i] = host_new(m, now[i].e);
			host_start(m->hosts[i]);
		}
	}
}

static void
change(struct monitor *m, struct hostlist *l)
{
	size_t nbefore = m->nhosts;
	struct pair *before = room_for(nbefore, sizeof *before);
	struct pair *now = room_for(l->n, sizeof *now);

	for (size_t i = 0; i < nbefore; i++)
		before[i] = (struct pair){ m->hosts[i]->e, m->hosts[i] };
	for (size_t i = 0; i < l->n; i++)
		now[i].e = &l->entries[i];
	match(before, nbefore, now, l->n);
	drop(m, before, nbefore);
	m->generation++;
	take(m, now, l->n);
	free(before);
	free(now);
	hostlist_free(&m->list);
	m->list = *l;
}

int
reload_list(struct monitor *m, int fd)
{
	struct hostlist l;
	double demand = 0;
	int r = read_list(m, fd, &l);

	for (size_t i = 0; i < l.n; i++)
		demand += demand_of(&l.entries[i]);
	if (r < 0 || !may_probe(m, &l) || !fits(m, demand)) {
		hostlist_free(&l);
		return -1;
	}
	m->demand = demand;
	change(m, &l);
	return 0;
}

void
reload_end(struct monitor *m)
{
	for (size_t i = 0; i < m->nhosts; i++)
		m->hosts[i]->gone = true;
	host_forget_gone(m);
	for (size_t i = 0; i < m->nhosts; i++) {
		host_stop(m->hosts[i]);
		host_free(m->hosts[i]);
	}
	free(m->hosts);
	hostlist_free(&m->list);
	schedule_close(&m->schedule);
}
