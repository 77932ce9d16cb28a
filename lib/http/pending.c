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

void
pending_begin_final(struct pending *p, uint16_t status, uint64_t time)
{
	struct exchange *e = &p->e;

	e->status = status;
	e->response_began = time;
	if (!p->request_done)
		e->notes |= EXCHANGE_EARLY;
	e->has_wait = p->request_done && !(e->notes & EXCHANGE_UNASKED) &&
	    e->response_began >= e->request_ended;
	e->wait = e->has_wait ? e->response_began - e->request_ended : 0;
}

void
pending_begin_body(struct pending *p, uint64_t time)
{
	if (p->e.body_began == 0)
		p->e.body_began = time;
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
