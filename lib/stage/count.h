/* What a stage counted: what it saw, and what it had to leave out. */
#ifndef STAGE_COUNT_H
#define STAGE_COUNT_H

#include "rec/write.h"

struct count {
	const char *name;
	uint64_t value;
};

/* Write count records, stamped time_ns; 0 means that no record came. */
void count_write(struct rec_writer *w, const char *prog, uint64_t time_ns,
    const struct count *counts, size_t n);

/* Print the counts on standard error, on one line. */
void count_print(const char *prog, const struct count *counts, size_t n);

#endif
