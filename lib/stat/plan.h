/*
 * A plan for the records of one header: which fields form the key of their
 * group, which are values, and where their time is.
 */
#ifndef STAT_PLAN_H
#define STAT_PLAN_H

#include "stat/keycolumn.h"
#include "stat/report.h"
#include "stat/selection.h"

struct plan {
	uint64_t id;		/* of the header; 0: none yet */
	bool selected;		/* its kind is selected */
	bool used;		/* so are its columns: it has them */
	bool foreign;		/* the kind is not in our table */
	const char *kind, *by;
	unsigned time, took;	/* fields; 0: none */
	unsigned nkeys, nvalues;
	struct keycolumn key[SECTION_KEYS_MAX];
	struct {
		unsigned field;
		const char *name;
		size_t nname;
		bool seconds;
		int number;	/* in the section */
	} value[SECTION_VALUES_MAX];
	/* The section of the last record, and the id of its report. */
	struct section *section;
	uint64_t report;
};

/* Make the plan for the records of a header. */
void plan_make(struct plan *p, struct selection *sel,
    const struct rec_head *head);

/*
 * The plan's section in a report, added if it is new, and the numbers of its
 * values there.  id identifies the report and is never 0.  NULL without memory,
 * or if there are too many sections or values.
 */
struct section *plan_section(struct plan *p, struct report *r, uint64_t id);

/*
 * The key of a record: the texts of its columns, with a TAB between, each cut
 * to its share of GROUP_KEY_MAX.  A record with a list has a key for each part,
 * counted from 0; false after the last.  *text is valid until the next call.
 */
bool plan_key(const struct plan *p, const struct rec *rec, unsigned part,
    const char **text, size_t *n);

#endif
