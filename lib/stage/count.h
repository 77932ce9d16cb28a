/* Counting what a stage saw, and what it could not see. */
#ifndef STAGE_COUNT_H
#define STAGE_COUNT_H

#include "rec/write.h"

struct count {
	const char *name;
	uint64_t value;
};

/* As 'count' records; time_ns 0 when nothing was seen. */
void count_write(struct rec_writer *w, const char *prog, uint64_t time_ns,
    const struct count *counts, size_t n);

/* As one line for a person, on standard error. */
void count_print(const char *prog, const struct count *counts, size_t n);

#endif
