#include "track/due.h"

#include <stdlib.h>
#include <string.h>

int
due_open(struct due *d, uint32_t max, uint64_t interval)
{
	memset(d, 0, sizeof *d);
	d->interval = interval;
	/* Pages that are never touched cost nothing. */
	if (interval > 0)
		d->nodes = calloc((size_t)max + 1, sizeof *d->nodes);
	return interval > 0 && d->nodes == NULL ? -1 : 0;
}

void
due_close(struct due *d)
{
	free(d->nodes);
}

void
due_enter(struct due *d, uint32_t i, uint64_t now)
{
	if (d->nodes == NULL)
		return;
	d->nodes[i] = (struct due_node){ .at = now + d->interval,
	    .older = d->newest };
	if (d->newest != 0)
		d->nodes[d->newest].newer = i;
	else
		d->oldest = i;
	d->newest = i;
}

void
due_leave(struct due *d, uint32_t i)
{
	struct due_node *n;

	if (d->nodes == NULL)
		return;
	n = &d->nodes[i];
	if (n->older != 0)
		d->nodes[n->older].newer = n->newer;
	else
		d->oldest = n->newer;
	if (n->newer != 0)
		d->nodes[n->newer].older = n->older;
	else
		d->newest = n->older;
}

void
due_again(struct due *d, uint32_t i)
{
	uint64_t at = d->nodes[i].at;

	due_leave(d, i);
	due_enter(d, i, at);
}
