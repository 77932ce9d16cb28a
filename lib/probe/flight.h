/*
 * Probes under way, and those of late, by sequence number: each new one takes
 * the place of the one FLIGHT_MAX before it, so that an answer finds its
 * probe, or that it is late or came twice, long after.
 */
#ifndef PROBE_FLIGHT_H
#define PROBE_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#define FLIGHT_MAX	65536

enum flight_state {
	FLIGHT_NONE,		/* never, or nobody asks any more */
	FLIGHT_WAITING,		/* for an answer */
	FLIGHT_ANSWERED,
	FLIGHT_LOST		/* given up: an answer is late now */
};

struct flight_probe {
	uint64_t sent;		/* monotonic, ns */
	uint64_t stamp;		/* wall clock, ns: the kernel's if stamped */
	void *owner;
	uint32_t to;		/* the owner's: of the address */
	uint32_t run;
	uint16_t index;
	uint8_t state;
	bool trace, stamped;	/* trace is the owner's */
};

struct flight {
	struct flight_probe *probes;	/* owned */
	uint32_t mask;		/* how many, less one */
	uint16_t head;		/* the next to be sent */
	uint16_t tail;		/* before it, none is waiting */
};

/* For n probes, a power of 2 up to FLIGHT_MAX.  0, or -1 with errno.  Memory
 * is taken as it is used. */
int flight_open(struct flight *f, uint32_t n);
void flight_close(struct flight *f);

/* The place of the next probe, to be filled in; NULL while the oldest of n - 1
 * others is waiting still. */
struct flight_probe *flight_next(struct flight *f);

/* It has been sent: the number that it had. */
uint16_t flight_sent(struct flight *f);

static inline struct flight_probe *
flight_at(const struct flight *f, uint16_t seq)
{
	return &f->probes[seq & f->mask];
}

/*
 * The oldest that waits, if it was sent at the latest by then, else NULL.  It
 * is the caller's to change its state.
 */
struct flight_probe *flight_oldest(struct flight *f, uint64_t sent_by);

/* When the oldest that waits was sent; UINT64_MAX: none. */
uint64_t flight_waits_since(struct flight *f);

#endif
