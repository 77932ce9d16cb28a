#include "filter/expression.h"

#include <stdio.h>
#include <stdlib.h>

#include "filter/clause.h"
#include "filter/condition.h"
#include "filter/offset.h"

/* The ICMP type is that of an error; RFC 792, RFC 4443. */
static void
put_types(FILE *f, const struct expression *e, const struct offset *icmp,
    bool v6)
{
	static const unsigned fatal[2][3] = { { 3, 11, 12 }, { 1, 3, 4 } };
	struct clause c = { f, 0 };

	for (int i = 0; i < 3; i++) {
		clause_next(&c);
		offset_put_is(f, icmp, 0, fatal[v6][i]);
	}
	for (unsigned type = 4; e->errors == ERRORS_ALL && !v6 && type <= 5;
	    type++) {
		clause_next(&c);
		offset_put_is(f, icmp, 0, type);
	}
	if (e->errors == ERRORS_ALL && v6) {
		clause_next(&c);
		offset_put_is(f, icmp, 0, 2);
	}
	clause_end(&c);
}

/* IPv4: libpcap itself computes where the payload of an IP header begins. */

/* Only the first fragment has ports. */
static void
put_ip4(FILE *f, const struct offset *ip, unsigned protocol)
{
	offset_put_is(f, ip, 9, protocol);
	clause_and(f);
	offset_put(f, ip, 6, 2);
	fputs(" & 0x1fff = 0", f);
}

static struct segment_offsets
segment4(const struct offset *ip, const struct offset *tcp)
{
	return (struct segment_offsets){ .src = offset_plus(*ip, 12),
	    .dst = offset_plus(*ip, 16), .tcp = *tcp };
}

static void
put_version(FILE *f, const struct offset *ip, bool v6)
{
	offset_put(f, ip, 0, 1);
	fprintf(f, " & 0xf0 = 0x%x0 and ", v6 ? 6 : 4);
}

static void
put_errors4(struct clause *c, const struct expression *e,
    const struct offset *ip, const struct offset *icmp)
{
	struct offset quote = offset_plus(*icmp, 8);
	struct offset tcp = offset_after_ip4(quote);
	struct segment_offsets s = segment4(&quote, &tcp);

	s.quoted = true;
	clause_next(c);
	putc('(', c->f);
	put_ip4(c->f, ip, 1);
	clause_and(c->f);
	put_types(c->f, e, icmp, false);
	clause_and(c->f);
	put_version(c->f, &quote, false);
	put_ip4(c->f, &quote, 6);
	condition_put(c->f, e, &s);
	putc(')', c->f);
}

static void
put_all4(struct clause *c, const struct expression *e, const struct offset *ip,
    const struct offset *tcp, const struct offset *icmp)
{
	struct segment_offsets s = segment4(ip, tcp);

	clause_next(c);
	putc('(', c->f);
	put_ip4(c->f, ip, 6);
	condition_put(c->f, e, &s);
	putc(')', c->f);
	if (e->errors != ERRORS_NONE)
		put_errors4(c, e, ip, icmp);
}

/* IPv6. */

/* h is an extension header: hop-by-hop, routing, destination options, or the
 * fragment header of a first fragment, whose second byte is 0 where the others
 * have their length. */
static void
put_extension(FILE *f, const struct offset *kind, const struct offset *h)
{
	static const unsigned kinds[] = { 0, 43, 60 };
	struct clause c = { f, 0 };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		clause_next(&c);
		offset_put_is(f, kind, 0, kinds[i]);
	}
	clause_next(&c);
	putc('(', f);
	offset_put_is(f, kind, 0, 44);
	clause_and(f);
	offset_put(f, h, 0, 4);
	fputs(" & 0x00fffff8 = 0)", f);
	clause_end(&c);
}

/* The protocol follows this number of extension headers.  Returns where its
 * header begins. */
static struct offset
put_ip6(FILE *f, const struct offset *ip, unsigned extensions,
    unsigned protocol)
{
	struct offset kind = offset_plus(*ip, 6), h = offset_plus(*ip, 40);

	for (unsigned i = 0; i < extensions; i++) {
		put_extension(f, &kind, &h);
		clause_and(f);
		kind = h;
		h = offset_after_extension(h);
	}
	offset_put_is(f, &kind, 0, protocol);
	return h;
}

static struct segment_offsets
segment6(const struct offset *ip, const struct offset *tcp)
{
	return (struct segment_offsets){ .v6 = true, .src = offset_plus(*ip, 8),
	    .dst = offset_plus(*ip, 24), .tcp = *tcp };
}

static void
put_segment6(struct clause *c, const struct expression *e,
    const struct offset *ip, unsigned extensions)
{
	struct offset tcp;
	struct segment_offsets s;

	clause_next(c);
	putc('(', c->f);
	tcp = put_ip6(c->f, ip, extensions, 6);
	s = segment6(ip, &tcp);
	condition_put(c->f, e, &s);
	putc(')', c->f);
}

static void
put_errors6(struct clause *c, const struct expression *e,
    const struct offset *ip, unsigned extensions, unsigned quoted)
{
	struct offset icmp, quote, tcp;
	struct segment_offsets s;

	clause_next(c);
	putc('(', c->f);
	icmp = put_ip6(c->f, ip, extensions, 58);
	clause_and(c->f);
	put_types(c->f, e, &icmp, true);
	clause_and(c->f);
	quote = offset_plus(icmp, 8);
	put_version(c->f, &quote, true);
	tcp = put_ip6(c->f, &quote, quoted, 6);
	s = segment6(&quote, &tcp);
	s.quoted = true;
	condition_put(c->f, e, &s);
	putc(')', c->f);
}

static void
put_all6(struct clause *c, const struct expression *e, const struct offset *ip)
{
	for (unsigned n = 0; n <= EXPRESSION_EXTENSIONS; n++)
		put_segment6(c, e, ip, n);
	if (e->errors == ERRORS_NONE)
		return;
	put_errors6(c, e, ip, 0, 0);
	put_errors6(c, e, ip, 0, 1);
	put_errors6(c, e, ip, 1, 0);
}

/* What may precede IP. */

/* IP where libpcap looks for it, on any link. */
static void
put_plain(struct clause *c, const struct expression *e)
{
	struct offset ip = offset_of("ip", 0), tcp = offset_of("tcp", 0);
	struct offset icmp = offset_of("icmp", 0), ip6 = offset_of("ip6", 0);

	if (condition_possible(e, false))
		put_all4(c, e, &ip, &tcp, &icmp);
	if (condition_possible(e, true))
		put_all6(c, e, &ip6);
}

/* IP begins at byte `at` of an Ethernet frame. */
static void
put_wrapped(FILE *f, const struct expression *e, unsigned at)
{
	struct offset ip = offset_of("ether", at);
	struct offset payload = offset_after_ip4(ip);
	struct clause versions = { f, 0 };

	for (unsigned v6 = 0; v6 <= 1; v6++) {
		struct clause c = { f, 0 };

		if (!condition_possible(e, v6))
			continue;
		clause_next(&versions);
		putc('(', f);
		put_version(f, &ip, v6);
		if (v6)
			put_all6(&c, e, &ip);
		else
			put_all4(&c, e, &ip, &payload, &payload);
		clause_end(&c);
		putc(')', f);
	}
	clause_end(&versions);
}

/* The EtherType after this number of tags is one of these.  The first one is
 * tested by `ether proto`, which matches nothing on a link that has none. */
static void
put_type(FILE *f, unsigned tags, const char *const *type)
{
	struct clause c = { f, 0 };

	for (; *type != NULL; type++) {
		clause_next(&c);
		if (tags == 0)
			fprintf(f, "ether proto %s", *type);
		else
			fprintf(f, "ether[%u:2] = %s", 12 + 4 * tags, *type);
	}
	clause_end(&c);
	clause_and(f);
}

/* IEEE 802.1Q, 802.1ad, and the type that came before 802.1ad. */
static void
put_tags(FILE *f, unsigned tags)
{
	static const char *const types[] = { "0x8100", "0x88a8", "0x9100",
	    NULL };

	for (unsigned i = 0; i < tags; i++)
		put_type(f, i, types);
}

static void
put_vlan(struct clause *c, const struct expression *e, unsigned tags)
{
	static const char *const types[] = { "0x0800", "0x86dd", NULL };

	clause_next(c);
	putc('(', c->f);
	put_tags(c->f, tags);
	put_type(c->f, tags, types);
	put_wrapped(c->f, e, 14 + 4 * tags);
	putc(')', c->f);
}

/* RFC 2516, with IPv4 or IPv6 in PPP.  The protocol field of PPP may be
 * compressed to one byte; RFC 1661, 6.5. */
static void
put_pppoe(struct clause *c, const struct expression *e, unsigned tags,
    unsigned protocol_len)
{
	static const char *const types[] = { "0x8864", NULL };
	unsigned at = 14 + 4 * tags + 6;

	clause_next(c);
	putc('(', c->f);
	put_tags(c->f, tags);
	put_type(c->f, tags, types);
	fprintf(c->f, "(ether[%u:%u] = 0x21 or ether[%u:%u] = 0x57) and ", at,
	    protocol_len, at, protocol_len);
	put_wrapped(c->f, e, at + protocol_len);
	putc(')', c->f);
}

/* RFC 3032: the last label has its bottom-of-stack bit set. */
static void
put_mpls(struct clause *c, const struct expression *e, unsigned tags,
    unsigned labels)
{
	static const char *const types[] = { "0x8847", "0x8848", NULL };
	unsigned at = 14 + 4 * tags;

	clause_next(c);
	putc('(', c->f);
	put_tags(c->f, tags);
	put_type(c->f, tags, types);
	for (unsigned i = 1; i <= labels; i++, at += 4)
		fprintf(c->f, "ether[%u] & 1 = %d and ", at + 2, i == labels);
	put_wrapped(c->f, e, at);
	putc(')', c->f);
}

char *
expression_text(const struct expression *e)
{
	char *text;
	size_t n;
	struct clause c = { open_memstream(&text, &n), 0 };

	if (c.f == NULL)
		return NULL;
	put_plain(&c, e);
	for (unsigned t = 0; c.n > 0 && t <= EXPRESSION_TAGS; t++) {
		if (t > 0 && !e->tagged)
			break;
		if (t > 0)
			put_vlan(&c, e, t);
		for (unsigned i = 1; e->pppoe && i <= 2; i++)
			put_pppoe(&c, e, t, i);
		for (unsigned i = 1; e->mpls && i <= EXPRESSION_LABELS; i++)
			put_mpls(&c, e, t, i);
	}
	clause_end(&c);
	return fclose(c.f) == EOF ? NULL : text;
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
