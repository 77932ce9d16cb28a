#include "filter/condition.h"

#include <inttypes.h>
#include <stdint.h>

#include "filter/clause.h"

/* Addresses and ports. */

/* The address is in the prefix: compare its bits in words of 32. */
static void
put_prefix(FILE *f, const struct offset *addr, const struct prefix *p)
{
	putc('(', f);
	for (unsigned i = 0; i == 0 || 32 * i < p->bits; i++) {
		const uint8_t *b = p->addr.b + (size_t)4 * i;
		unsigned bits = p->bits - 32 * i;
		uint32_t mask = bits >= 32 ? UINT32_MAX : ~(UINT32_MAX >> bits);
		uint32_t v = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
		    (uint32_t)b[2] << 8 | b[3];

		if (i > 0)
			clause_and(f);
		offset_put(f, addr, 4 * i, 4);
		if (mask != UINT32_MAX)
			fprintf(f, " & 0x%08" PRIx32, mask);
		fprintf(f, " = 0x%08" PRIx32, v & mask);
	}
	putc(')', f);
}

static bool
has_family(const struct hostset *h, bool v6)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->prefix[i].addr.v6 == v6)
			return true;
	return false;
}

static void
put_hosts(struct clause *c, const struct offset *addr, const struct hostset *h,
    bool v6)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->prefix[i].addr.v6 == v6) {
			clause_next(c);
			put_prefix(c->f, addr, &h->prefix[i]);
		}
}

/* The source or the destination is one of h, of this family.  words come
 * before: " and " or " and not ". */
static void
put_either(FILE *f, const struct segment_offsets *s, const char *words,
    const struct hostset *h)
{
	struct clause c = { f, 0 };

	if (!has_family(h, s->v6))
		return;
	fputs(words, f);
	put_hosts(&c, &s->src, h, s->v6);
	put_hosts(&c, &s->dst, h, s->v6);
	clause_end(&c);
}

static void
put_range(FILE *f, const struct offset *port, const struct portset_range *r)
{
	if (r->first == r->last) {
		offset_put(f, port, 0, 2);
		fprintf(f, " = %u", r->first);
		return;
	}
	putc('(', f);
	offset_put(f, port, 0, 2);
	fprintf(f, " >= %u and ", r->first);
	offset_put(f, port, 0, 2);
	fprintf(f, " <= %u)", r->last);
}

static void
put_ports(FILE *f, const struct offset *port, const struct portset *p)
{
	struct clause c = { f, 0 };

	if (p->n == 1) {
		put_range(f, port, &p->range[0]);
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		clause_next(&c);
		put_range(f, port, &p->range[i]);
	}
	clause_end(&c);
}

static bool
is_of_family(const struct service *s, bool v6)
{
	return s->hosts.n == 0 || has_family(&s->hosts, v6);
}

static void
put_service(FILE *f, const struct service *s, bool v6,
    const struct offset *addr, const struct offset *port)
{
	struct clause hosts = { f, 0 };

	if (s->hosts.n == 0) {
		put_ports(f, port, &s->ports);
		return;
	}
	putc('(', f);
	put_hosts(&hosts, addr, &s->hosts, v6);
	clause_end(&hosts);
	clause_and(f);
	put_ports(f, port, &s->ports);
	putc(')', f);
}

/* The end of the segment at addr and port is at a service of e. */
static void
put_services(struct clause *c, const struct expression *e, bool v6,
    const struct offset *addr, const struct offset *port)
{
	for (size_t i = 0; i < e->nservices; i++)
		if (is_of_family(&e->services[i], v6)) {
			clause_next(c);
			put_service(c->f, &e->services[i], v6, addr, port);
		}
}

static void
put_from(struct clause *c, const struct expression *e,
    const struct segment_offsets *s)
{
	put_services(c, e, s->v6, &s->src, &s->tcp);
}

static void
put_to(struct clause *c, const struct expression *e,
    const struct segment_offsets *s)
{
	struct offset port = offset_plus(s->tcp, 2);

	put_services(c, e, s->v6, &s->dst, &port);
}

/* The conditions of the job. */

static void
put_flags(FILE *f, const struct expression *e,
    const struct segment_offsets *s)
{
	clause_and(f);
	offset_put(f, &s->tcp, 13, 1);
	fprintf(f, " & %u != 0", e->flags);
}

/* To a service with any flags, or from one with a flag of the job. */
static void
put_requests(FILE *f, const struct expression *e,
    const struct segment_offsets *s)
{
	struct clause either = { f, 0 }, from = { f, 0 };

	clause_and(f);
	put_to(&either, e, s);
	clause_next(&either);
	putc('(', f);
	put_from(&from, e, s);
	clause_end(&from);
	put_flags(f, e, s);
	putc(')', f);
	clause_end(&either);
}

/* The quote in an ICMP error may end before the flags, and the error matters
 * whichever end sent the segment: for a quote, flags and direction are not
 * checked. */
void
condition_put(FILE *f, const struct expression *e,
    const struct segment_offsets *s)
{
	struct clause c = { f, 0 };

	put_either(f, s, " and ", &e->hosts);
	put_either(f, s, " and not ", &e->excluded);
	if (e->requests && !s->quoted) {
		put_requests(f, e, s);
		return;
	}
	if (e->nservices > 0) {
		clause_and(f);
		put_from(&c, e, s);
		put_to(&c, e, s);
		clause_end(&c);
	}
	if (e->flags != 0 && !s->quoted)
		put_flags(f, e, s);
}

bool
condition_possible(const struct expression *e, bool v6)
{
	size_t i = 0;

	if (!(v6 ? e->v6 : e->v4) ||
	    (e->hosts.n > 0 && !has_family(&e->hosts, v6)))
		return false;
	while (i < e->nservices && !is_of_family(&e->services[i], v6))
		i++;
	return e->nservices == 0 || i < e->nservices;
}
