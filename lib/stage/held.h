/*
 * A queue of lines that wait to be written, in their order.  Each has the
 * fields that it waits for.
 */
#ifndef STAGE_HELD_H
#define STAGE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A field of a line, and the caller's number for it. */
struct held_field {
	uint32_t at, len;
	uint32_t id;
};

struct held_line {
	uint64_t due;		/* the caller's */
	size_t size;		/* of this struct, the fields and the text */
	uint32_t len, nfields;
	struct held_field field[];	/* followed by the text */
};

/* Zero-initialised means empty. */
struct held {
	char *buf;
	size_t begin, end, cap;
};

/* Append a line (copied).  Returns 0, or -1 without memory. */
int held_push(struct held *h, const char *text, size_t len,
    const struct held_field *fields, unsigned n, uint64_t due);

/* The first line, valid until the next held_push() or held_drop(), or NULL. */
const struct held_line *held_first(const struct held *h);

/* Remove the first line. */
void held_drop(struct held *h);

static inline const char *
held_text(const struct held_line *l)
{
	return (const char *)&l->field[l->nfields];
}

/* Bytes in use. */
static inline size_t
held_size(const struct held *h)
{
	return h->end - h->begin;
}

void held_free(struct held *h);

#endif
