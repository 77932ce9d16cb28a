/* Sets of TCP ports, as people name them: 80,3000,8000-8100,http. */
#ifndef SYS_PORTSET_H
#define SYS_PORTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_range {
	uint16_t first, last;
};

struct ports {
	struct port_range *range;	/* in the order they were named */
	size_t n;
};

/*
 * Add what text names: numbers, ranges and services (getservbyname(3)), with
 * commas between.  0, or -1 with why naming the word and what is wrong with
 * it; the words before it were added.  Names are looked up in files, so this
 * comes before a program shuts itself in.
 */
int ports_add(struct ports *p, const char *text, char *why, size_t nwhy);

bool ports_has(const struct ports *p, uint16_t port);

void ports_free(struct ports *p);

#endif
