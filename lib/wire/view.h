/*
 * A bounded cursor over bytes from the network.  It fails closed: a read past
 * the end returns 0, does not advance and marks the view short, so a parser can
 * read a whole header and check once.
 */
#ifndef WIRE_VIEW_H
#define WIRE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
	const uint8_t *p, *end;
	bool is_short;		/* a read went past the end */
};

static inline struct view
view_of(const uint8_t *p, size_t n)
{
	return (struct view){ p, p + n, false };
}

static inline size_t
view_left(const struct view *v)
{
	return (size_t)(v->end - v->p);
}

/* The next n bytes, and advance past them; NULL if there are fewer. */
static inline const uint8_t *
view_bytes(struct view *v, size_t n)
{
	const uint8_t *p = v->p;

	if (view_left(v) < n) {
		v->is_short = true;
		return NULL;
	}
	v->p += n;
	return p;
}

static inline void
view_skip(struct view *v, size_t n)
{
	(void)view_bytes(v, n);
}

/* Big-endian numbers at p, where there are bytes enough. */
static inline uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static inline void
put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* End the view at most n bytes from here. */
static inline void
view_limit(struct view *v, size_t n)
{
	if (view_left(v) > n)
		v->end = v->p + n;
}

static inline uint8_t
view_u8(struct view *v)
{
	const uint8_t *p = view_bytes(v, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t
view_be16(struct view *v)
{
	const uint8_t *p = view_bytes(v, 2);

	return p != NULL ? be16(p) : 0;
}

static inline uint32_t
view_be32(struct view *v)
{
	const uint8_t *p = view_bytes(v, 4);

	return p != NULL ? be32(p) : 0;
}

#endif
