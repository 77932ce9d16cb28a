#include "http/hpack.h"

#ifdef HTTP_NGHTTP2

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

/* The name of an unknown entry: no field has it. */
#define UNKNOWN		'\x01'

struct hpack {
	nghttp2_hd_inflater *inflater;
	nghttp2_mem mem;
	size_t used;		/* bytes allocated by it */
	uint32_t allowed;	/* for its table */
};

/*
 * Memory is counted and bounded; each piece begins with its size.
 */
union size {
	size_t n;
	max_align_t align;
};

static void
release(void *p, void *arg)
{
	struct hpack *h = arg;
	union size *size = p;

	if (p == NULL)
		return;
	size--;
	h->used -= size->n;
	free(size);
}

static void *
allocate(size_t n, void *arg)
{
	struct hpack *h = arg;
	union size *size;

	if (n > HPACK_MEMORY_MAX - h->used ||
	    (size = malloc(sizeof *size + n)) == NULL)
		return NULL;
	size->n = n;
	h->used += n;
	return size + 1;
}

static void *
allocate_zeros(size_t count, size_t n, void *arg)
{
	void *p = n == 0 || count <= HPACK_MEMORY_MAX / n ?
	    allocate(count * n, arg) : NULL;

	return p != NULL ? memset(p, 0, count * n) : NULL;
}

static void *
reallocate(void *old, size_t n, void *arg)
{
	void *p = allocate(n, arg);
	size_t had;

	if (p == NULL || old == NULL)
		return p;
	had = ((union size *)old - 1)->n;
	memcpy(p, old, had < n ? had : n);
	release(old, arg);
	return p;
}

bool
hpack_is_here(void)
{
	return true;
}

static void
ignore(void *arg, struct http1_text name, struct http1_text value)
{
	(void)arg;
	(void)name;
	(void)value;
}

/* Fill the table: literals with a name of one byte and no value (RFC 7541,
 * 6.2.1), the smallest entries in practice. */
static bool
fill(struct hpack *h)
{
	static const uint8_t entry[] = { 0x40, 1, UNKNOWN, 0 };
	bool ok = true;

	for (unsigned n = HPACK_TABLE / (32 + 1); ok && n > 0; n--)
		ok = hpack_inflate(h, entry, sizeof entry, n == 1, ignore,
		    NULL);
	return ok;
}

struct hpack *
hpack_new(bool unknown)
{
	struct hpack *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->allowed = HPACK_TABLE;
	h->mem = (nghttp2_mem){ h, allocate, release, allocate_zeros,
	    reallocate };
	if (nghttp2_hd_inflate_new2(&h->inflater, &h->mem) != 0 ||
	    (unknown && !fill(h))) {
		hpack_free(h);
		return NULL;
	}
	return h;
}

void
hpack_free(struct hpack *h)
{
	if (h != NULL && h->inflater != NULL)
		nghttp2_hd_inflate_del(h->inflater);
	free(h);
}

/* A sender that has to use less says so in its next block (RFC 7541, 4.2). */
void
hpack_allow(struct hpack *h, uint32_t size)
{
	if (size > HPACK_TABLE_MAX)
		size = HPACK_TABLE_MAX;
	if (size > h->allowed && nghttp2_hd_inflate_change_table_size(
	    h->inflater, size) == 0)
		h->allowed = size;
}

static void
emit(const nghttp2_nv *nv,
    void (*field)(void *arg, struct http1_text name, struct http1_text value),
    void *arg)
{
	struct http1_text name = { (const char *)nv->name, nv->namelen };
	struct http1_text value = { (const char *)nv->value, nv->valuelen };

	if (name.n == 1 && *name.p == UNKNOWN)
		name.n = value.n = 0;
	field(arg, name, value);
}

bool
hpack_inflate(struct hpack *h, const uint8_t *p, size_t n, bool last,
    void (*field)(void *arg, struct http1_text name, struct http1_text value),
    void *arg)
{
	for (;;) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t used = nghttp2_hd_inflate_hd2(h->inflater, &nv, &flags,
		    p, n, last);

		if (used < 0)
			return false;
		p += used;
		n -= (size_t)used;
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			emit(&nv, field, arg);
		if (flags & NGHTTP2_HD_INFLATE_FINAL) {
			nghttp2_hd_inflate_end_headers(h->inflater);
			return true;
		}
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT) && n == 0)
			return !last;
	}
}

#else

bool
hpack_is_here(void)
{
	return false;
}

struct hpack *
hpack_new(bool unknown)
{
	(void)unknown;
	return NULL;
}

void
hpack_free(struct hpack *h)
{
	(void)h;
}

void
hpack_allow(struct hpack *h, uint32_t size)
{
	(void)h;
	(void)size;
}

bool
hpack_inflate(struct hpack *h, const uint8_t *p, size_t n, bool last,
    void (*field)(void *arg, struct http1_text name, struct http1_text value),
    void *arg)
{
	(void)h;
	(void)p;
	(void)n;
	(void)last;
	(void)field;
	(void)arg;
	return false;
}

#endif
