#include "http/pending.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_STEP	128	/* bytes allocated at a time */

struct pending *
pending_new(void)
{
	return calloc(1, sizeof(struct pending));
}

void
pending_free(struct pending *p)
{
	free(p->e.text);
	free(p);
}

uint32_t
pending_size(const struct pending *p)
{
	return (uint32_t)sizeof *p + p->size;
}

/* Make room for n more bytes of text. */
static bool
grow(struct pending *p, size_t n, uint32_t room)
{
	size_t need = p->e.ntext + n;
	size_t size = (need + TEXT_STEP - 1) / TEXT_STEP * TEXT_STEP;
	char *text;

	if (need <= p->size)
		return true;
	if (size > UINT16_MAX || size - p->size > room ||
	    (text = realloc(p->e.text, size)) == NULL)
		return false;
	p->e.text = text;
	p->size = (uint16_t)size;
	return true;
}

void
pending_keep(struct pending *p, unsigned part, struct http1_text t,
    uint32_t room)
{
	struct exchange *e = &p->e;

	if (t.n == 0 || e->part[part].n > 0 || !grow(p, t.n, room))
		return;
	memcpy(e->text + e->ntext, t.p, t.n);
	e->part[part].at = e->ntext;
	e->part[part].n = (uint16_t)t.n;
	e->ntext = (uint16_t)(e->ntext + t.n);
}
