/*
 * Connections from their first packet to their end: who opened them, in which
 * state they are, how much each side sent, what of that was lost, and how long
 * it took.  A pure state machine: no clock, no I/O; time comes with the packets
 * or by track_clock().
 *
 *   first packet      both FINs acknowledged, or a RST
 *     |   open          |  ended    for a while behind the last packet
 *     +-----------------+-----------+---> closed, reset
 *     |                 +-- a new SYN --> the same, and a new one begins
 *     +-- a new SYN --------------------> reused, and a new one begins
 *     +-- no packet for `idle` ---------> idle
 *     +-- the table is full ------------> full
 *     +-- every `interval` -------------> update, and it goes on
 *     +-- the input ends ---------------> end
 *
 * What all connections need is in the table; what only those need where
 * something goes wrong comes from a pool when it does.
 */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include "track/state.h"
#include "conn/flow.h"
#include "track/loss.h"
#include "conn/rtt.h"
#include "track/rttsum.h"
#include "wire/addr.h"

enum track_reason {
	TRACK_CLOSED, TRACK_RESET, TRACK_REUSED, TRACK_IDLE, TRACK_FULL,
	TRACK_END, TRACK_UPDATE, TRACK_REASONS
};

/* What is known of a packet beside its segment; 0: not known. */
struct track_wire {
	uint32_t iplen;
	uint16_t id;
};

/* One side, as it is told. */
struct track_total {
	uint64_t pkts, bytes, ipbytes, unique;
	bool has_ipbytes;
	uint64_t syns;			/* sent again */
	uint64_t count[LOSS_WHATS], sized[LOSS_SIZED];
	uint64_t late;			/* out of order */
	uint64_t dupacks, sacks, dsacks, delacks;
	uint64_t zwins, zwin_time;
	bool has_win;
	uint64_t win_min, win_max;	/* scaled, where that is known */
	uint64_t seg_max;
	uint64_t trips, trip_min, trip_mean, trip_max, trip_dev;
	bool has_handshake, has_first;
	uint64_t handshake, first;	/* ns */
	bool has_mss, has_ws;
	unsigned mss, ws;
};

/* A connection, as it is told.  Index 0 is the client. */
struct track_report {
	struct endpoint end[2];
	uint64_t start, took;
	const char *state;
	char history[ENDS_HISTORY_MAX];
	enum ends_roles roles;
	enum track_reason reason;
	bool stamps, sack, scaled;	/* options that both agreed on */
	struct track_total side[2];
};

struct track_loss {
	struct endpoint end[2];
	bool of_server;			/* whose segment it was */
	struct loss_event event;
};

struct track {
	struct flow_table flows;
	struct rtt rtt;
	struct loss loss;
	struct pool more;	/* what few connections need */
	struct pool six;	/* addresses of IPv6 */
	struct track_counts *wire;	/* bytes of IP, by flow, if given */
	struct track_due *due;	/* queue of updates, by flow, if wanted */
	uint32_t due_first, due_last;
	uint64_t idle, interval;	/* ns; 0: no updates */
	uint64_t one_sided, forgotten;
	bool wired;		/* something of struct track_wire was given */
	void (*report)(void *arg, const struct track_report *r);
	void (*lost)(void *arg, const struct track_loss *e);
	void *arg;
};

/* Room for so many connections at once; interval 0 for no updates.  0, or -1
 * with errno. */
int track_open(struct track *t, uint32_t max, uint64_t idle,
    uint64_t interval, uint64_t seed);
void track_close(struct track *t);

/*
 * Does this segment of flow i, sent by its end from, begin another
 * connection on the same addresses and ports?  Then track_end() it first.
 */
bool track_begins(const struct track *t, uint32_t i, int from,
    const struct tcp *tcp);

/* Tell flow i and let it go. */
void track_end(struct track *t, uint32_t i, enum track_reason why);

/* A first segment, of ends that are not in the table; tcp has its ports. */
void track_first(struct track *t, const struct flow_key *key, int from,
    uint64_t now, uint64_t time, const struct tcp *tcp,
    const struct track_wire *wire, const struct addr addr[2]);

/* A segment of flow i.  time is its own stamp, now the clock, which never
 * goes back. */
void track_segment(struct track *t, uint32_t i, int from, uint64_t now,
    uint64_t time, const struct tcp *tcp, const struct track_wire *wire);

/* Tell what is due by the clock. */
void track_clock(struct track *t, uint64_t now);

/* The end of input: tell all that is left. */
void track_finish(struct track *t);

const char *track_reason_name(enum track_reason why);

#endif
