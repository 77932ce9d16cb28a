/* Sets of TCP ports, parsed from text such as 80,3000,8000-8100,http. */
#ifndef SYS_PORTSET_H
#define SYS_PORTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct portset_range {
	uint16_t first, last;
};

struct portset {
	struct portset_range *range;	/* in the order of the text; owned */
	size_t n;
};

/*
 * Parse text, a list of numbers, ranges and services (getservbyname(3))
 * separated by commas, and add them to p.  0, or -1 with the wrong word and the
 * reason in why; the words before that one were added.  Call it before
 * sandbox_enter(), since service names are looked up in files.
 */
int portset_add(struct portset *p, const char *text, char *why, size_t nwhy);

bool portset_has(const struct portset *p, uint16_t port);

void portset_free(struct portset *p);

#endif
