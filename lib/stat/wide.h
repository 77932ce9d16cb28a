/* Unsigned integers of 320 bits, for sums of squares. */
#ifndef STAT_WIDE_H
#define STAT_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rec/nano.h"

#define WIDE_WORDS	5
#define WIDE_TEXT_MAX	(WIDE_WORDS * 16 + 1)

/* Least significant word first. */
struct wide {
	uint64_t w[WIDE_WORDS];
};

/* *a += v * 2^(64 * word); the sum must fit. */
static inline void
wide_add_at(struct wide *a, unsigned word, nano_size v)
{
	for (; v != 0 && word < WIDE_WORDS; word++) {
		nano_size sum = (nano_size)a->w[word] + (uint64_t)v;

		a->w[word] = (uint64_t)sum;
		v = (v >> 64) + (sum >> 64);
	}
}

/* *a += m * m */
static inline void
wide_add_square(struct wide *a, nano_size m)
{
	uint64_t low = (uint64_t)m, high = (uint64_t)(m >> 64);

	wide_add_at(a, 0, (nano_size)low * low);
	if (high == 0)
		return;
	wide_add_at(a, 1, (nano_size)low * high);
	wide_add_at(a, 1, (nano_size)low * high);
	wide_add_at(a, 2, (nano_size)high * high);
}

/* *a += *b; false on overflow, which leaves *a undefined. */
bool wide_add(struct wide *a, const struct wide *b);

/* *a -= *b, which must not exceed *a. */
void wide_sub(struct wide *a, const struct wide *b);

/* *a *= n; false as above. */
bool wide_mul(struct wide *a, uint64_t n);

int wide_cmp(const struct wide *a, const struct wide *b);

/* Convert to a double, to within one unit in the last place. */
double wide_double(const struct wide *a);

/*
 * Hexadecimal digits.  wide_fmt() needs WIDE_TEXT_MAX bytes, ends with a NUL
 * and returns the length; wide_scan() parses all of text[0..n), and returns n,
 * or 0 if it is malformed or too large.
 */
size_t wide_fmt(char *out, const struct wide *a);
size_t wide_scan(const char *text, size_t n, struct wide *a);

#endif
