/*
 * A port record that waits for the answer of its port: a copy of its line, which
 * is written with the answer in it.
 */
#ifndef ASK_PENDING_H
#define ASK_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ask/ask.h"
#include "rec/read.h"
#include "rec/write.h"
#include "wire/addr.h"

/* The columns that an answer fills, if the record has them. */
enum pending_column {
	PENDING_INFO, PENDING_TOOK, PENDING_CONNECT, PENDING_TLS, PENDING_WAIT,
	PENDING_DAYS, PENDING_COLUMNS
};

struct pending {
	struct pending *next;	/* the caller's */
	uint64_t since;		/* when it began to wait, monotonic ns */
	uint64_t time, took;	/* of the record; took is 0 if unknown */
	struct addr addr;
	uint16_t port;
	uint8_t at[PENDING_COLUMNS];	/* the field of each; 0: none */
	const char *head, *host, *line;
	size_t nhost, nline;
};

/* The time in a column, ns, or 0. */
uint64_t pending_time(const struct rec *rec, enum rec_col c);

/* A copy of a record, which the caller frees; NULL without memory. */
struct pending *pending_new(const struct rec *rec, uint64_t since);

/*
 * Write the record, with info[0..ninfo) and the times of a; a may be NULL if
 * the port was not asked.  The record took until now (monotonic ns) or, if that
 * is a little later, until the wall clock's latest: no record must end before
 * those that were written.  False without memory.
 */
bool pending_write(const struct pending *p, struct rec_writer *w,
    const struct ask *a, const char *info, size_t ninfo, uint64_t now,
    uint64_t latest);

#endif
