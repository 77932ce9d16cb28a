#include "filter/expression.h"

#include <stdio.h>
#include <stdlib.h>

#include "filter/offset.h"
#include "filter/segment.h"

static void
and(FILE *f)
{
	fputs(" and ", f);
}

/* The types of ICMP errors; RFC 792, RFC 4443. */
static void
put_types(FILE *f, const struct expression *e, const struct place *icmp,
    bool v6)
{
	static const unsigned fatal[2][3] = { { 3, 11, 12 }, { 1, 3, 4 } };
	struct list l = { f, 0 };

	for (int i = 0; i < 3; i++) {
		list_next(&l);
		place_put_is(f, icmp, 0, fatal[v6][i]);
	}
	for (unsigned type = 4; e->errors == ERRORS_ALL && !v6 && type <= 5;
	    type++) {
		list_next(&l);
		place_put_is(f, icmp, 0, type);
	}
	if (e->errors == ERRORS_ALL && v6) {
		list_next(&l);
		place_put_is(f, icmp, 0, 2);
	}
	list_end(&l);
}

/* IPv4: libpcap itself knows what is behind an IP header that it knows. */

/* First fragments alone have ports. */
static void
put_ip4(FILE *f, const struct place *ip, unsigned protocol)
{
	place_put_is(f, ip, 9, protocol);
	and(f);
	place_put(f, ip, 6, 2);
	fputs(" & 0x1fff = 0", f);
}

static struct segment
segment4(const struct place *ip, const struct place *tcp)
{
	return (struct segment){ .src = place_plus(*ip, 12),
	    .dst = place_plus(*ip, 16), .tcp = *tcp };
}

static void
put_version(FILE *f, const struct place *ip, bool v6)
{
	place_put(f, ip, 0, 1);
	fprintf(f, " & 0xf0 = 0x%x0 and ", v6 ? 6 : 4);
}

static void
put_errors4(struct list *l, const struct expression *e, const struct place *ip,
    const struct place *icmp)
{
	struct place quote = place_plus(*icmp, 8);
	struct place tcp = place_behind_ip4(quote);
	struct segment s = segment4(&quote, &tcp);

	s.quoted = true;
	list_next(l);
	putc('(', l->f);
	put_ip4(l->f, ip, 1);
	and(l->f);
	put_types(l->f, e, icmp, false);
	and(l->f);
	put_version(l->f, &quote, false);
	put_ip4(l->f, &quote, 6);
	wanted_put(l->f, e, &s);
	putc(')', l->f);
}

static void
put_all4(struct list *l, const struct expression *e, const struct place *ip,
    const struct place *tcp, const struct place *icmp)
{
	struct segment s = segment4(ip, tcp);

	list_next(l);
	putc('(', l->f);
	put_ip4(l->f, ip, 6);
	wanted_put(l->f, e, &s);
	putc(')', l->f);
	if (e->errors != ERRORS_NONE)
		put_errors4(l, e, ip, icmp);
}

/* IPv6. */

/* Hop-by-hop, routing and destination options; or that of a first fragment,
 * which has 0 where the others have their length. */
static void
put_extension(FILE *f, const struct place *kind, const struct place *h)
{
	static const unsigned kinds[] = { 0, 43, 60 };
	struct list l = { f, 0 };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		list_next(&l);
		place_put_is(f, kind, 0, kinds[i]);
	}
	list_next(&l);
	putc('(', f);
	place_put_is(f, kind, 0, 44);
	and(f);
	place_put(f, h, 0, 4);
	fputs(" & 0x00fffff8 = 0)", f);
	list_end(&l);
}

/* So many extension headers, then the protocol.  Returns where that begins. */
static struct place
put_ip6(FILE *f, const struct place *ip, unsigned extensions,
    unsigned protocol)
{
	struct place kind = place_plus(*ip, 6), h = place_plus(*ip, 40);

	for (unsigned i = 0; i < extensions; i++) {
		put_extension(f, &kind, &h);
		and(f);
		kind = h;
		h = place_behind_extension(h);
	}
	place_put_is(f, &kind, 0, protocol);
	return h;
}

static struct segment
segment6(const struct place *ip, const struct place *tcp)
{
	return (struct segment){ .v6 = true, .src = place_plus(*ip, 8),
	    .dst = place_plus(*ip, 24), .tcp = *tcp };
}

static void
put_segment6(struct list *l, const struct expression *e,
    const struct place *ip, unsigned extensions)
{
	struct place tcp;
	struct segment s;

	list_next(l);
	putc('(', l->f);
	tcp = put_ip6(l->f, ip, extensions, 6);
	s = segment6(ip, &tcp);
	wanted_put(l->f, e, &s);
	putc(')', l->f);
}

static void
put_errors6(struct list *l, const struct expression *e, const struct place *ip,
    unsigned extensions, unsigned quoted)
{
	struct place icmp, quote, tcp;
	struct segment s;

	list_next(l);
	putc('(', l->f);
	icmp = put_ip6(l->f, ip, extensions, 58);
	and(l->f);
	put_types(l->f, e, &icmp, true);
	and(l->f);
	quote = place_plus(icmp, 8);
	put_version(l->f, &quote, true);
	tcp = put_ip6(l->f, &quote, quoted, 6);
	s = segment6(&quote, &tcp);
	s.quoted = true;
	wanted_put(l->f, e, &s);
	putc(')', l->f);
}

static void
put_all6(struct list *l, const struct expression *e, const struct place *ip)
{
	for (unsigned n = 0; n <= EXPRESSION_EXTENSIONS; n++)
		put_segment6(l, e, ip, n);
	if (e->errors == ERRORS_NONE)
		return;
	put_errors6(l, e, ip, 0, 0);
	put_errors6(l, e, ip, 0, 1);
	put_errors6(l, e, ip, 1, 0);
}

/* What may stand before IP. */

/* IP where libpcap looks for it, on any link. */
static void
put_plain(struct list *l, const struct expression *e)
{
	struct place ip = place_of("ip", 0), tcp = place_of("tcp", 0);
	struct place icmp = place_of("icmp", 0), ip6 = place_of("ip6", 0);

	if (wanted_possible(e, false))
		put_all4(l, e, &ip, &tcp, &icmp);
	if (wanted_possible(e, true))
		put_all6(l, e, &ip6);
}

/* IP so far into an Ethernet frame. */
static void
put_wrapped(FILE *f, const struct expression *e, unsigned at)
{
	struct place ip = place_of("ether", at), behind = place_behind_ip4(ip);
	struct list versions = { f, 0 };

	for (unsigned v6 = 0; v6 <= 1; v6++) {
		struct list l = { f, 0 };

		if (!wanted_possible(e, v6))
			continue;
		list_next(&versions);
		putc('(', f);
		put_version(f, &ip, v6);
		if (v6)
			put_all6(&l, e, &ip);
		else
			put_all4(&l, e, &ip, &behind, &behind);
		list_end(&l);
		putc(')', f);
	}
	list_end(&versions);
}

/* The type behind so many tags is one of these.  That of the frame itself is
 * named so that nothing matches on links without Ethernet's types. */
static void
put_type(FILE *f, unsigned tags, const char *const *type)
{
	struct list l = { f, 0 };

	for (; *type != NULL; type++) {
		list_next(&l);
		if (tags == 0)
			fprintf(f, "ether proto %s", *type);
		else
			fprintf(f, "ether[%u:2] = %s", 12 + 4 * tags, *type);
	}
	list_end(&l);
	and(f);
}

/* IEEE 802.1Q, 802.1ad, and what was used before that. */
static void
put_tags(FILE *f, unsigned tags)
{
	static const char *const types[] = { "0x8100", "0x88a8", "0x9100",
	    NULL };

	for (unsigned i = 0; i < tags; i++)
		put_type(f, i, types);
}

static void
put_vlan(struct list *l, const struct expression *e, unsigned tags)
{
	static const char *const types[] = { "0x0800", "0x86dd", NULL };

	list_next(l);
	putc('(', l->f);
	put_tags(l->f, tags);
	put_type(l->f, tags, types);
	put_wrapped(l->f, e, 14 + 4 * tags);
	putc(')', l->f);
}

/* RFC 2516, with IPv4 or IPv6 in PPP, whose protocol may have been compressed
 * to one byte; RFC 1661, 6.5. */
static void
put_pppoe(struct list *l, const struct expression *e, unsigned tags,
    unsigned protocol_len)
{
	static const char *const types[] = { "0x8864", NULL };
	unsigned at = 14 + 4 * tags + 6;

	list_next(l);
	putc('(', l->f);
	put_tags(l->f, tags);
	put_type(l->f, tags, types);
	fprintf(l->f, "(ether[%u:%u] = 0x21 or ether[%u:%u] = 0x57) and ", at,
	    protocol_len, at, protocol_len);
	put_wrapped(l->f, e, at + protocol_len);
	putc(')', l->f);
}

/* RFC 3032: the last label has its bottom-of-stack bit set. */
static void
put_mpls(struct list *l, const struct expression *e, unsigned tags,
    unsigned labels)
{
	static const char *const types[] = { "0x8847", "0x8848", NULL };
	unsigned at = 14 + 4 * tags;

	list_next(l);
	putc('(', l->f);
	put_tags(l->f, tags);
	put_type(l->f, tags, types);
	for (unsigned i = 1; i <= labels; i++, at += 4)
		fprintf(l->f, "ether[%u] & 1 = %d and ", at + 2, i == labels);
	put_wrapped(l->f, e, at);
	putc(')', l->f);
}

char *
expression_text(const struct expression *e)
{
	char *text;
	size_t n;
	struct list l = { open_memstream(&text, &n), 0 };

	if (l.f == NULL)
		return NULL;
	put_plain(&l, e);
	for (unsigned t = 0; l.n > 0 && t <= EXPRESSION_TAGS; t++) {
		if (t > 0 && !e->tagged)
			break;
		if (t > 0)
			put_vlan(&l, e, t);
		for (unsigned i = 1; e->pppoe && i <= 2; i++)
			put_pppoe(&l, e, t, i);
		for (unsigned i = 1; e->mpls && i <= EXPRESSION_LABELS; i++)
			put_mpls(&l, e, t, i);
	}
	list_end(&l);
	return fclose(l.f) == EOF ? NULL : text;
}

char *
expression_classic(const struct portset *p)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	for (size_t i = 0; i < p->n; i++) {
		const struct portset_range *r = &p->range[i];
		char range[32];

		snprintf(range, sizeof range, r->first == r->last ?
		    "port %u" : "portrange %u-%u", r->first, r->last);
		fprintf(f, "%s((tcp dst %s) or (tcp src %s and "
		    "(tcp[tcpflags] & tcp-fin != 0)))", i > 0 ? " or " : "",
		    range, range);
	}
	return fclose(f) == EOF ? NULL : text;
}
