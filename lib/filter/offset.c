#include "filter/offset.h"

#include <string.h>

/*
 * Add to plus how long the header at h is: the byte there, between these
 * texts.  It fits for every place that an expression needs.
 */
static void
add_length(struct place *p, const char *before, const struct place *h,
    const char *behind)
{
	size_t n = strlen(p->plus);

	snprintf(p->plus + n, sizeof p->plus - n, "%s%s[%u%s]%s", before,
	    h->in, h->at, h->plus, behind);
}

struct place
place_of(const char *in, unsigned at)
{
	return (struct place){ .in = in, .at = at };
}

struct place
place_plus(struct place p, unsigned n)
{
	p.at += n;
	return p;
}

/* Its first byte has the length in 32-bit words, in the lower half. */
struct place
place_behind_ip4(struct place ip)
{
	struct place p = ip;

	add_length(&p, "+4*(", &ip, "&15)");
	return p;
}

/* Its second byte has the length in 64-bit words, less the first. */
struct place
place_behind_extension(struct place h)
{
	struct place p = place_plus(h, 8), len = place_plus(h, 1);

	add_length(&p, "+8*", &len, "");
	return p;
}

void
place_put(FILE *f, const struct place *p, unsigned off, unsigned size)
{
	fprintf(f, "%s[%u%s", p->in, p->at + off, p->plus);
	if (size > 1)
		fprintf(f, ":%u", size);
	putc(']', f);
}

void
place_put_is(FILE *f, const struct place *p, unsigned off, unsigned value)
{
	place_put(f, p, off, 1);
	fprintf(f, " = %u", value);
}
