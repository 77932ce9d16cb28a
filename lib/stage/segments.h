/*
 * The source of segments for the stages that follow connections: a 'pkt' record
 * becomes a segment with its time on the capture's time line, its connection
 * and its direction, and is judged (conn/accept).
 */
#ifndef STAGE_SEGMENTS_H
#define STAGE_SEGMENTS_H

#include "conn/accept.h"
#include "conn/flow.h"
#include "conn/nets.h"
#include "conn/tcb.h"
#include "rec/segment.h"
#include "stage/stage.h"
#include "wire/icmp.h"

/* What is counted of every source: these five, in a row of a stage's counts. */
#define SEGMENTS_NCOUNTS	5
#define SEGMENTS_COUNTS(first)						\
	[(first)] = { "copies", 0 }, [(first) + 1] = { "rejected", 0 },	\
	[(first) + 2] = { "ambiguous", 0 },				\
	[(first) + 3] = { "late_stamps", 0 },				\
	[(first) + 4] = { "clock_steps", 0 }

struct segments {
	struct stage *st;
	struct flow_table *flows;
	struct nets nets;	/* which of several networks with the same ends */
	/* What the stage knows of both sides of a connection, by its state: to
	 * tell networks apart. */
	void (*tcbs)(const void *state, struct tcb side[2]);
	struct accept accept;
	unsigned topic;		/* of -D: why a segment is not accepted */
	uint64_t copies;	/* that are no segments to the stage */
};

struct segment {
	uint64_t time;		/* on the time line */
	struct tcp tcp;		/* without ports */
	struct segment_ends ends;
	struct flow_key key;
	int from;		/* which end of the key sent it */
	uint32_t flow;		/* 0: none in the table has this key */
};

/* An ICMP error about a segment. */
struct segment_error {
	uint64_t time;		/* on the time line */
	enum icmp_kind kind;
	uint8_t code;
	bool toobig;		/* a router could not fragment it: IPv4, too */
	uint32_t seq;		/* of the segment that it quotes */
};

/* A source for connections in flows, at most max.  Its stage's clock is one of
 * packets from now on.  0, or -1 with errno. */
int segments_open(struct segments *in, struct stage *st,
    struct flow_table *flows, uint32_t max, uint64_t seed);

/*
 * Parse a pkt record, move the clock, do by st->tick() what is due by then, and
 * look up the connection.  False if the record is no segment or cannot be read;
 * it is marked then.
 */
bool segments_read(struct segments *in, struct rec *rec, struct segment *s);

/* Require the columns that segments_error() reads. */
void segments_need_errors(struct rec_reader *in);

/*
 * Parse an icmp record, move the clock as above, and pass the error to use()
 * for the connection between the ends of the quoted segment, which end from
 * sent; in each network where there is one, until use() returns true.  False if
 * the record quotes no sequence number, or cannot be read; it is marked then.
 */
bool segments_error(struct segments *in, struct rec *rec,
    bool (*use)(uint32_t flow, int from, const struct segment_error *e));

/*
 * Judge the segment of the record read last, of a connection of which both
 * sides are known as said; ended as in accept_segment().
 */
struct accept_result segments_judge(struct segments *in,
    const struct segment *s, struct tcb *sender, struct tcb *receiver,
    bool ended);

/* Bring SEGMENTS_COUNTS(first) up to date, by the count that is first. */
void segments_count(const struct segments *in, struct count *first);

#endif
