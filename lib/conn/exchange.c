#include "conn/exchange.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MIN	128

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
grow(struct exchange *e, size_t n)
{
	size_t need = e->ntext + n, size = e->size > 0 ? e->size : TEXT_MIN;
	char *text;

	while (size < need)
		size *= 2;
	if (size > UINT16_MAX)
		size = UINT16_MAX;
	if (need > size)
		return false;
	if (size == e->size)
		return true;
	if ((text = realloc(e->text, size)) == NULL)
		return false;
	e->text = text;
	e->size = (uint16_t)size;
	return true;
}

void
exchange_keep(struct exchange *e, unsigned part, struct http_text t)
{
	if (t.n == 0 || e->part[part].n > 0 || !grow(e, t.n))
		return;
	memcpy(e->text + e->ntext, t.p, t.n);
	e->part[part].at = e->ntext;
	e->part[part].n = (uint16_t)t.n;
	e->ntext = (uint16_t)(e->ntext + t.n);
}
