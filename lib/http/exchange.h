/* A request and its response, on their way. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/http1.h"

#define EXCHANGE_FIELDS_MAX	16	/* request headers that are kept */

enum exchange_note {
	EXCHANGE_PIPELINED = 1,	/* asked before the one before was answered */
	EXCHANGE_EARLY = 2,	/* answered before all was asked */
	EXCHANGE_UNASKED = 4,	/* a response; its request was not seen */
	EXCHANGE_GAP = 8,	/* bytes of it are missing in the capture */
	EXCHANGE_LONG = 16,	/* a head beyond HTTP_HEAD_MAX */
	EXCHANGE_LENGTH = 32,	/* lengths that contradict each other */
	EXCHANGE_CUT = 64,	/* the connection ended before it did */
	EXCHANGE_DROPPED = 128	/* let go for want of room */
};
/* A word for each, from the lowest bit. */
#define EXCHANGE_NOTE_WORDS	"pipelined", "early", "unasked", "gap", \
				"long-head", "bad-length", "cut", "dropped"

/* What is kept of a request's text. */
enum exchange_part {
	EXCHANGE_METHOD, EXCHANGE_TARGET, EXCHANGE_HOST, EXCHANGE_FIELD,
	EXCHANGE_PARTS = EXCHANGE_FIELD + EXCHANGE_FIELDS_MAX
};

struct exchange {
	struct exchange *next;
	uint64_t began, asked;		/* first, last byte of the request */
	uint64_t answered, ended;	/* and of the final response */
	uint64_t idle, wait;
	uint64_t bytes[2];		/* of request and response */
	uint32_t seq, ack;		/* of the segment that began it */
	uint32_t number;		/* in the connection, from 1 */
	uint16_t status;		/* 0 while there is no final one */
	uint8_t version;		/* of the request: 10, 11 */
	uint8_t notes;
	bool has_idle, has_wait, has_ack;
	bool asked_all, answered_all;
	bool keeps;			/* the request allowed more */
	bool head, connect, expect;
	uint16_t ntext, size;		/* of the text used, and taken */
	struct {
		uint16_t at, n;		/* n 0: it does not have it */
	} part[EXCHANGE_PARTS];
	char *text;
};

/* A new one, or NULL without memory. */
struct exchange *exchange_new(void);
void exchange_free(struct exchange *e);

/* How much memory it holds. */
uint32_t exchange_size(const struct exchange *e);

/* Keep a part of the text, the first that comes; not without memory, nor where
 * that would take more than room bytes.  All parts together are at most 64
 * KiB. */
void exchange_keep(struct exchange *e, unsigned part, struct http1_text t,
    uint32_t room);

/* A part; of no bytes where there is none. */
static inline struct http1_text
exchange_text(const struct exchange *e, unsigned part)
{
	return (struct http1_text){ e->text + e->part[part].at,
	    e->part[part].n };
}

#endif
