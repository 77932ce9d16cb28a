/*
 * HTTP/1 (RFC 9112) and HTTP/2 (RFC 9113) on TCP connections: requests with
 * their responses, how a connection was used, and why it ended.  A pure state
 * machine; its clock is the time of the segments.
 *
 *	segments -> conn/reassembly -> http/message -> exchange(), closed()
 *	            bytes in order     messages        reports
 *
 * http/message passes frames of HTTP/2 to http/frames, frames of WebSocket to
 * http/websocket, records of TLS to http/records, and what a proxy adds before
 * the first message to http/front.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "conn/explain.h"
#include "conn/accept.h"
#include "conn/flow.h"
#include "conn/tcb.h"
#include "http/exchange.h"
#include "http/records.h"
#include "wire/addr.h"
#include "wire/tcp.h"

#define HTTP_HEAD_MAX	(16 * 1024)	/* bytes of a head that is not long */
#define HTTP_LINE_MAX	(8 * 1024)	/* bytes kept of one line */
#define HTTP_HELD_MAX	(64 * 1024)	/* bytes held for one connection */
#define HTTP_HELD_MAX_2	(256 * 1024)	/* for one of HTTP/2, besides HPACK */

enum http_close {
	HTTP_OPEN, HTTP_FORGOTTEN,
	HTTP_CLIENT_FIN, HTTP_SERVER_FIN,
	HTTP_CLIENT_CLOSE, HTTP_SERVER_CLOSE,	/* Connection: close */
	HTTP_KEEPALIVE_TIMEOUT, HTTP_MAX_REQUESTS, HTTP_UNTIL_CLOSE, HTTP_10,
	HTTP_RST_IDLE, HTTP_RST_IN_REQUEST, HTTP_RST_IN_RESPONSE,
	HTTP_UPGRADE,
	HTTP_CLOSES
};

enum http_peer { HTTP_NOBODY, HTTP_CLIENT, HTTP_SERVER };

enum http_note {
	HTTP_UNUSED = 1,	/* one request, though more were allowed */
	HTTP_EMPTY = 2,		/* no payload in either direction */
	HTTP_IS_TLS = 4,
	HTTP_IS_2 = 8,		/* HTTP/2 without TLS */
	HTTP_MIDSTREAM = 16,	/* neither SYN was captured */
	HTTP_GAP = 32,		/* bytes are missing in the capture */
	HTTP_RESYNC = 64,	/* unexpected bytes were skipped */
	HTTP_NO_HPACK = 128,	/* HTTP/2, but built without nghttp2 */
	HTTP_SOCKS = 256,	/* SOCKS came first */
	HTTP_TUNNEL = 512,	/* CONNECT came first */
	HTTP_IS_WEBSOCKET = 1024
};
/* The word for each, from the lowest bit. */
#define HTTP_NOTE_WORDS		"unused", "empty", "tls", "h2c", \
				"midstream", "gap", "resync", "no-hpack", \
				"socks", "tunnel", "websocket"

/* What can be explained: a bit of struct explain each. */
enum http_topic { HTTP_EXPLAIN_CLOSE, HTTP_EXPLAIN_EXCHANGE };

/* A connection, as it is reported. */
struct http_conn {
	struct endpoint client, server;
	uint64_t began, seen;		/* first and last packet */
	uint64_t idle;			/* from the last byte to its end */
	uint32_t requests;
	uint32_t keep_secs, keep_max;	/* of the server's Keep-Alive */
	bool has_keep_secs, has_keep_max;
	enum http_close close;
	enum http_peer by;		/* the sender of the first FIN or RST */
	unsigned notes;			/* enum http_note */
	const char *host;		/* from TLS: "NAME ALPN"; or NULL */
	const struct records *tls;	/* if http.tls; or NULL */
	const struct endpoint *proxied;	/* client that a proxy names, or NULL */
	/* Of the client, of the server. */
	uint64_t bytes[2];		/* of each side's stream */
	uint32_t frames[2];		/* HTTP/2, WebSocket; records of TLS */
};

struct http {
	struct flow_table flows;
	uint64_t max_idle;	/* ns */
	/* Names of fields of requests to keep, at most EXCHANGE_FIELDS_MAX. */
	const char *const *fields;
	unsigned nfields;
	bool tls;		/* follow the records of TLS */
	struct explain explain;	/* enum http_topic; all zeros for none */
	uint64_t others, forgotten, gaps, gap_bytes;	/* counts */
	/* Called with an exchange that is complete, or will never be.  Of the
	 * connection only client and server are final. */
	void (*exchange)(void *arg, const struct http_conn *c,
	    const struct exchange *e);
	/* Called with a connection that has ended, unless it carried another
	 * protocol. */
	void (*closed)(void *arg, const struct http_conn *c);
	void *arg;
};

/* Set up for at most max connections, each forgotten when it was idle for
 * max_idle ns.  0, or -1 with errno. */
int http_open(struct http *h, uint32_t max, uint64_t max_idle, uint64_t seed);
void http_free(struct http *h);

/* Can a connection begin with this segment? */
static inline bool
http_may_begin(const struct tcp *tcp)
{
	return !(tcp->flags & TCP_RST) &&
	    (tcp->flags & TCP_SYN || tcp->len > 0);
}

/* Add a connection that is not in h->flows.  Returns its number there. */
uint32_t http_begin(struct http *h, const struct flow_key *key, int from,
    uint64_t now, const struct endpoint *src, const struct endpoint *dst);

/* The two control blocks of connection i, for conn/accept; or a copy of them,
 * by the state of its flow. */
struct tcb *http_sides(const struct http *h, uint32_t i);
void http_tcbs(const void *state, struct tcb side[2]);

/* Has connection i ended, by a reset or both FINs? */
bool http_has_ended(const struct http *h, uint32_t i);

/*
 * Is a segment of connection i, judged by a, to be received?  If another
 * connection begins on its ends, connection i is ended, and i is the new one.
 * The flag ACK of an ambiguous segment is cleared in *tcp.
 */
bool http_accept(struct http *h, struct accept *a, uint32_t i, int from,
    uint64_t now, const struct accept_result *judged, struct tcp *tcp);

/* Can this segment be ignored without being judged?  Of a connection that is
 * not HTTP, only a SYN matters, and that there was a RST, which is noted. */
bool http_ignores(const struct http *h, uint32_t i, const struct tcp *tcp);

/* Was connection i idle for too long at now?  Then it is forgotten. */
bool http_expire(struct http *h, uint32_t i, uint64_t now);

/* Is the payload of this segment of no interest?  Then it may be received
 * without its data. */
bool http_unwanted(const struct http *h, uint32_t i, int from,
    const struct tcp *tcp);

/* Receive a segment of connection i for which http_accept() is true, and the
 * part of its payload that was captured. */
void http_segment(struct http *h, uint32_t i, int from, uint64_t now,
    const struct tcp *tcp, const uint8_t *data, uint32_t ndata);

/* Time has passed: end what is due. */
void http_clock(struct http *h, uint64_t now);

/* The input has ended: report every connection. */
void http_end(struct http *h);

const char *http_close_name(enum http_close c);

#endif
