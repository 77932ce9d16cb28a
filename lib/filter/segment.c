#include "filter/segment.h"

#include <inttypes.h>
#include <stdint.h>

void
list_next(struct list *l)
{
	fputs(l->n++ == 0 ? "(" : " or ", l->f);
}

void
list_end(const struct list *l)
{
	if (l->n > 0)
		putc(')', l->f);
}

static void
and(FILE *f)
{
	fputs(" and ", f);
}

/* Addresses and ports. */

/* As far as it goes, in 32-bit words. */
static void
put_prefix(FILE *f, const struct place *addr, const struct prefix *p)
{
	putc('(', f);
	for (unsigned i = 0; i == 0 || 32 * i < p->bits; i++) {
		const uint8_t *b = p->addr.b + (size_t)4 * i;
		unsigned bits = p->bits - 32 * i;
		uint32_t mask = bits >= 32 ? UINT32_MAX : ~(UINT32_MAX >> bits);
		uint32_t v = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
		    (uint32_t)b[2] << 8 | b[3];

		if (i > 0)
			and(f);
		place_put(f, addr, 4 * i, 4);
		if (mask != UINT32_MAX)
			fprintf(f, " & 0x%08" PRIx32, mask);
		fprintf(f, " = 0x%08" PRIx32, v & mask);
	}
	putc(')', f);
}

static bool
has_family(const struct hosts *h, bool v6)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->prefix[i].addr.v6 == v6)
			return true;
	return false;
}

static void
put_hosts(struct list *l, const struct place *addr, const struct hosts *h,
    bool v6)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->prefix[i].addr.v6 == v6) {
			list_next(l);
			put_prefix(l->f, addr, &h->prefix[i]);
		}
}

/* One of the segment's ends is, or is not, one of these. */
static void
put_either(FILE *f, const struct segment *s, const char *words,
    const struct hosts *h)
{
	struct list l = { f, 0 };

	if (!has_family(h, s->v6))
		return;
	fputs(words, f);
	put_hosts(&l, &s->src, h, s->v6);
	put_hosts(&l, &s->dst, h, s->v6);
	list_end(&l);
}

static void
put_range(FILE *f, const struct place *port, const struct portset_range *r)
{
	if (r->first == r->last) {
		place_put(f, port, 0, 2);
		fprintf(f, " = %u", r->first);
		return;
	}
	putc('(', f);
	place_put(f, port, 0, 2);
	fprintf(f, " >= %u and ", r->first);
	place_put(f, port, 0, 2);
	fprintf(f, " <= %u)", r->last);
}

static void
put_ports(FILE *f, const struct place *port, const struct portset *p)
{
	struct list l = { f, 0 };

	if (p->n == 1) {
		put_range(f, port, &p->range[0]);
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		list_next(&l);
		put_range(f, port, &p->range[i]);
	}
	list_end(&l);
}

static bool
is_of_family(const struct service *s, bool v6)
{
	return s->hosts.n == 0 || has_family(&s->hosts, v6);
}

static void
put_service(FILE *f, const struct service *s, bool v6,
    const struct place *addr, const struct place *port)
{
	struct list hosts = { f, 0 };

	if (s->hosts.n == 0) {
		put_ports(f, port, &s->ports);
		return;
	}
	putc('(', f);
	put_hosts(&hosts, addr, &s->hosts, v6);
	list_end(&hosts);
	and(f);
	put_ports(f, port, &s->ports);
	putc(')', f);
}

/* This end of the segment is at a service. */
static void
put_services(struct list *l, const struct expression *e, bool v6,
    const struct place *addr, const struct place *port)
{
	for (size_t i = 0; i < e->nservices; i++)
		if (is_of_family(&e->services[i], v6)) {
			list_next(l);
			put_service(l->f, &e->services[i], v6, addr, port);
		}
}

static void
put_from(struct list *l, const struct expression *e, const struct segment *s)
{
	put_services(l, e, s->v6, &s->src, &s->tcp);
}

static void
put_to(struct list *l, const struct expression *e, const struct segment *s)
{
	struct place port = place_plus(s->tcp, 2);

	put_services(l, e, s->v6, &s->dst, &port);
}

/* What the job wants of a segment. */

static void
put_flags(FILE *f, const struct expression *e, const struct segment *s)
{
	and(f);
	place_put(f, &s->tcp, 13, 1);
	fprintf(f, " & %u != 0", e->flags);
}

/* To a service with any flags, from one with some. */
static void
put_requests(FILE *f, const struct expression *e, const struct segment *s)
{
	struct list either = { f, 0 }, from = { f, 0 };

	and(f);
	put_to(&either, e, s);
	list_next(&either);
	putc('(', f);
	put_from(&from, e, s);
	list_end(&from);
	put_flags(f, e, s);
	putc(')', f);
	list_end(&either);
}

/* An error has no flags, and is about what was sent either way. */
void
wanted_put(FILE *f, const struct expression *e, const struct segment *s)
{
	struct list l = { f, 0 };

	put_either(f, s, " and ", &e->hosts);
	put_either(f, s, " and not ", &e->excluded);
	if (e->requests && !s->quoted) {
		put_requests(f, e, s);
		return;
	}
	if (e->nservices > 0) {
		and(f);
		put_from(&l, e, s);
		put_to(&l, e, s);
		list_end(&l);
	}
	if (e->flags != 0 && !s->quoted)
		put_flags(f, e, s);
}

bool
wanted_possible(const struct expression *e, bool v6)
{
	size_t i = 0;

	while (i < e->nservices && !is_of_family(&e->services[i], v6))
		i++;
	return (v6 ? e->v6 : e->v4) && (e->nservices == 0 || i < e->nservices) &&
	    (e->hosts.n == 0 || has_family(&e->hosts, v6));
}
