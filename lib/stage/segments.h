/*
 * The source of segments for the stages that follow connections.  There are two
 * ways in: 'pkt' and 'icmp' records, and the packets of captures, which are
 * decoded here.  Either becomes a segment with its time on the capture's time
 * line, its connection and its direction, and is judged (conn/accept).  What
 * the stage does with it does not depend on the way, nor does its output.
 */
#ifndef STAGE_SEGMENTS_H
#define STAGE_SEGMENTS_H

#include "conn/accept.h"
#include "conn/flow.h"
#include "conn/nets.h"
#include "conn/tcb.h"
#include "stage/decoder.h"
#include "stage/segmentrec.h"
#include "stage/stage.h"
#include "wire/icmp.h"

/* What is counted of every source: these five, in a row of a stage's counts. */
#define SEGMENTS_NCOUNTS	5
#define SEGMENTS_COUNTS(first)						\
	[(first)] = { "copies", 0 }, [(first) + 1] = { "rejected", 0 },	\
	[(first) + 2] = { "ambiguous", 0 },				\
	[(first) + 3] = { "late_stamps", 0 },				\
	[(first) + 4] = { "clock_steps", 0 }

struct segment {
	uint64_t time;		/* on the time line */
	uint64_t stamp;		/* as captured */
	struct tcp tcp;
	struct flow_key key;
	int from;		/* which end of the key sent it */
	uint32_t flow;		/* 0: none in the table has this key */
	uint32_t size;		/* of the frame if the record has it, else of
				 * the payload */
	uint32_t iplen;		/* of the IP packet, 0 if unknown */
	/* Its source: one of them, the other is NULL. */
	struct rec *rec;
	const struct decoded *decoded;
};

/* An ICMP error about a segment. */
struct segment_error {
	uint64_t time;		/* on the time line */
	enum icmp_kind kind;
	uint8_t code;
	bool toobig;		/* a router could not fragment it: IPv4, too */
	uint32_t seq;		/* of the segment that it quotes */
};

/* What was captured of a segment's payload: bytes, or, if escaped, their text
 * as in the column data. */
struct segment_data {
	const void *p;
	size_t n;
	bool escaped;
};

/* Of a packet that was decoded. */
struct packet_key {
	struct flow_key key;
	int from;		/* which end of the key sent it */
	bool mine;		/* it is of the stage's share */
};

/* The fields above the line are set by the stage before segments_open(). */
struct segments {
	/* Uses a segment.  If a column of its record cannot be read (rec->why
	 * is set) it writes nothing. */
	void (*use)(struct segments *in, struct segment *s);
	/*
	 * Uses an ICMP error about the connection flow, of which end from sent
	 * the quoted segment; called for each network where there is such a
	 * connection, until it returns true.  NULL: errors are ignored.
	 */
	bool (*error)(uint32_t flow, int from, const struct segment_error *e);
	/* What the stage knows of both sides of a connection, by its state:
	 * needed to distinguish networks. */
	void (*tcbs)(const void *state, struct tcb side[2]);
	bool size, iplen, data;	/* which of these the stage uses */
	bool judges;		/* the stage calls segments_judge() */
	unsigned topic;		/* of -D: why a segment is not accepted */
	/* ----- */
	struct stage *st;
	struct flow_table *flows;
	struct nets nets;	/* networks with the same ends */
	struct accept accept;
	struct decoder decoder;
	struct packet_key key[DECODER_AHEAD];	/* of its packets that wait */
	struct segmentrec writer;	/* of -p */
	const struct segment *current;	/* which use() is called with */
	uint64_t copies;	/* that the stage leaves out */
	uint64_t errors;	/* ICMP errors that quote a sequence number */
	bool lacks_data;	/* this was reported */
};

/*
 * A source for connections in flows, at most max.  Its stage's clock is one of
 * packets from now on; before each segment it moves, and st->tick() does what
 * is due by then.  0, or -1 with errno.
 */
int segments_open(struct segments *in, struct stage *st,
    struct flow_table *flows, uint32_t max, uint64_t seed);

/* The ends of a segment.  False if they cannot be read; its record is marked
 * then. */
bool segments_ends(const struct segment *s, struct endpoint *src,
    struct endpoint *dst);

/* Write the ends: four columns. */
void segments_put_ends(struct rec_writer *w, const struct segment *s);

/* What was captured of the payload, valid as long as the segment. */
struct segment_data segments_data(const struct segment *s);

/* Explain a verdict on the segment that is in use. */
void segments_explain_verdict(struct segments *in,
    const struct accept_result *res);

/*
 * Judge a segment of a connection by what is known of both sides; ended as in
 * accept_segment().
 */
static inline struct accept_result
segments_judge(struct segments *in, const struct segment *s,
    struct tcb *sender, struct tcb *receiver, bool ended)
{
	struct accept_result res = accept_segment(&in->accept, s->flow, sender,
	    receiver, s->from, s->time, ended, &s->tcp);

	if (res.verdict > ACCEPT_OLD && in->st->explained >> in->topic & 1)
		segments_explain_verdict(in, &res);
	return res;
}

/* Explain something about the segment that is in use: "TIME SRC > DST: text".
 * For struct explain: arg is the source. */
void segments_explain(void *segments, unsigned topic, const char *text);

/* Bring SEGMENTS_COUNTS(first) up to date, by the count that is first. */
void segments_count(const struct segments *in, struct count *first);

#endif
