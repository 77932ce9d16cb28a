/*
 * The state of a connection as Zeek defines it: which end opened it, and the
 * state of each end.  The rules are those of Zeek's TCP analyzer and of its
 * script base/protocols/conn, so that a record means what the same word means
 * in conn.log.
 *
 *	inactive --SYN--> SYN sent, or SYN/ACK sent (the opener)
 *	         --SYN, SYN/ACK--> established (the other end; so is the opener)
 *	         --anything else--> partial, or established if the peer is
 *	any ------FIN--> closed
 *	any ------RST--> reset, unless both were closed
 *
 * The history, a letter for each event, is kept beside it: track/history.h.
 */
#ifndef TRACK_STATE_H
#define TRACK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/tcp.h"

enum end_state {
	END_INACTIVE, END_SYN_SENT, END_SYN_ACK_SENT,
	END_PARTIAL, END_ESTABLISHED, END_CLOSED,	/* had the connection */
	END_RESET
};

/* The evidence for which end is the client. */
enum state_roles {
	ROLES_FIRST,		/* a guess: it sent the first packet */
	ROLES_PORT,		/* a guess: the other port is a server's */
	ROLES_SYN_ACK,		/* the other end sent a SYN/ACK */
	ROLES_SYN		/* it sent a SYN */
};

struct state_end {
	uint16_t now : 3;	/* enum end_state */
	uint16_t before : 3;	/* the state before that */
	uint16_t seen : 7;	/* letters that it has in the history */
	uint16_t rst : 3;	/* a hash of its last RST's sequence number */
};

/* Of a connection.  Its ends have the numbers that the caller gives them. */
struct state {
	uint32_t early : 30;	/* history: six letters, the first one lowest */
	uint32_t opener : 1;	/* the end that opened it */
	uint32_t flipped : 1;	/* opener is not the first packet's sender */
	uint32_t late : 30;	/* history: the next six letters */
	uint32_t roles : 2;	/* enum state_roles */
	struct state_end end[2];
};

/* What the caller knows of a segment beside its header. */
struct state_facts {
	bool repeated;		/* the SYN or FIN was seen before */
	bool acked;		/* the peer's SYN/ACK acknowledges this SYN */
};

/* Start with the first segment of a connection, sent by end from. */
void state_begin(struct state *s, int from, const struct tcp *tcp);

/*
 * Update by a segment; the first one is passed here as well.  spill receives
 * the letters of the history that do not fit in *s; NULL to omit them.
 */
void state_update(struct state *s, uint64_t *spill, int from,
    const struct tcp *tcp, const struct state_facts *facts);

/* Does a zero window of this end mean a closed one?  Not after a close. */
static inline bool
state_has_window(const struct state *s, int from)
{
	return s->end[!from].now != END_CLOSED && s->end[from].now != END_RESET;
}

/* Has either end reset the connection? */
static inline bool
state_is_reset(const struct state *s)
{
	return s->end[0].now == END_RESET || s->end[1].now == END_RESET;
}

/* Have both ends sent a FIN? */
static inline bool
state_is_closed(const struct state *s)
{
	return s->end[0].now == END_CLOSED && s->end[1].now == END_CLOSED;
}

/* Have both ends shown that they had the connection, so that ACKs count? */
static inline bool
state_is_mutual(const struct state *s)
{
	return s->end[0].now >= END_PARTIAL && s->end[0].now <= END_CLOSED &&
	    s->end[1].now >= END_PARTIAL && s->end[1].now <= END_CLOSED;
}

/* S0, S1, SF ...; history is its text, bytes whether any payload was sent. */
const char *state_name(const struct state *s, const char *history,
    bool bytes);

const char *state_roles_name(enum state_roles r);

#endif
