/*
 * Cases of one kind in the order of their sequence numbers: a treap (Seidel and
 * Aragon, 1996), so that a search or change takes O(log n).  Cases may overlap;
 * each knows the highest end in its subtree.  A case is removed by its links,
 * so numbers that wrap mislead a search at most.
 * Private to case.c.
 */
#ifndef TRACK_CASETREE_H
#define TRACK_CASETREE_H

#include "track/case.h"

void casetree_insert(const struct loss *l, uint32_t *root, uint32_t i);
void casetree_remove(const struct loss *l, uint32_t *root, uint32_t i);

/* The end of case i has changed, or its seq without passing another case. */
void casetree_resized(const struct loss *l, uint32_t i);

/* The lowest case with a byte of seq..end, or 0. */
uint32_t casetree_first(const struct loss *l, uint32_t root, uint32_t seq,
    uint32_t end);

/* The case that follows i, or 0. */
uint32_t casetree_next(const struct loss *l, uint32_t i);

/* How many begin at seq or later? */
uint32_t casetree_count(const struct loss *l, uint32_t root, uint32_t seq);

#endif
