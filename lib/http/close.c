#include "http/close.h"

#include <inttypes.h>
#include <stdio.h>

#include "http/connection.h"
#include "wire/units.h"

#define IDLE_SECS	1	/* before a timeout of the server, at least */

/* The server's FIN, without a cause that was announced: its timeout, if it had
 * been idle for about as long as it promised to wait. */
static enum http_close
server_fin(const struct connection *c)
{
	uint64_t limit = c->has_keep_secs && c->keep_secs > 0 ?
	    c->keep_secs - UINT64_C(1) : IDLE_SECS;

	if (c->has_keep_max && c->keep_max == 0)
		return HTTP_MAX_REQUESTS;
	return c->requests > 0 && c->first == NULL &&
	    c->idle >= limit * NS_PER_S && c->idle >= IDLE_SECS * NS_PER_S ?
	    HTTP_KEEPALIVE_TIMEOUT : HTTP_SERVER_FIN;
}

static enum http_close
reset(const struct connection *c)
{
	const struct side *client = &c->side[c->client % NO_SIDE];
	bool answering = c->first != NULL && c->first->e.status != 0;

	if (c->protocol == PROTOCOL_HTTP1 && side_is_within(client) &&
	    !answering)
		return HTTP_RST_IN_REQUEST;
	return c->first != NULL ? HTTP_RST_IN_RESPONSE : HTTP_RST_IDLE;
}

static enum http_close
reason(const struct connection *c, int from, bool rst)
{
	if (c->has_cause && !(rst && c->first != NULL))
		return (enum http_close)c->cause;
	if (rst)
		return reset(c);
	return from == c->client ? HTTP_CLIENT_FIN : server_fin(c);
}

/* What a server promised by Keep-Alive. */
static void
put_keep_alive(char *out, size_t n, const struct connection *c)
{
	size_t used = 0;

	*out = '\0';
	if (c->has_keep_secs)
		used = (size_t)snprintf(out, n,
		    ", Keep-Alive: timeout=%" PRIu32, c->keep_secs);
	if (c->has_keep_max)
		snprintf(out + used, n - used, ", Keep-Alive: max=%" PRIu32,
		    c->keep_max);
}

static void
explain_decision(struct http *h, struct connection *c, int from, bool rst)
{
	char keep_alive[80];
	const char *state = c->first == NULL ? "no exchange open" :
	    c->first->e.status != 0 ? "a response incomplete" :
	    c->last->request_done ? "a request unanswered" :
	    "a request incomplete";

	if (!explains(&h->explain, HTTP_EXPLAIN_CLOSE))
		return;
	put_keep_alive(keep_alive, sizeof keep_alive, c);
	connection_explain(h, c, HTTP_EXPLAIN_CLOSE, from,
	    "%s: %s from the %s, %" PRIu32 " request%s, %s, idle for %" PRIu64
	    ".%09" PRIu64 " s%s", http_close_name((enum http_close)c->close),
	    rst ? "RST" : "FIN", from == c->client ? "client" : "server",
	    c->requests, c->requests == 1 ? "" : "s", state,
	    c->idle / NS_PER_S, c->idle % NS_PER_S, keep_alive);
}

void
close_decide(struct http *h, struct connection *c, int from, uint64_t time,
    bool rst)
{
	if (c->by != NO_SIDE)
		return;
	c->by = (uint8_t)from;
	c->idle = time > c->active ? time - c->active : 0;
	c->close = (uint8_t)reason(c, from, rst);
	explain_decision(h, c, from, rst);
}

void
close_forget(struct http *h, struct connection *c, const char *why)
{
	if (c->by != NO_SIDE)
		return;
	c->close = HTTP_FORGOTTEN;
	connection_explain(h, c, HTTP_EXPLAIN_CLOSE, c->client % NO_SIDE,
	    "forgotten: %s", why);
}

bool
close_is_unused(const struct connection *c)
{
	return c->requests == 1 && !c->unasked &&
	    !(c->notes & HTTP_MIDSTREAM) && c->first == NULL &&
	    c->keeps && c->asks_more &&
	    (c->close == HTTP_CLIENT_FIN || c->close == HTTP_SERVER_FIN ||
	    c->close == HTTP_KEEPALIVE_TIMEOUT || c->close == HTTP_RST_IDLE);
}
