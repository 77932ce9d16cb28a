/* Lines that wait to be written, in their order. */
#ifndef STAGE_HELD_H
#define STAGE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A field in a line, and what the user knows it by. */
struct held_field {
	uint32_t at, len;
	uint32_t id;
};

struct held_line {
	uint64_t due;		/* the user's */
	size_t size;		/* all of it */
	uint32_t len, nfields;
	struct held_field field[];	/* the text is behind them */
};

/* All zeros is empty. */
struct held {
	char *buf;
	size_t begin, end, cap;
};

/* Add a line; 0, or -1 without memory. */
int held_push(struct held *h, const char *text, size_t len,
    const struct held_field *fields, unsigned n, uint64_t due);

/* The first line, good until the next is pushed, or NULL; and drop it. */
const struct held_line *held_first(const struct held *h);
void held_drop(struct held *h);

static inline const char *
held_text(const struct held_line *l)
{
	return (const char *)&l->field[l->nfields];
}

/* Bytes that are held. */
static inline size_t
held_size(const struct held *h)
{
	return h->end - h->begin;
}

void held_free(struct held *h);

#endif
