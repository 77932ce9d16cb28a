/*
 * The state of a connection: its two directions, the exchanges that are not
 * complete, and the memory that it holds; private to lib/http.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "conn/reassembly.h"
#include "conn/tcb.h"
#include "http/http.h"
#include "http/pending.h"
#include "http/side.h"

struct frames;
struct records;

#define NO_SIDE		2	/* in place of side 0 or 1: unknown, or none */

enum protocol {
	PROTOCOL_UNKNOWN,	/* so far */
	PROTOCOL_HTTP1, PROTOCOL_HTTP2, PROTOCOL_TLS,
	PROTOCOL_OTHER		/* ignored */
};

struct connection {
	struct reassembly stream;
	struct side side[2];
	struct tcb tcb[2];		/* for conn/accept */
	struct endpoint end[2];
	struct pending *first, *last;	/* exchanges, the oldest first */
	struct frames *frames;		/* of HTTP/2, or NULL */
	struct records *records;	/* of TLS, or NULL */
	struct endpoint *proxied;	/* client that a proxy names, or NULL */
	char *host;			/* from TLS: "NAME ALPN"; or NULL */
	uint64_t bytes[2];		/* of each side's stream */
	uint64_t began, seen;		/* first and last packet */
	uint64_t active;		/* last byte, or end of the handshake */
	uint64_t idle;			/* from then to the first FIN or RST */
	uint32_t frames_of[2];		/* HTTP/2, WebSocket; records of TLS */
	uint32_t requests;
	uint32_t owed;			/* responses to dropped requests */
	uint32_t isn;			/* of the first SYN */
	uint32_t held;			/* bytes, without those of stream */
	uint32_t keep_secs, keep_max;	/* of the server's Keep-Alive */
	uint8_t client;			/* a side, or NO_SIDE */
	uint8_t protocol;
	uint16_t notes;
	uint8_t close, by;		/* why it ended; a side, or NO_SIDE */
	uint8_t cause;			/* why it must end, if has_cause */
	bool has_cause;
	bool keeps, asks_more;		/* so the last response, its request */
	bool unasked;			/* a request was not captured */
	bool has_keep_secs, has_keep_max;
	bool acked;			/* the handshake is complete */
	bool has_data;			/* a byte came */
	bool over;			/* reported; late packets are ignored */
	bool ended;			/* by a reset or both FINs */
};

/* Explain something about what side from sent, in the form of printf(3). */
#define connection_explain(h, c, topic, from, ...)			\
	explain_packet(&(h)->explain, topic, (c)->seen,			\
	    &(c)->end[from], &(c)->end[!(from)], __VA_ARGS__)

/* Prepare for the first segment, at time now. */
void connection_reset(struct connection *c, uint64_t now);

/* Free all that it holds. */
void connection_free(struct connection *c);

/* How many more bytes it may hold. */
uint32_t connection_room(const struct connection *c);

/* The exchange whose message a side is in, or NULL. */
struct pending *connection_current(const struct connection *c, int from);

/* n bytes of a side's message came. */
void connection_count(struct connection *c, int from, uint64_t time,
    uint64_t n);

/*
 * A new exchange, not in the list yet.  The oldest ones are dropped to make
 * room for it and for text bytes of text.  NULL if that is not enough.
 */
struct pending *connection_new_exchange(struct http *h, struct connection *c,
    uint32_t text);

/* Keep a part of the text of a request, if there is room. */
void connection_keep(struct connection *c, struct pending *p, unsigned part,
    struct http1_text t);

/* Append an exchange to the list. */
void connection_append(struct connection *c, struct pending *p);

/* Report an exchange of the list as it is; or the oldest one; or the oldest as
 * long as they are complete. */
void connection_report(struct http *h, struct connection *c,
    struct pending *p);
void connection_report_first(struct http *h, struct connection *c);
void connection_report_complete(struct http *h, struct connection *c);

/* The message of a side announces that the connection will end, and why.  The
 * first such cause remains. */
void connection_set_cause(struct http *h, struct connection *c, int from,
    enum http_close cause);

/* Ignore all further bytes. */
void connection_ignore(struct connection *c);

/* As it is reported.  host belongs to the connection. */
struct http_conn connection_view(const struct connection *c);

#endif
