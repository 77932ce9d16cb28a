/* What is kept of a connection: for track/track alone. */
#ifndef TRACK_CONN_H
#define TRACK_CONN_H

#include "track/track.h"

#define NO_SCALE	15	/* no window scale was offered */

struct track_side {
	struct trips trips;
	uint32_t pkts;
	uint32_t handshake, first;	/* brief */
	uint16_t win_min, win_max;	/* as on the wire */
};

/* What of a side needs less room, so that a flow is 256 bytes. */
struct track_traits {
	uint16_t seg_max, mss;
	uint16_t delacks : 9;
	uint16_t ws : 4;	/* of its SYN, as the others */
	uint16_t stamps : 1;
	uint16_t sack : 1;
};

struct track_flow {
	struct rtt_flow rtt;
	struct track_side side[2];
	uint64_t start : 63;
	uint64_t six : 1;
	struct track_traits traits[2];
	struct ends ends;
	uint32_t more : 31;	/* its node, 0 none */
	uint32_t dead : 1;
	uint16_t port[2];
	union {
		uint8_t four[2][4];
		uint32_t node;	/* of the pool of IPv6 addresses */
	} addr;
};

/* What is not usual. */
struct track_more {
	struct more_side {
		struct loss_side loss;
		uint64_t zwin_since, zwin_time;	/* ns */
		uint32_t zwins, zero_letters, old_letters;
		uint32_t syns, dupacks, sacks, dsacks;
		bool in_zwin;
	} side[2];
	uint64_t history;	/* letters that are too many */
};

struct track_counts {
	uint64_t bytes[2];
	uint16_t id[2];		/* of the last packet */
};

struct track_due {
	uint64_t at;
	uint32_t older, newer;
};

static inline struct track_flow *
flow_at(const struct track *t, uint32_t i)
{
	return flow_state(&t->flows, i);
}

static inline struct track_more *
more_of(const struct track *t, const struct track_flow *f)
{
	return f->more != 0 ? pool_at(&t->more, f->more) : NULL;
}

/* Tell flow i, as it was at this time. */
void track_tell(struct track *t, uint32_t i, enum track_reason why,
    uint64_t last);

/* Tell an event of a flow; arg is the track. */
void track_tell_loss(void *arg, const struct loss_view *v,
    const struct loss_event *e);

#endif
