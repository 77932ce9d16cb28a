#include "probe/flight.h"

#include <stddef.h>
#include <stdlib.h>

int
flight_open(struct flight *f, uint32_t n)
{
	*f = (struct flight){ .mask = n - 1,
	    .probes = calloc(n, sizeof(*f->probes)) };
	return f->probes != NULL ? 0 : -1;
}

void
flight_close(struct flight *f)
{
	free(f->probes);
	f->probes = NULL;
}

uint16_t
flight_sent(struct flight *f)
{
	return f->head++;
}

/* The oldest waiting probe, or NULL. */
static struct flight_probe *
oldest(struct flight *f)
{
	while (f->tail != f->head &&
	    flight_at(f, f->tail)->state != FLIGHT_WAITING)
		f->tail++;
	return f->tail != f->head ? flight_at(f, f->tail) : NULL;
}

struct flight_probe *
flight_next(struct flight *f)
{
	/* One place stays free, which tells full from empty. */
	if (oldest(f) != NULL && (uint16_t)(f->head - f->tail) == f->mask)
		return NULL;
	return flight_at(f, f->head);
}

struct flight_probe *
flight_oldest(struct flight *f, uint64_t sent_by)
{
	struct flight_probe *p = oldest(f);

	return p != NULL && p->sent <= sent_by ? p : NULL;
}

struct flight_probe *
flight_only(struct flight *f, bool *several)
{
	struct flight_probe *first = oldest(f), *newest = NULL;

	for (uint16_t i = f->tail; i != f->head; i++)
		if (flight_at(f, i)->state == FLIGHT_WAITING)
			newest = flight_at(f, i);
	*several = newest != NULL && newest != first && !newest->alone;
	return *several ? first : newest;
}

uint64_t
flight_waits_since(struct flight *f)
{
	struct flight_probe *p = oldest(f);

	return p != NULL ? p->sent : UINT64_MAX;
}
