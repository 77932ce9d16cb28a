/*
 * A section of a report: the records of one kind, grouped by the same columns.
 */
#ifndef STAT_SECTION_H
#define STAT_SECTION_H

#include "stat/groups.h"

#define SECTION_VALUES_MAX	64
#define SECTION_KEYS_MAX	16

struct section {
	char *kind;
	char *by;		/* columns of the key: "src,dport", or "" */
	unsigned nkeys;		/* how many these are */
	char *other;		/* key of the group for records without one */
	struct {
		char *name;
		bool seconds;	/* a time or a duration */
	} value[SECTION_VALUES_MAX];
	unsigned nvalues;
	uint64_t first, last;	/* times of the records, in ns; 0: unknown */
	struct groups groups;
};

/* Make an empty section, whose groups belong to the pool.  NULL without
 * memory. */
struct section *section_new(struct group_pool *pool, const char *kind,
    const char *by);
void section_free(struct section *s);

/* The order of sections: by kind, then by columns. */
int section_compare(const struct section *s, const char *kind, const char *by);

/* How many columns by names. */
unsigned section_count_keys(const char *by);

/* The number of a value's column, added if it is new; -1 without memory or
 * beyond SECTION_VALUES_MAX. */
int section_value(struct section *s, const char *name, size_t n, bool seconds);

/* Extend the section's time to include first to last; 0 means unknown. */
void section_extend(struct section *s, uint64_t first, uint64_t last);

/* The group with this key, added if it is new: the texts of its columns, with a
 * TAB between, at most GROUP_KEY_MAX bytes.  NULL without memory. */
struct group *section_group(struct section *s, const char *key, size_t n);

/* Add another section to this one.  False without memory, if there are too many
 * values, or if a sum overflows; part of it is missing then. */
bool section_merge(struct section *s, const struct section *from);

#endif
