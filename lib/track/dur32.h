/*
 * Durations in 32 bits, where many are kept: exact below 1.07 s, to the
 * microsecond below 17 minutes, to the millisecond below 12 days, and to the
 * second above that.  Always rounded down.
 */
#ifndef TRACK_DUR32_H
#define TRACK_DUR32_H

#include <stdint.h>

#define DUR32_NONE	UINT32_MAX
#define DUR32_MAX	((UINT32_C(1) << 30) - 1)

/* The upper two bits are the unit, 1000 to that power in ns; the others are the
 * number of units. */
static inline uint32_t
dur32_of(uint64_t ns)
{
	uint32_t unit = 0;

	for (; ns > DUR32_MAX && unit < 3; unit++)
		ns /= 1000;
	if (ns >= DUR32_MAX)
		ns = DUR32_MAX - 1;
	return unit << 30 | (uint32_t)ns;
}

static inline uint64_t
dur32_ns(uint32_t dur32)
{
	uint64_t ns = dur32 & DUR32_MAX;

	for (uint32_t unit = dur32 >> 30; unit > 0; unit--)
		ns *= 1000;
	return ns;
}

#endif
