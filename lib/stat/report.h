/*
 * A report: what is known of all records of a time, by kind and grouping.
 * Reports merge: any split of the records gives the same one.
 */
#ifndef STAT_REPORT_H
#define STAT_REPORT_H

#include "stat/groups.h"

#define REPORT_SUBJECTS_MAX	512
#define SUBJECT_VALUES_MAX	64
#define SUBJECT_KEYS_MAX	16

/* The records of one kind, grouped in one way. */
struct subject {
	char *what;		/* the kind */
	char *by;		/* the key's columns with commas, "" for none */
	unsigned nkeys;		/* how many columns these are */
	char *other;		/* the key of the group for the rest */
	struct {
		char *name;
		bool seconds;	/* a duration, or a time */
	} value[SUBJECT_VALUES_MAX];
	unsigned nvalues;
	uint64_t first, last;	/* the records' instants; 0: they have none */
	struct groups groups;
};

struct report {
	struct group_pool *pool;
	/* n of them, in order of kind and columns. */
	struct subject *subject[REPORT_SUBJECTS_MAX];
	unsigned n;
};

/* An empty report; its groups are of the pool, which must outlive it. */
void report_open(struct report *r, struct group_pool *pool);
void report_close(struct report *r);

/*
 * The subject of this kind and these key columns, made where it is not
 * there.  NULL without memory, or with errno 0 where there are too many
 * subjects or columns.
 */
struct subject *report_subject(struct report *r, const char *what,
    const char *by);

/* The number of a value's column, made where it is not there; -1 where there
 * are too many, or without memory. */
int subject_value(struct subject *s, const char *name, size_t n,
    bool seconds);

/* The subject has records from first to last; 0 where they have no time. */
void subject_saw(struct subject *s, uint64_t first, uint64_t last);

/* The group with this key: its columns' texts with a TAB between, at most
 * GROUP_KEY_MAX.  NULL without memory. */
struct group *subject_group(struct subject *s, const char *key, size_t n);

/* Take in what another knows of the same; false without memory, or where the
 * sums get too large. */
bool tally_merge(struct tally *t, const struct tally *from);

/* Take in another report; false as above, and some of it is missing then. */
bool report_merge(struct report *r, const struct report *from);

#endif
