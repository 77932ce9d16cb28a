/*
 * The names of addresses as far as they are known, with a cap on their number,
 * and whether an answer is worth waiting for:
 *
 *	new --question--> awaited --answer--> known --old--> known, asked again
 *	                     |                  ^
 *	                     +--limit--> late --+ answer
 *
 * An address is waited for once; and no more for any, after several in a row
 * without an answer to any question, until an answer comes.
 */
#ifndef NAMES_CACHE_H
#define NAMES_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/flow.h"
#include "wire/addr.h"

#define NAMES_LATE_MAX	3	/* in a row; then nobody answers */

struct name {
	char *text;		/* owned; NULL: none */
	uint64_t until;		/* ns; then it is asked for again */
	uint32_t uses;		/* by who still needs it */
	bool known;		/* there was an answer: text, or that none is */
	bool asked;		/* a question is on its way */
	bool late;		/* and was waited for in vain */
};

struct names {
	struct flow_table table;
	unsigned late;		/* in a row */
	uint64_t forgotten;	/* that went because there were too many */
};

/* Up to max names; seed keys the table.  0, or -1 with errno. */
int names_open(struct names *n, uint32_t max, uint64_t seed);
void names_close(struct names *n);

/* The name of an address: a number from 1 on, or 0 where it is new. */
uint32_t names_find(struct names *n, const struct addr *a);

/*
 * Can a new one be added?  Where there are as many as may be the one unused
 * longest goes; of those in use and those asked for none does.
 */
bool names_room(const struct names *n);
uint32_t names_add(struct names *n, const struct addr *a);

static inline struct name *
names_at(const struct names *n, uint32_t i)
{
	return flow_state(&n->table, i);
}

/* Name i is needed, and no more. */
void names_use(struct names *n, uint32_t i);
void names_unuse(struct names *n, uint32_t i);

/* A question for it is on its way. */
void names_asked(struct names *n, uint32_t i);

/*
 * Its name is text (copied), or there is none (NULL); that holds until then.
 * 0, or -1 without memory, and then there is none.
 */
int names_set(struct names *n, uint32_t i, const char *text, uint64_t until);

/* The same, as the answer to its question. */
int names_answer(struct names *n, uint32_t i, const char *text,
    uint64_t until);

/* Its question has ended without: what was known before stays. */
void names_fail(struct names *n, uint32_t i, uint64_t until);

/* Does nobody answer? */
static inline bool
names_silent(const struct names *n)
{
	return n->late >= NAMES_LATE_MAX;
}

/* Is it worth waiting for? */
static inline bool
names_awaited(const struct names *n, uint32_t i)
{
	const struct name *name = names_at(n, i);

	return !name->known && !name->late && !names_silent(n);
}

/* Is what is known of it so old that it is to be asked for again? */
static inline bool
names_old(const struct names *n, uint32_t i, uint64_t now)
{
	const struct name *name = names_at(n, i);

	return name->known && !name->asked && name->until <= now;
}

/* It was waited for long enough. */
void names_late(struct names *n, uint32_t i);

#endif
