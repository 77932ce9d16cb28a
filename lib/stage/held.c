#include "stage/held.h"

#include <stdlib.h>
#include <string.h>

#define CAP_INITIAL	65536	/* bytes */

/* Make room for n bytes at the end: move the lines to the front if most of the
 * buffer is free there, else enlarge it.  Returns 0, or -1 without memory. */
static int
make_room(struct held *h, size_t n)
{
	size_t used = h->end - h->begin;
	size_t cap = h->cap != 0 ? h->cap : CAP_INITIAL;
	char *bigger;

	if (h->cap - h->end >= n)
		return 0;
	if (h->begin > used && h->cap - used >= n) {
		memmove(h->buf, h->buf + h->begin, used);
		h->begin = 0;
		h->end = used;
		return 0;
	}
	while (cap - h->end < n)
		cap *= 2;
	if ((bigger = realloc(h->buf, cap)) == NULL)
		return -1;
	h->buf = bigger;
	h->cap = cap;
	return 0;
}

int
held_push(struct held *h, const char *text, size_t len,
    const struct held_field *fields, unsigned n, uint64_t due)
{
	size_t nfields = n * sizeof *fields;
	size_t size = (sizeof(struct held_line) + nfields + len + 7) / 8 * 8;
	struct held_line *l;

	if (make_room(h, size) < 0)
		return -1;
	l = (struct held_line *)(void *)(h->buf + h->end);
	l->due = due;
	l->size = size;
	l->len = (uint32_t)len;
	l->nfields = n;
	if (n > 0)
		memcpy(l->field, fields, nfields);
	memcpy(&l->field[n], text, len);
	h->end += size;
	return 0;
}

const struct held_line *
held_first(const struct held *h)
{
	return h->begin == h->end ? NULL :
	    (const struct held_line *)(const void *)(h->buf + h->begin);
}

void
held_drop(struct held *h)
{
	h->begin += held_first(h)->size;
	if (h->begin == h->end)
		h->begin = h->end = 0;
}

void
held_free(struct held *h)
{
	free(h->buf);
}
