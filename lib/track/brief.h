/*
 * Durations in 4 bytes, where there are many to keep: exact below 1.07 s, to
 * the microsecond below 17 minutes, to the millisecond below 12 days, and to
 * the second beyond.  Always rounded down.
 */
#ifndef TRACK_BRIEF_H
#define TRACK_BRIEF_H

#include <stdint.h>

#define BRIEF_NONE	UINT32_MAX
#define BRIEF_MAX	((UINT32_C(1) << 30) - 1)

/* The upper two bits have the unit, the others how many of it. */
static inline uint32_t
brief_of(uint64_t ns)
{
	uint32_t unit = 0;

	for (; ns > BRIEF_MAX && unit < 3; unit++)
		ns /= 1000;
	if (ns >= BRIEF_MAX)
		ns = BRIEF_MAX - 1;
	return unit << 30 | (uint32_t)ns;
}

static inline uint64_t
brief_ns(uint32_t brief)
{
	uint64_t ns = brief & BRIEF_MAX;

	for (uint32_t unit = brief >> 30; unit > 0; unit--)
		ns *= 1000;
	return ns;
}

#endif
