#include "names/cache.h"

#include <stdlib.h>
#include <string.h>

enum { IDLE, BUSY };	/* queues: may go, and may not */

int
names_open(struct names *n, uint32_t max, uint64_t seed)
{
	memset(n, 0, sizeof *n);
	return flow_open(&n->table, max, sizeof(struct name), seed);
}

static void
drop(struct names *n, uint32_t i)
{
	free(names_at(n, i)->text);
	flow_drop(&n->table, i);
}

void
names_close(struct names *n)
{
	for (unsigned q = IDLE; q <= BUSY; q++)
		for (uint32_t i; (i = flow_oldest(&n->table, q)) != 0;)
			drop(n, i);
	flow_close(&n->table);
}

static struct flow_key
key_of(const struct names *n, const struct addr *a)
{
	struct flow_end end = flow_end(&n->table, (const char *)a->b,
	    a->v6 ? 16 : 4);

	return (struct flow_key){ { end.id[0], end.id[1] } };
}

/* Who is in use is found there as well, but there is no order among them. */
static void
requeue(struct names *n, uint32_t i)
{
	const struct name *name = names_at(n, i);

	flow_queue(&n->table, i, name->uses > 0 || name->asked ? BUSY : IDLE,
	    0);
}

uint32_t
names_find(struct names *n, const struct addr *a)
{
	struct flow_key key = key_of(n, a);

	return flow_find(&n->table, &key);
}

bool
names_room(const struct names *n)
{
	return !flow_full(&n->table) || flow_oldest(&n->table, IDLE) != 0;
}

uint32_t
names_add(struct names *n, const struct addr *a)
{
	struct flow_key key = key_of(n, a);

	if (flow_full(&n->table)) {
		drop(n, flow_oldest(&n->table, IDLE));
		n->forgotten++;
	}
	return flow_add(&n->table, &key, 0);
}

void
names_use(struct names *n, uint32_t i)
{
	names_at(n, i)->uses++;
	requeue(n, i);
}

void
names_unuse(struct names *n, uint32_t i)
{
	names_at(n, i)->uses--;
	requeue(n, i);
}

void
names_asked(struct names *n, uint32_t i)
{
	names_at(n, i)->asked = true;
	requeue(n, i);
}

int
names_set(struct names *n, uint32_t i, const char *text, uint64_t until)
{
	struct name *name = names_at(n, i);

	free(name->text);
	name->text = text != NULL ? strdup(text) : NULL;
	names_fail(n, i, until);
	return text != NULL && name->text == NULL ? -1 : 0;
}

int
names_answer(struct names *n, uint32_t i, const char *text, uint64_t until)
{
	n->late = 0;
	return names_set(n, i, text, until);
}

void
names_fail(struct names *n, uint32_t i, uint64_t until)
{
	struct name *name = names_at(n, i);

	name->asked = name->late = false;
	name->known = true;
	name->until = until;
	requeue(n, i);
}

void
names_late(struct names *n, uint32_t i)
{
	names_at(n, i)->late = true;
	n->late++;
}
