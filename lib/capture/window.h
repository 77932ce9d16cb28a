/*
 * Packets sorted by time within a window: a packet waits until no earlier one
 * is expected, since the newest stamp is the window's length later.  A stamp
 * that steps back by more than that begins the window anew: it was a step of
 * the clock, or another capture follows.
 */
#ifndef CAPTURE_WINDOW_H
#define CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/savefile.h"

/* What waits at most; beyond that the earliest does not wait any longer. */
#define WINDOW_PACKETS	65536
#define WINDOW_BYTES	(64 << 20)

struct window_packet;

struct window {
	uint64_t span;		/* ns; 0: nothing waits */
	uint64_t newest;	/* stamp since the window began */
	uint64_t order;		/* of arrival */
	uint32_t epoch;		/* how often the window began anew */
	struct window_packet **heap;	/* the earliest first; owned */
	size_t n, size, bytes;
	struct window_packet *out;	/* given out last; owned */
};

/* Copy a packet into the window.  0, or -1 with errno. */
int window_add(struct window *w, const struct packet *pkt);

/*
 * The earliest packet, if it does not have to wait any longer at the time now,
 * or by the newest stamp: good until the next call.  Else NULL.
 */
const struct packet *window_next(struct window *w, uint64_t now);

/* When the earliest packet has waited long enough; UINT64_MAX if none waits. */
uint64_t window_due(const struct window *w);

void window_free(struct window *w);

#endif
