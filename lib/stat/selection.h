/* What the user selected: kinds (-k), columns to group by (-g), values (-v). */
#ifndef STAT_SELECTION_H
#define STAT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lists separated by commas; NULL: all kinds, or the defaults of a kind. */
struct selection {
	const char *kinds;	/* "rtt,hs" */
	const char *by;		/* "src/24,dport" */
	const char *values;	/* "rtt_seq,len" */
	bool found;		/* some records have all of by, one of values */
	uint64_t missing;	/* bit i: all of these lack value i */
	/* For messages: columns of stat records that were not selected. */
	char stat_by[256], stat_values[256];
};

/* Check the lists of columns.  False with the reason in why. */
bool selection_check(struct selection *s, char *why, size_t nwhy);

bool selection_has_kind(const struct selection *s, const char *kind, size_t n);

/* Is a value selected?  It is then no longer missing. */
bool selection_has_value(struct selection *s, const char *name, size_t n);

/* Remember columns that stat records are grouped by, or a value of them, which
 * were not selected. */
void selection_skip_by(struct selection *s, const char *by);
void selection_skip_value(struct selection *s, const char *name, size_t n);

#endif
