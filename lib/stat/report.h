/*
 * A report about a stretch of time: a section for each kind of records and
 * grouping.  Reports can be merged, with the same result however the records
 * were divided among them.
 */
#ifndef STAT_REPORT_H
#define STAT_REPORT_H

#include "stat/section.h"

#define REPORT_SECTIONS_MAX	512

struct report {
	struct group_pool *pool;
	struct section *section[REPORT_SECTIONS_MAX];	/* sorted */
	unsigned n;
};

/* Make an empty report, whose groups belong to the pool. */
void report_open(struct report *r, struct group_pool *pool);
void report_close(struct report *r);

/* The section of this kind and these key columns, added if it is new.  NULL
 * without memory, or if there are too many sections or columns. */
struct section *report_section(struct report *r, const char *kind,
    const char *by);

/* Add another report to this one; false as section_merge(). */
bool report_merge(struct report *r, const struct report *from);

#endif
