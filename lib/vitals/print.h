/*
 * What a run says, as connvitals prints it: as text, or as JSON whose texts are
 * those of records, escapes and all.
 *
 *	localhost 127.0.0.1
 *	Fri Nov 20 04:05:07 2026
 *	0.211	0.236	0.296	0.034	0.000
 */
#ifndef VITALS_PRINT_H
#define VITALS_PRINT_H

#include <stdio.h>

#include "vitals/vitals.h"

struct block_form {
	bool bundle;		/* as the one-shot connvitals: no time */
	bool extended;		/* what the original does not tell */
	uint64_t now;		/* ns: the time of it */
};

/*
 * Print runs[0..n) of a line, but for those without probes, as its options
 * say.  False without memory.
 */
bool block_print(FILE *f, const struct block_form *form,
    const struct vitals_line *l, const struct vitals_run *runs, unsigned n);

/* The time as ctime(3) says it, without a newline; good until the next call.
 * Who cannot open files later calls tzset(3) before. */
const char *block_date(uint64_t ns);

/* An address as text; good until the next call but one. */
const char *block_addr(const struct addr *a);

#endif
