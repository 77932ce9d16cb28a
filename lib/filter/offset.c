#include "filter/offset.h"

#include <string.h>

/*
 * Append to o->plus the length of the header at h: its byte there, between the
 * texts before and after.  The longest offset that an expression needs fits.
 */
static void
add_length(struct offset *o, const char *before, const struct offset *h,
    const char *after)
{
	size_t n = strlen(o->plus);

	snprintf(o->plus + n, sizeof o->plus - n, "%s%s[%u%s]%s", before,
	    h->in, h->at, h->plus, after);
}

struct offset
offset_of(const char *in, unsigned at)
{
	return (struct offset){ .in = in, .at = at };
}

struct offset
offset_plus(struct offset o, unsigned n)
{
	o.at += n;
	return o;
}

/* The lower half of the first byte is the length in units of 4 bytes. */
struct offset
offset_after_ip4(struct offset o)
{
	struct offset end = o;

	add_length(&end, "+4*(", &o, "&15)");
	return end;
}

/* The second byte is the length in units of 8 bytes, without the first 8. */
struct offset
offset_after_extension(struct offset o)
{
	struct offset end = offset_plus(o, 8), len = offset_plus(o, 1);

	add_length(&end, "+8*", &len, "");
	return end;
}

void
offset_put(FILE *f, const struct offset *o, unsigned n, unsigned size)
{
	fprintf(f, "%s[%u%s", o->in, o->at + n, o->plus);
	if (size > 1)
		fprintf(f, ":%u", size);
	putc(']', f);
}

void
offset_put_is(FILE *f, const struct offset *o, unsigned n, unsigned value)
{
	offset_put(f, o, n, 1);
	fprintf(f, " = %u", value);
}
