/*
 * HTTP/1 on TCP connections (RFC 9112): requests with their responses, and
 * how a connection was used and why it ended.  A pure state machine; time
 * comes with the segments.
 *
 *	segments -> conn/reassembly -> http/message -> exchange() -> closed()
 *	            bytes in order  requests, responses
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "http/exchange.h"
#include "conn/flow.h"
#include "conn/reassembly.h"
#include "wire/addr.h"

#define HTTP_HEAD_MAX	(16 * 1024)	/* bytes of one head */
#define HTTP_HELD_MAX	(64 * 1024)	/* held for one connection */

enum http_speaks {
	HTTP_UNKNOWN,		/* it has not said yet */
	HTTP_1, HTTP_2, HTTP_TLS,
	HTTP_OTHER		/* none of these: no more is looked at */
};

enum http_close {
	HTTP_OPEN, HTTP_FORGOTTEN,
	HTTP_CLIENT_FIN, HTTP_SERVER_FIN,
	HTTP_CLIENT_CLOSE, HTTP_SERVER_CLOSE,	/* Connection: close */
	HTTP_KEEPALIVE_TIMEOUT, HTTP_MAX_REQUESTS, HTTP_UNTIL_CLOSE, HTTP_10,
	HTTP_RST_IDLE, HTTP_RST_IN_REQUEST, HTTP_RST_IN_RESPONSE,
	HTTP_UPGRADE,
	HTTP_CLOSES
};

enum http_note {
	HTTP_UNUSED = 1,	/* one request, though more were allowed */
	HTTP_EMPTY = 2,		/* not a byte was said */
	HTTP_SAYS_TLS = 4,
	HTTP_SAYS_2 = 8,
	HTTP_MIDSTREAM = 16,	/* its beginning was not seen */
	HTTP_GAP = 32,		/* bytes are missing in the capture */
	HTTP_RESYNC = 64	/* something was not understood, and skipped */
};
/* A word for each, from the lowest bit. */
#define HTTP_NOTE_WORDS		"unused", "empty", "tls", "h2", "midstream", \
				"gap", "resync"

/* What has been read of a message's head. */
struct http_head {
	uint64_t length;
	uint16_t status;	/* of a response */
	uint8_t version;
	bool has_length, bad_length;
	bool coded, chunked;	/* Transfer-Encoding, and its last is chunked */
	bool close, keep_alive;
	bool begun;		/* its body has */
};

/* One direction of a connection.  http/message has its states. */
struct http_side {
	uint64_t left;		/* bytes of a body or a chunk to come */
	uint64_t since;		/* when this head's first byte came */
	struct http_head head;
	char *line;		/* the first bytes of a line, or NULL */
	uint16_t nline, room;	/* of them, and for them */
	uint16_t nhead;		/* bytes of this head so far */
	uint8_t state;
	bool syn;		/* its first byte was seen */
	bool has_ack;		/* with the segment of the head's first byte: */
	uint32_t seq, ack;
};

struct http_conn {
	struct reassembly stream;
	struct http_side side[2];
	struct endpoint end[2];
	struct exchange *first, *last;	/* not all answered, oldest first */
	char *host;			/* as TLS names it: "name alpn" */
	uint64_t began, active;		/* first packet; last byte */
	uint64_t seen;			/* last packet */
	uint64_t idle;			/* before the first FIN or RST */
	uint32_t requests;
	uint32_t owed;			/* responses to requests let go */
	uint32_t isn;			/* of the first SYN */
	uint32_t held;			/* bytes, without the stream's */
	uint32_t keep_secs, keep_max;	/* of the server's Keep-Alive */
	uint8_t client;			/* side 0 or 1; 2 is not known */
	uint8_t speaks, notes;
	uint8_t close, by;		/* how it ended, which side; 2 none */
	bool has_cause;			/* why it must end is known: */
	uint8_t cause;
	bool keeps, asks_more;		/* so the last response, request */
	bool unasked;			/* requests were not seen */
	bool has_keep_secs, has_keep_max;
	bool acked;			/* the handshake is complete */
	bool said;			/* bytes came */
	bool over;			/* told; late packets are ignored */
};

struct http {
	struct flow_table flows;
	uint64_t max_idle;	/* ns; then it is forgotten */
	/* Names of request headers to keep, EXCHANGE_FIELDS_MAX at most. */
	const char *const *fields;
	unsigned nfields;
	uint64_t others, forgotten, gaps, gap_bytes;	/* counts */
	/* What to do with an exchange that is complete, or will never be. */
	void (*exchange)(void *arg, const struct http_conn *c,
	    const struct exchange *e);
	/* And with a connection that has ended; not with HTTP_OTHER. */
	void (*closed)(void *arg, const struct http_conn *c);
	void *arg;
};

/* A table for up to max connections.  0, or -1 with errno. */
int http_open(struct http *h, uint32_t max, uint64_t max_idle, uint64_t seed);
void http_free(struct http *h);

/* Could this segment be the first of a connection that is worth following? */
static inline bool
http_begins(const struct tcp *tcp)
{
	return !(tcp->flags & TCP_RST) &&
	    (tcp->flags & TCP_SYN || tcp->len > 0);
}

/* Add a connection that is not in the table; its number there. */
uint32_t http_begin(struct http *h, const struct flow_key *key, int from,
    uint64_t now, const struct endpoint *src, const struct endpoint *dst);

/* Will nobody look at this segment's payload? */
bool http_unwanted(const struct http *h, uint32_t i, int from,
    const struct tcp *tcp);

/* A segment of connection i, with what the capture has of its payload. */
void http_segment(struct http *h, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp, const uint8_t *data, uint32_t ndata);

/* Time has passed. */
void http_clock(struct http *h, uint64_t now);

/* The end of input: connections that live are open. */
void http_end(struct http *h);

const char *http_close_name(enum http_close c);

#endif
