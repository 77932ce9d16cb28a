/*
 * A filter expression (pcap-filter(7)) for packets out of files: libpcap
 * compiles it for one link type at a time, and files have several.
 */
#ifndef FILTER_COMPILE_H
#define FILTER_COMPILE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/savefile.h"

struct filter;		/* for one link type */

struct filters {
	const char *expression;
	struct filter *first;
	char error[320];	/* after -1 or NULL: "place: reason" */
};

/*
 * Compile expression, which must stay, for every link type likely to come:
 * now, while names of hosts and services can be looked up.  0, or -1 where
 * no link type takes it.
 */
int filters_compile(struct filters *fs, const char *expression);

/* The filter for a link type; NULL where it takes no such expression. */
const struct filter *filters_for(struct filters *fs, uint32_t link);

/* Is this filter for packets of that link type? */
bool filter_is_for(const struct filter *f, uint32_t link);

/* How many instructions it has. */
unsigned filter_length(const struct filter *f);

/* Is it a packet that the expression asks for? */
bool filter_match(const struct filter *f, const struct packet *pkt);

#endif
