/*
 * The fields of a record, written one after the other where rec_begin() left
 * room.  Each writes a TAB and its value at p, and returns what follows it;
 * NUM_PADDING bytes more may be written.
 */
#ifndef REC_FIELD_H
#define REC_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "rec/number.h"
#include "wire/addr.h"

static inline char *
field_num(char *p, uint64_t v)
{
	*p++ = '\t';
	return p + num_fmt(p, v);
}

/* Two fields at once, each of 32 bits. */
char *field_two(char *p, uint32_t a, uint32_t b);

/* No value. */
static inline char *
field_none(char *p)
{
	memcpy(p, "\t-", 2);
	return p + 2;
}

static inline char *
field_num_if(char *p, bool has, uint64_t v)
{
	return has ? field_num(p, v) : field_none(p);
}

/* Nanoseconds, as seconds with nine digits after the point. */
static inline char *
field_ns(char *p, uint64_t ns)
{
	*p++ = '\t';
	return p + ns_fmt(p, ns);
}

static inline char *
field_addr(char *p, const struct addr *a)
{
	*p++ = '\t';
	return p + addr_fmt(p, a);
}

#endif
