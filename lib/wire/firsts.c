#include "wire/firsts.h"

#include <stdlib.h>
#include <string.h>

bool
firsts_hold(struct firsts *f, const struct packet *pkt)
{
	uint8_t *copy;

	if (f->others || f->alone || f->n == FIRSTS_MAX)
		return false;
	if ((copy = malloc(pkt->cap_len)) == NULL)
		return false;
	memcpy(copy, pkt->data, pkt->cap_len);
	f->packet[f->n] = *pkt;
	f->packet[f->n++].data = copy;
	return true;
}

unsigned
firsts_end_wait(struct firsts *f)
{
	unsigned n = f->n - f->next;

	firsts_close(f);
	f->others = true;
	f->alone = false;
	return n;
}

const struct packet *
firsts_next(struct firsts *f, uint64_t now)
{
	if (f->next == f->n)
		firsts_close(f);
	if (f->n == 0)
		return NULL;
	if (f->n == FIRSTS_MAX || now > f->packet[0].time_ns + FIRSTS_NS)
		f->alone = true;
	return f->alone ? &f->packet[f->next++] : NULL;
}

void
firsts_close(struct firsts *f)
{
	for (unsigned i = 0; i < f->n; i++)
		free((void *)(uintptr_t)f->packet[i].data);
	f->n = f->next = 0;
}
