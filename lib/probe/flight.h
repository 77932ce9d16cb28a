/*
 * Probes in flight, and those before them, by sequence number: a new probe
 * replaces the one FLIGHT_MAX before it, so that an answer finds its probe long
 * after, and shows whether it is late or a duplicate.
 */
#ifndef PROBE_FLIGHT_H
#define PROBE_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#define FLIGHT_MAX	65536

enum flight_state {
	FLIGHT_NONE,		/* never sent, or forgotten */
	FLIGHT_WAITING,		/* for an answer */
	FLIGHT_ANSWERED,
	FLIGHT_LOST		/* timed out: an answer is late */
};

struct flight_probe {
	uint64_t sent;		/* monotonic, ns */
	uint64_t stamp;		/* wall clock, ns: the kernel's if stamped */
	void *owner;
	uint32_t to;		/* prober's: the hashed address, or 0 */
	uint32_t run;
	uint16_t index;
	uint8_t state;
	bool trace, stamped;	/* trace: of a trace, not a ping */
	bool alone;		/* the next is sent when this one is settled */
	bool held;		/* left this machine long after it was sent */
};

struct flight {
	struct flight_probe *probes;	/* owned */
	uint32_t mask;		/* their number - 1 */
	uint16_t head;		/* of the next to be sent */
	uint16_t tail;		/* none before it is waiting */
};

/* Room for n probes, a power of 2, at most FLIGHT_MAX; memory is used as it is
 * filled.  Returns 0, or -1 with errno. */
int flight_open(struct flight *f, uint32_t n);
void flight_close(struct flight *f);

/* The place of the next probe, to be filled in; NULL while the oldest of n - 1
 * others is waiting. */
struct flight_probe *flight_next(struct flight *f);

/* The probe in that place was sent: its sequence number. */
uint16_t flight_sent(struct flight *f);

static inline struct flight_probe *
flight_at(const struct flight *f, uint16_t seq)
{
	return &f->probes[seq & f->mask];
}

/* The oldest waiting probe if it was sent at sent_by or before, else NULL.  The
 * caller changes its state. */
struct flight_probe *flight_oldest(struct flight *f, uint64_t sent_by);

/* The probe for an answer that does not identify one: the only probe that waits,
 * or the newest if that was sent alone.  NULL if none waits.  If several wait,
 * *several is true, and it is the oldest. */
struct flight_probe *flight_only(struct flight *f, bool *several);

/* When the oldest waiting probe was sent; UINT64_MAX if none waits. */
uint64_t flight_waits_since(struct flight *f);

#endif
