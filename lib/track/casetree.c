#include "track/casetree.h"

/* The priority of case i in the heap: keyed, so that no choice of sequence
 * numbers makes the tree deep. */
static uint32_t
rank_of(const struct loss *l, uint32_t i)
{
	uint32_t h = i ^ l->seed;

	h = (h ^ h >> 16) * UINT32_C(0x85ebca6b);
	h = (h ^ h >> 13) * UINT32_C(0xc2b2ae35);
	return h ^ h >> 16;
}

/* What the subtree of i has, by its children.  Returns whether that is new. */
static bool
sum_up(const struct loss *l, uint32_t i)
{
	struct loss_case *c = case_at(l, i);
	uint32_t nodes = 1, last = c->end;

	for (int side = 0; side < 2; side++) {
		const struct loss_case *k = case_at(l, c->child[side]);

		if (c->child[side] == 0)
			continue;
		nodes += k->nodes;
		if (seq_before(last, k->last))
			last = k->last;
	}
	if (nodes == c->nodes && last == c->last)
		return false;
	c->nodes = nodes;
	c->last = last;
	return true;
}

void
casetree_resized(const struct loss *l, uint32_t i)
{
	while (i != 0 && sum_up(l, i))
		i = case_at(l, i)->parent;
}

/* Put new, or nothing, in the place of i. */
static void
replace(const struct loss *l, uint32_t *root, uint32_t i, uint32_t new)
{
	uint32_t parent = case_at(l, i)->parent;

	if (parent == 0)
		*root = new;
	else
		case_at(l, parent)->child[case_at(l, parent)->child[1] == i] =
		    new;
	if (new != 0)
		case_at(l, new)->parent = parent;
}

/* Turn i and its parent, so that i is above. */
static void
rotate(const struct loss *l, uint32_t *root, uint32_t i)
{
	struct loss_case *c = case_at(l, i);
	uint32_t up = c->parent;
	struct loss_case *p = case_at(l, up);
	int side = p->child[1] == i;
	uint32_t inner = c->child[!side];

	replace(l, root, up, i);
	p->child[side] = inner;
	if (inner != 0)
		case_at(l, inner)->parent = up;
	c->child[!side] = up;
	p->parent = i;
	sum_up(l, up);
	sum_up(l, i);
}

void
casetree_insert(const struct loss *l, uint32_t *root, uint32_t i)
{
	struct loss_case *c = case_at(l, i);
	uint32_t *place = root, parent = 0;

	while (*place != 0) {
		struct loss_case *p = case_at(l, parent = *place);

		place = &p->child[!seq_before(c->seq, p->seq)];
	}
	*place = i;
	c->parent = parent;
	c->child[0] = c->child[1] = c->nodes = 0;
	casetree_resized(l, i);
	while (c->parent != 0 && rank_of(l, c->parent) < rank_of(l, i))
		rotate(l, root, i);
}

void
casetree_remove(const struct loss *l, uint32_t *root, uint32_t i)
{
	const struct loss_case *c = case_at(l, i);

	while (c->child[0] != 0 && c->child[1] != 0)
		rotate(l, root, c->child[rank_of(l, c->child[0]) <
		    rank_of(l, c->child[1])]);
	replace(l, root, i, c->child[c->child[0] == 0]);
	casetree_resized(l, c->parent);
}

uint32_t
casetree_first(const struct loss *l, uint32_t root, uint32_t seq,
    uint32_t end)
{
	uint32_t i = root;

	while (i != 0) {
		const struct loss_case *c = case_at(l, i);
		uint32_t left = c->child[0];

		if (left != 0 && seq_before(seq, case_at(l, left)->last))
			i = left;
		else if (seq_before(seq, c->end))
			return seq_before(c->seq, end) ? i : 0;
		else
			i = c->child[1];
	}
	return 0;
}

uint32_t
casetree_next(const struct loss *l, uint32_t i)
{
	uint32_t next = case_at(l, i)->child[1], from;

	if (next != 0) {
		while (case_at(l, next)->child[0] != 0)
			next = case_at(l, next)->child[0];
		return next;
	}
	do {
		from = i;
		i = case_at(l, i)->parent;
	} while (i != 0 && case_at(l, i)->child[1] == from);
	return i;
}

uint32_t
casetree_count(const struct loss *l, uint32_t root, uint32_t seq)
{
	uint32_t n = 0;

	while (root != 0) {
		const struct loss_case *c = case_at(l, root);

		if (seq_before(c->seq, seq)) {
			root = c->child[1];
			continue;
		}
		n++;
		if (c->child[1] != 0)
			n += case_at(l, c->child[1])->nodes;
		root = c->child[0];
	}
	return n;
}
