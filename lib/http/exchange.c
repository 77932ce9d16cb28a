#include "http/exchange.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_STEP	128	/* bytes taken for text at a time */

struct exchange *
exchange_new(void)
{
	return calloc(1, sizeof(struct exchange));
}

void
exchange_free(struct exchange *e)
{
	free(e->text);
	free(e);
}

uint32_t
exchange_size(const struct exchange *e)
{
	return (uint32_t)sizeof *e + e->size;
}

/* Room for n bytes more of text. */
static bool
grow(struct exchange *e, size_t n, uint32_t room)
{
	size_t need = e->ntext + n;
	size_t size = (need + TEXT_STEP - 1) / TEXT_STEP * TEXT_STEP;
	char *text;

	if (need <= e->size)
		return true;
	if (size > UINT16_MAX || size - e->size > room ||
	    (text = realloc(e->text, size)) == NULL)
		return false;
	e->text = text;
	e->size = (uint16_t)size;
	return true;
}

void
exchange_keep(struct exchange *e, unsigned part, struct http1_text t,
    uint32_t room)
{
	if (t.n == 0 || e->part[part].n > 0 || !grow(e, t.n, room))
		return;
	memcpy(e->text + e->ntext, t.p, t.n);
	e->part[part].at = e->ntext;
	e->part[part].n = (uint16_t)t.n;
	e->ntext = (uint16_t)(e->ntext + t.n);
}
