/*
 * The two ends of a connection as Zeek sees them: who opened it, in which
 * state each end is, and what happened, a letter each.  The rules are those of
 * Zeek's TCP session and of its script base/protocols/conn, so that records
 * say what people know from its conn.log.
 *
 *	inactive --SYN--> syn sent, or syn-ack sent (the opener)
 *	         --SYN, SYN/ACK--> established (the other; so is its peer)
 *	         --anything--> partial, or established where the peer is
 *	any ------FIN--> closed
 *	any ------RST--> reset, unless both were closed
 */
#ifndef TRACK_STATE_H
#define TRACK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/tcp.h"

enum end_state {
	END_INACTIVE, END_SYN_SENT, END_SYN_ACK_SENT, END_PARTIAL,
	END_ESTABLISHED, END_CLOSED, END_RESET
};

/* How it was told who opened the connection. */
enum ends_roles {
	ROLES_FIRST,		/* a guess: who sent the first packet */
	ROLES_PORT,		/* a guess: the server's port is a known one */
	ROLES_SYN_ACK,		/* by its SYN/ACK */
	ROLES_SYN		/* by its SYN */
};

struct end {
	uint16_t state : 3;
	uint16_t prev : 3;	/* the state before */
	uint16_t seen : 7;	/* letters that it has */
	uint16_t rst : 3;	/* of its last RST's number */
};

#define ENDS_LETTERS	6	/* in a word */
#define ENDS_MORE	12	/* in the word for those that are too many */
#define ENDS_HISTORY_MAX	(2 * ENDS_LETTERS + ENDS_MORE + 1)

/* A connection's.  Ends are numbered as its sides are. */
struct ends {
	uint32_t early : 30;	/* letters of 5 bits, the first one lowest */
	uint32_t opener : 1;	/* the end that opened it */
	uint32_t flipped : 1;
	uint32_t late : 30;	/* the letters that follow */
	uint32_t roles : 2;
	struct end end[2];
};

/* What is not in the segment, but known of its side. */
struct ends_facts {
	bool again;		/* its SYN or FIN came before */
	bool answers;		/* a SYN that the other's SYN/ACK is about */
};

/* The first segment of a connection. */
void ends_begin(struct ends *e, int from, const struct tcp *tcp);

/*
 * A segment, the first included.  more takes letters that are too many for
 * the connection; NULL, and they are left out.
 */
void ends_take(struct ends *e, uint64_t *more, int from,
    const struct tcp *tcp, const struct ends_facts *facts);

/*
 * Events that are counted: W a zero window, T what was sent before, G a gap.
 * The nth has a letter when n is 1, 10, 100 ...
 */
void ends_event(struct ends *e, uint64_t *more, int from, char letter,
    uint32_t n);

/* Is there no room for letters left? */
static inline bool
ends_full(const struct ends *e)
{
	return e->late >> (5 * (ENDS_LETTERS - 1)) != 0;
}

/* Does a zero window of this end mean anything?  Not once one is gone. */
bool ends_window_counts(const struct ends *e, int from);

/* The history as text, with a NUL; out has ENDS_HISTORY_MAX bytes. */
void ends_history(const struct ends *e, uint64_t more, char *out);

/* S0, S1, SF ... ; bytes is whether any payload was sent. */
const char *ends_state(const struct ends *e, const char *history, bool bytes);

const char *ends_roles_name(enum ends_roles r);

#endif
