/*
 * What is wanted of the records of one header: which fields make the key of
 * their group, which are values, and where their time is.
 */
#ifndef STAT_PLAN_H
#define STAT_PLAN_H

#include "rec/read.h"
#include "stat/report.h"

/* The user's choice; NULL where there is none. */
struct wanted {
	const char *kinds;	/* only these: rtt,hs */
	const char *by;		/* columns of the key: src/24,dport */
	const char *values;	/* columns whose values count */
	bool found;		/* a header had what is wanted */
	uint64_t lacks;		/* bit i: value i is in no header so far */
};

/* Start with the choices made.  False where there are too many columns, or a
 * prefix is none. */
bool wanted_check(struct wanted *w);

/* Is this a kind that counts? */
bool wanted_kind(const struct wanted *w, const char *kind, size_t n);

/* Is this a value that counts?  It lacks no more then. */
bool wanted_value(struct wanted *w, const char *name, size_t n);

struct plan {
	uint64_t id;		/* of the header it is for; 0: none yet */
	bool asked;		/* its kind is one of those wanted */
	bool wanted;		/* and it has the columns */
	bool foreign;		/* its columns are not in our table */
	const char *what, *by;
	unsigned time, took;	/* fields; 0: none */
	unsigned nkeys, nvalues;
	struct plan_key {
		unsigned field;
		bool prefix, list;
		unsigned bits[2];	/* of IPv4, of IPv6 */
	} key[SUBJECT_KEYS_MAX];
	struct {
		unsigned field;
		const char *name;
		size_t nname;
		bool seconds;
		int number;	/* in the subject */
	} value[SUBJECT_VALUES_MAX];
	/* The subject of the last record, and the report it is in. */
	struct subject *subject;
	uint64_t report;
};

/* Make the plan for records with this header. */
void plan_make(struct plan *p, struct wanted *w, const struct rec_head *head);

/*
 * The plan's subject in a report, and the numbers of its values there; id is
 * the report's own, never 0.  NULL as report_subject.
 */
struct subject *plan_subject(struct plan *p, struct report *r, uint64_t id);

/*
 * The text of the plan's keys for a record, a TAB between, each cut to its
 * share of GROUP_KEY_MAX; part counts the parts of its list, from 0: false
 * when there is none.  text is good until the next call.
 */
bool plan_key(const struct plan *p, const struct rec *rec, unsigned part,
    const char **text, size_t *n);

#endif
