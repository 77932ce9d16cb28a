/* Exchanges that are not complete. */
#ifndef HTTP_PENDING_H
#define HTTP_PENDING_H

#include "http/exchange.h"

struct pending {
	struct pending *next;		/* the request after it */
	struct exchange e;
	uint32_t seq, ack;		/* of the request's first segment */
	uint32_t stream;		/* HTTP/2 */
	bool has_ack;
	bool head, connect;		/* the method is HEAD, CONNECT */
	bool expect;			/* Expect: 100-continue */
	bool keeps;			/* the request allows another */
	bool websocket;			/* it asks for WebSocket */
	bool end_lost;			/* HTTP/2: its end may be missing */
	bool request_done, response_done;
	uint16_t size;			/* bytes allocated for e.text */
};

/* A new one, or NULL if out of memory. */
struct pending *pending_new(void);
void pending_free(struct pending *p);

/* The final response begins at time. */
void pending_begin_final(struct pending *p, uint16_t status, uint64_t time);

/* A byte of the response's body came; the first one counts. */
void pending_begin_body(struct pending *p, uint64_t time);

/* How many bytes of memory it holds. */
uint32_t pending_size(const struct pending *p);

/*
 * Keep a part of the request's text, unless it has that part.  The text is
 * dropped if it needs more than room bytes of memory, or more than 64 KiB with
 * all other parts.
 */
void pending_keep(struct pending *p, unsigned part, struct http1_text t,
    uint32_t room);

#endif
