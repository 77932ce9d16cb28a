#include "track/updates.h"

#include <stdlib.h>
#include <string.h>

int
updates_open(struct updates *u, uint32_t max, uint64_t interval)
{
	memset(u, 0, sizeof *u);
	u->interval = interval;
	/* Pages that are never touched cost nothing. */
	if (interval > 0)
		u->nodes = calloc((size_t)max + 1, sizeof *u->nodes);
	return interval > 0 && u->nodes == NULL ? -1 : 0;
}

void
updates_close(struct updates *u)
{
	free(u->nodes);
}

void
updates_enter(struct updates *u, uint32_t i, uint64_t now)
{
	if (u->nodes == NULL)
		return;
	u->nodes[i] = (struct updates_node){ .at = now + u->interval,
	    .older = u->newest };
	if (u->newest != 0)
		u->nodes[u->newest].newer = i;
	else
		u->oldest = i;
	u->newest = i;
}

void
updates_leave(struct updates *u, uint32_t i)
{
	struct updates_node *n;

	if (u->nodes == NULL)
		return;
	n = &u->nodes[i];
	if (n->older != 0)
		u->nodes[n->older].newer = n->newer;
	else
		u->oldest = n->newer;
	if (n->newer != 0)
		u->nodes[n->newer].older = n->older;
	else
		u->newest = n->older;
}

void
updates_repeat(struct updates *u, uint32_t i)
{
	uint64_t at = u->nodes[i].at;

	updates_leave(u, i);
	updates_enter(u, i, at);
}
