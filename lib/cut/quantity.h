/* Numbers, durations and times as a person types them: 100ms, 4k, 10:00. */
#ifndef CUT_QUANTITY_H
#define CUT_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "rec/nano.h"

/*
 * Parse text as a number with an optional unit: of seconds ns, us, ms, s, m, h
 * or d, none meaning s; of anything else k, M, G, T (powers of 1000) or Ki, Mi,
 * Gi, Ti (of 1024).  False for any other text, or if
 * the number is too large.
 */
bool quantity_scan(const char *text, bool seconds, nano *v);

/* A limit in time: an instant, or a distance from the first record. */
struct moment {
	bool set, relative;
	uint64_t ns;		/* since 1970, or since the first record */
};

/*
 * Parse text as a time: seconds since 1970, optionally after @; a date and a
 * time of day as in RFC 3339, with T or a blank between, whose seconds, zone
 * (UTC) and time of day may be missing; +DURATION, after the first record; or
 * -DURATION, before now, which is ns since 1970.  False for any other text.
 */
bool moment_scan(const char *text, uint64_t now, struct moment *m);

#endif
