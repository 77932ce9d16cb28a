/*
 * Connections from their first packet to their end: who opened each, its state,
 * how much each side sent, what of that was lost, and how long it took.  A pure
 * state machine: no clock, no I/O; time comes with the packets or by
 * track_clock().
 *
 *   first packet      both FINs acknowledged, or a RST
 *     |   open          |  ended    until 5 s after the last packet
 *     +-----------------+-----------+---> closed, reset
 *     |                 +-- a new SYN --> the same, and a new one begins
 *     +-- a new SYN --------------------> reused, and a new one begins
 *     +-- no packet for `idle` ---------> idle
 *     +-- the table is full ------------> full
 *     +-- every `interval` -------------> update, and it continues
 *     +-- the input ends ---------------> end
 *
 * The table has what every connection needs.  What only few need, those with
 * losses, SACK or closed windows, comes from a pool on demand.
 */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include "conn/accept.h"
#include "conn/explain.h"
#include "conn/flow.h"
#include "conn/rtt.h"
#include "track/history.h"
#include "track/loss.h"
#include "track/updates.h"
#include "wire/addr.h"

enum track_reason {
	TRACK_CLOSED, TRACK_RESET, TRACK_REUSED, TRACK_IDLE, TRACK_FULL,
	TRACK_END, TRACK_UPDATE, TRACK_REASONS
};

/* What can be explained: a bit of struct explain each. */
enum track_topic { TRACK_EXPLAIN_CONN, TRACK_EXPLAIN_LOSS };

/* One side of a connection, as reported. */
struct track_total {
	uint64_t pkts, bytes, ipbytes, unique;
	bool has_ipbytes;
	uint64_t syns;			/* retransmitted */
	uint64_t count[LOSS_WHATS], sized[LOSS_SIZED];
	uint64_t late;			/* out of order */
	uint64_t dupacks, sacks, dsacks, delacks;
	uint64_t zwins, zwin_time;
	bool has_win;
	uint64_t win_min, win_max;	/* scaled if the shift is known */
	uint64_t seg_max;
	uint64_t rtts, rtt_min, rtt_mean, rtt_max, rtt_dev;	/* ns */
	bool has_handshake, has_first;
	uint64_t handshake, first;	/* ns */
	bool has_mss, has_ws;
	unsigned mss, ws;
};

/* A connection, as reported.  Index 0 is the client. */
struct track_report {
	struct endpoint end[2];
	uint64_t start, took;		/* ns */
	const char *state;
	char history[HISTORY_MAX];
	enum state_roles roles;
	enum track_reason reason;
	bool stamps, sack, scaled;	/* options that both agreed on */
	struct track_total side[2];
};

struct track_loss {
	struct endpoint end[2];
	bool of_server;			/* the server sent the segment */
	struct loss_event event;
};

struct track {
	struct flow_table flows;
	struct rtt rtt;
	struct loss loss;
	struct pool extra;	/* what few connections need */
	struct pool addr6;	/* IPv6 addresses, both of a connection */
	uint64_t (*ipbytes)[2];	/* of each flow's sides */
	bool has_ipbytes;	/* a segment came with the length of its packet */
	uint16_t (*ip_id)[2];	/* of the last packet of each flow's sides */
	struct updates updates;
	uint64_t idle;		/* ns */
	uint64_t one_sided, forgotten;
	struct explain explain;	/* enum track_topic; all zeros for none */
	void (*report)(void *arg, const struct track_report *r);
	void (*lost)(void *arg, const struct track_loss *e);	/* or NULL */
	void *arg;
};

/*
 * Room for max connections at once.  idle and interval, the time between
 * updates, are ns; interval 0 for no updates.  0, or -1 with errno.
 */
int track_open(struct track *t, uint32_t max, uint64_t idle,
    uint64_t interval, uint64_t seed);
void track_close(struct track *t);

/* Report flow i and drop it. */
void track_end(struct track *t, uint32_t i, enum track_reason why);

/*
 * Add a connection that is not in the table, begun by a segment captured at
 * time, which must also be passed to track_segment(): its number.  *tcp has its
 * ports, addr the addresses of its source and destination.
 */
uint32_t track_begin(struct track *t, const struct flow_key *key, int from,
    uint64_t time, const struct tcp *tcp, const struct addr addr[2]);

/* Has flow i been idle for too long at time? */
bool track_is_idle(const struct track *t, uint32_t i, uint64_t time);

/* Has flow i ended, by both FINs or a reset? */
bool track_has_ended(const struct track *t, uint32_t i);

/* What is known of a side of flow i, for conn/accept. */
struct tcb *track_tcb(const struct track *t, uint32_t i, int side);

/* The same of both sides, by the state of a flow. */
void track_tcbs(const void *state, struct tcb side[2]);

/*
 * A segment of flow i, captured at time and judged by a; iplen is the length of
 * its IP packet, 0 if unknown.  A rejected one and one that was captured again
 * change nothing; if another connection begins, flow i is reported, dropped and
 * added anew.  Returns whether the segment was captured again.
 */
bool track_segment(struct track *t, struct accept *a, uint32_t i, int from,
    uint64_t time, const struct tcp *tcp, const struct accept_result *judged,
    uint32_t iplen);

/* An ICMP error at time: a router dropped the segment that a side of flow i
 * sent at seq, since it was too big.  Returns whether it is believed, as
 * loss_toobig() says. */
bool track_toobig(struct track *t, uint32_t i, int from, uint64_t time,
    uint32_t seq);

/* Report what is due by the clock. */
void track_clock(struct track *t, uint64_t now);

/* The input has ended: report all that is left. */
void track_finish(struct track *t);

const char *track_reason_name(enum track_reason why);

#endif
