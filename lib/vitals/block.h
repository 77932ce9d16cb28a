/*
 * Blocks: runs in connvitals' formats, as text or as JSON.  Texts in JSON are
 * those of records, including their escapes.
 *
 *	localhost 127.0.0.1
 *	Fri Nov 20 04:05:07 2026
 *	0.211	0.236	0.296	0.034	0.000
 */
#ifndef VITALS_BLOCK_H
#define VITALS_BLOCK_H

#include <stdio.h>

#include "vitals/vitals.h"

struct block_form {
	bool bundle;		/* as connvitals, which prints no time */
	bool extended;		/* more figures than the original */
	uint64_t now;		/* ns: the time of the block */
};

/*
 * Write runs[0..n) of a line to f, without those that have no probes, in the
 * format that the line asks for.  False without memory.
 */
bool block_print(FILE *f, const struct block_form *form,
    const struct vitals_line *l, const struct vitals_run *runs, unsigned n);

/* The local time in ctime(3)'s format without a newline; valid until the next
 * call.  Call tzset(3) before entering the sandbox. */
const char *block_date(uint64_t ns);

/* An address as text; valid until the call after the next. */
const char *block_addr(const struct addr *a);

#endif
