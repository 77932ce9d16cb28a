/*
 * A connection in the table: its state, and what a segment changes.  For
 * lib/track alone.
 *
 * Every connection has 272 bytes (struct conn), 4 for IP identifications and 16
 * for IP lengths if they are known.  A connection in which something
 * unusual happens also has counters for that (struct conn_extra) and the state
 * of both directions for losses.
 */
#ifndef TRACK_CONN_H
#define TRACK_CONN_H

#include "track/track.h"

#define NO_SCALE	15	/* the SYN had no window scale */

/* Counts and times of one side.  Sides have the numbers of flow_key(). */
struct conn_totals {
	struct rttsum rtts;
	uint32_t pkts;
	uint32_t handshake, first;	/* dur32 */
	uint16_t win_min, win_max;	/* as on the wire */
};

/* What of a side fits in less. */
struct conn_traits {
	uint16_t seg_max, mss;
	uint16_t delacks : 9;
	uint16_t ws : 4;	/* of its SYN, like the options below */
	uint16_t stamps : 1;
	uint16_t sack : 1;
	uint16_t one_id : 1;	/* all packets have one IP identification */
};

struct conn {
	struct rtt_flow rtt;
	struct conn_totals side[2];
	uint64_t start : 63;	/* ns */
	uint64_t v6 : 1;
	struct conn_traits traits[2];
	struct state state;
	uint32_t extra : 31;	/* its node, 0 if none */
	uint32_t ended : 1;	/* closed by both sides, or reset */
	uint16_t port[2];
	union {
		uint8_t addr4[2][4];
		uint32_t addr6;	/* its node */
	} addr;
};

struct conn_extra {
	struct extra_side {
		uint64_t zwin_since, zwin_time;	/* ns */
		uint32_t zwins, zwin_letters, old_letters;
		uint32_t syns, dupacks, sacks, dsacks;
		bool in_zwin;
	} side[2];
	uint64_t history;	/* the spill word of track/history.h */
	uint32_t losses;	/* both directions, of track/loss.h */
};

static inline struct conn *
conn_at(const struct track *t, uint32_t i)
{
	return flow_state(&t->flows, i);
}

/* NULL if nothing unusual happened. */
static inline struct conn_extra *
conn_extra(const struct track *t, const struct conn *c)
{
	return c->extra != 0 ? pool_at(&t->extra, c->extra) : NULL;
}

/* Start connection i, a node of zeros, with its first segment, which must also
 * be passed to conn_segment(). */
void conn_begin(struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct addr addr[2]);

/* Update by a segment. */
void conn_segment(struct track *t, uint32_t i, int from, uint64_t time,
    const struct tcp *tcp, const struct accept_result *judged, uint32_t iplen);

/* The last SYN of that side was the first of another connection. */
void conn_uncount_syn(struct track *t, struct conn *c, int from);

/* Give back what the connection has in pools. */
void conn_free(struct track *t, uint32_t i);

/* An end of a connection as an address and port. */
struct endpoint conn_endpoint(const struct track *t, const struct conn *c,
    int side);

#endif
