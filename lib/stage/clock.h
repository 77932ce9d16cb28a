/*
 * The capture's clock: one time line out of stamps that step.
 *
 * Stamps step back by microseconds where a device has several queues, by
 * milliseconds where one direction was written late, by minutes or days where
 * captures follow each other or a clock was set; they jump ahead where nothing
 * was captured for long.  Two times come out of them:
 *
 *	time	of a packet on the time line: its stamp, moved by as much as
 *		the stamps stepped back so far.  What is measured between
 *		packets is measured on this line, so that a step makes nothing
 *		long or negative.  clock_stamp() leads back to the stamp.
 *	now	the newest time that is believed.  Deadlines go by it.  It never
 *		goes back, and one packet with a wrong stamp does not move it.
 *
 * A stamp up to CLOCK_LATE before now is a packet written late, and keeps its
 * stamp.  One further back begins a new epoch: the time line goes on from now.
 * So does one CLOCK_STRAY ahead: another capture, or a wrong stamp.  If it was
 * wrong, the packets after it return to the stamps before, which is a new
 * epoch, too, and the silence since then counts.  A stamp CLOCK_AHEAD ahead is a
 * silence, which moves now when the next packet confirms it.
 */
#ifndef STAGE_CLOCK_H
#define STAGE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/units.h"

/* For packets.  Records that were worked out of packets come later than what
 * they are about, and in any order at the end: for them both are an hour. */
#define CLOCK_LATE	NS_PER_S
#define CLOCK_AHEAD	(60 * NS_PER_S)
#define CLOCK_RECORDS	(3600 * NS_PER_S)
#define CLOCK_STRAY	(30 * 86400 * NS_PER_S)	/* no silence is longer */
#define CLOCK_EPOCHS	64	/* kept for clock_stamp(); older ones merge */

/* From this time on, stamps are moved by offset. */
struct clock_epoch {
	uint64_t from;
	uint64_t offset;	/* modulo 2^64 */
};

struct clock {
	uint64_t may_lag, may_lead;	/* CLOCK_LATE, CLOCK_AHEAD or others */
	uint64_t now;		/* 0: no packet yet */
	uint64_t offset;	/* of the epoch that lasts */
	uint64_t ahead;		/* a time not yet believed, or 0 */
	uint64_t left;		/* the stamp at which the last epoch was left */
	unsigned since;		/* packets since then */
	struct clock_epoch epoch[CLOCK_EPOCHS];
	unsigned nepochs;
	uint64_t steps;		/* epochs that began */
	uint64_t silences;	/* that were believed */
	uint64_t late;		/* packets with a stamp before now */
};

/* A new clock, for packets. */
static inline struct clock
clock_for_packets(void)
{
	return (struct clock){ .may_lag = CLOCK_LATE, .may_lead = CLOCK_AHEAD };
}

/* A packet with this stamp: its time.  c->now moves as said above. */
uint64_t clock_packet(struct clock *c, uint64_t stamp);

/* The time when the last epoch began, 0 if there was no step. */
static inline uint64_t
clock_stepped(const struct clock *c)
{
	return c->nepochs == 0 ? 0 : c->epoch[c->nepochs - 1].from;
}

/* Time passes without packets: now moves to time, never back. */
static inline void
clock_advance(struct clock *c, uint64_t time)
{
	if (time > c->now)
		c->now = time;
}

/* No packet comes any more: the last one is believed. */
static inline void
clock_end(struct clock *c)
{
	clock_advance(c, c->ahead);
}

/* The stamp that a time on the time line had. */
uint64_t clock_stamp(const struct clock *c, uint64_t time);

#endif
