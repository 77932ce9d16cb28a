#include "probe/reload.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/address.h"
#include "probe/host.h"
#include "probe/record.h"
#include "probe/task.h"
#include "wire/units.h"

#define READ_FIRST	65536
#define HOPS		15	/* probes of a usual trace */

static int
refuse(struct hostlist_error *why, const char *reason)
{
	why->line = 0;
	snprintf(why->text, sizeof why->text, "%s", reason);
	return -1;
}

/* Reading. */

/* The content of a file, which the caller frees; NULL with errno. */
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

static int
read_list(int fd, struct hostlist *l, struct hostlist_error *why)
{
	size_t n;
	char *text = read_all(fd, &n);
	int r;

	*l = (struct hostlist){ .n = 0 };
	if (text == NULL)
		return refuse(why, strerror(errno));
	r = hostlist_parse(l, text, n);
	free(text);
	if (r < 0)
		*why = l->error;
	else if (l->n == 0)
		r = refuse(why, "no hosts");
	return r;
}

/* Find the interfaces that the list names. */
static int
find_interfaces(struct hostlist *l, struct hostlist_error *why)
{
	for (size_t i = 0; i < l->n; i++) {
		struct hostlist_entry *e = &l->entries[i];

		if (e->dev == NULL ||
		    (e->how.ifindex = if_nametoindex(e->dev)) != 0)
			continue;
		why->line = e->line;
		snprintf(why->text, sizeof why->text, "dev=%s: %s", e->dev,
		    strerror(errno));
		return -1;
	}
	return 0;
}

/* May all of its addresses be probed? */
static int
check_addresses(const struct hostlist *l, struct hostlist_error *why)
{
	struct peer peer;
	const char *refusal;

	for (size_t i = 0; i < l->n; i++) {
		const struct hostlist_entry *e = &l->entries[i];

		if (!address_scan(e, &peer) ||
		    (refusal = address_refusal(&peer)) == NULL)
			continue;
		why->line = e->line;
		snprintf(why->text, sizeof why->text, "%s: %s", e->host,
		    refusal);
		return -1;
	}
	return 0;
}

/* Packets a second that an entry asks for.  A trace counts as HOPS probes: how
 * many it needs is known only afterwards. */
static double
demand_of(const struct hostlist_entry *e)
{
	const uint32_t packets[TASK_RUNS] = {
		[TASK_PING] = e->numpings,
		[TASK_TRACE] = e->hops < HOPS ? e->hops : HOPS,
		[TASK_SCAN] = e->nports };
	double sum = 0;

	for (int k = 0; k < TASK_RUNS; k++) {
		uint64_t period = task_period(e, (enum task_kind)k);

		if (period > 0)
			sum += packets[k] * (double)NS_PER_S /
			    (double)period;
	}
	return sum;
}

/* Stretch all periods if the list asks for more than the rate. */
static void
set_demand(struct monitor *m, const struct hostlist *l)
{
	m->demand = 0;
	for (size_t i = 0; i < l->n; i++)
		m->demand += demand_of(&l->entries[i]);
	m->stretch = m->once || m->demand <= m->rate ? 1 :
	    m->demand / m->rate;
	if (m->stretch > 1)
		m->stretched(m);
}

/* Changing. */

/* An entry, and its host if it has one. */
struct pair {
	const struct hostlist_entry *e;
	struct host *h;
};

/* The hosts before and from now on, with the memory that the change needs. */
struct change {
	struct pair *before, *now;
	size_t nbefore, nnow;
	struct host **hosts;
};

static int
compare_lines(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	return p->e->line < q->e->line ? -1 : p->e->line > q->e->line;
}

static int
compare_pairs(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;
	int r = hostlist_compare(p->e, q->e);

	return r != 0 ? r : compare_lines(a, b);
}

/* Give the entries of now the hosts of before that ask for the same. */
static void
match(struct change *c)
{
	struct pair *before = c->before, *now = c->now;
	size_t i = 0, k = 0;

	qsort(before, c->nbefore, sizeof *before, compare_pairs);
	qsort(now, c->nnow, sizeof *now, compare_pairs);
	while (i < c->nbefore && k < c->nnow) {
		int r = hostlist_compare(before[i].e, now[k].e);

		if (r == 0) {
			now[k].h = before[i].h;
			before[i].h = NULL;
		}
		i += r <= 0;
		k += r >= 0;
	}
	qsort(now, c->nnow, sizeof *now, compare_lines);
}

static void
close_change(struct change *c)
{
	free(c->before);
	free(c->now);
	free(c->hosts);
}

/* Free the hosts that add_hosts() made. */
static void
drop_new(struct change *c)
{
	for (size_t i = 0; i < c->nnow; i++)
		if (c->hosts[i] != c->now[i].h)
			free(c->hosts[i]);
}

/* Make hosts for the entries that have none. */
static int
add_hosts(struct monitor *m, struct change *c)
{
	for (size_t i = 0; i < c->nnow; i++) {
		c->hosts[i] = c->now[i].h != NULL ? c->now[i].h :
		    host_new(m, c->now[i].e);
		if (c->hosts[i] == NULL) {
			drop_new(c);
			return -1;
		}
	}
	return 0;
}

/* Get all memory and pair entries with hosts.  0, or -1 without memory. */
static int
open_change(struct change *c, struct monitor *m, const struct hostlist *l)
{
	size_t tasks = (l->n + m->nsiblings) * TASKS;

	c->nbefore = m->nhosts;
	c->nnow = l->n;
	c->before = calloc(c->nbefore + 1, sizeof *c->before);
	c->now = calloc(c->nnow, sizeof *c->now);
	c->hosts = calloc(c->nnow, sizeof(struct host *));
	if (c->before == NULL || c->now == NULL || c->hosts == NULL)
		return -1;
	for (size_t i = 0; i < c->nbefore; i++)
		c->before[i] = (struct pair){ m->hosts[i]->e, m->hosts[i] };
	for (size_t i = 0; i < c->nnow; i++)
		c->now[i].e = &l->entries[i];
	match(c);
	return schedule_reserve(&m->schedule, (uint32_t)tasks) < 0 ? -1 :
	    add_hosts(m, c);
}

/* Stop the hosts of before that are left. */
static void
stop_others(struct monitor *m, const struct change *c)
{
	bool any = false;

	for (size_t i = 0; i < c->nbefore; i++)
		if (c->before[i].h != NULL)
			any = c->before[i].h->gone = true;
	if (any)
		host_forget_gone(m);
	for (size_t i = 0; i < c->nbefore; i++) {
		struct host *h = c->before[i].h;

		if (h == NULL)
			continue;
		host_end_siblings(h);
		host_stop(h);
		record_host(h, "gone", NULL);
		schedule_drop(&m->schedule, &h->task[TASK_LOOKUP].due);
		if (!h->asked)
			host_free(h);
	}
}

/* A host goes on, maybe on another line.  Its address may have changed. */
static void
go_on(struct host *h, const struct hostlist_entry *e)
{
	bool other_line = h->e->line != e->line;

	for (struct host *s = h; s != NULL; s = s->sibling) {
		s->e = e;
		if (other_line)
			record_conf(s);
	}
	if (h->is_name)
		host_look_up(h);
}

static void
start_all(const struct change *c)
{
	for (size_t i = 0; i < c->nnow; i++)
		if (c->now[i].h != NULL)
			go_on(c->now[i].h, c->now[i].e);
		else
			host_start(c->hosts[i]);
}

/* Probe the hosts of the list from now on.  0, or -1 without memory. */
static int
change(struct monitor *m, const struct hostlist *l)
{
	struct change c = { .hosts = NULL };
	struct host **old = m->hosts;

	if (open_change(&c, m, l) < 0) {
		close_change(&c);
		return -1;
	}
	stop_others(m, &c);
	m->generation++;
	m->hosts = c.hosts;
	m->nhosts = c.nnow;
	start_all(&c);
	hostlist_free(&m->list);
	m->list = *l;
	c.hosts = old;
	close_change(&c);
	return 0;
}

int
reload_list(struct monitor *m, int fd, struct hostlist_error *why)
{
	struct hostlist l;
	double demand = m->demand, stretch = m->stretch;

	if (read_list(fd, &l, why) < 0 || find_interfaces(&l, why) < 0 ||
	    check_addresses(&l, why) < 0) {
		hostlist_free(&l);
		return -1;
	}
	set_demand(m, &l);
	if (change(m, &l) < 0) {
		m->demand = demand;
		m->stretch = stretch;
		hostlist_free(&l);
		return refuse(why, "out of memory");
	}
	return 0;
}

/* Call each() for all hosts, and for those with further addresses. */
static void
for_all(struct monitor *m, void (*each)(struct host *h))
{
	for (size_t i = 0; i < m->nhosts; i++)
		for (struct host *h = m->hosts[i], *next; h != NULL; h = next) {
			next = h->sibling;
			each(h);
		}
}

static void
mark_gone(struct host *h)
{
	h->gone = true;
}

static void
end(struct host *h)
{
	host_stop(h);
	if (h->m->stop_at != MONITOR_NEVER)
		record_host(h, "stopped", NULL);
	host_free(h);
}

void
reload_end(struct monitor *m)
{
	for_all(m, mark_gone);
	host_forget_gone(m);
	for_all(m, end);
	free(m->hosts);
	hostlist_free(&m->list);
	schedule_close(&m->schedule);
}
