#include "http/preface.h"

#include "http/connection.h"
#include "http/frames.h"
#include "http/hpack.h"

/* False if its frames cannot be parsed: built without nghttp2. */
static bool
become_http2(struct http *h, struct connection *c, int from, int client,
    const char *why)
{
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from, "HTTP/2, by %s",
	    why);
	c->client = (uint8_t)client;
	c->has_cause &= !(c->notes & HTTP_TUNNEL);
	c->protocol = PROTOCOL_HTTP2;
	c->notes |= HTTP_IS_2;
	if (hpack_is_here())
		return true;
	c->notes |= HTTP_NO_HPACK;
	connection_ignore(c);
	return false;
}

/* The state of the server's side when the client's preface comes. */
static enum frames_state
server_state(const struct side *s)
{
	return side_is_lost(s) && s->state != SIDE_LOST_TORN ? FRAMES_LOST :
	    FRAMES_HEAD;
}

void
preface_client(struct http *h, struct connection *c, int from)
{
	const struct side *server = &c->side[!from];

	if (c->protocol != PROTOCOL_HTTP2 &&
	    !become_http2(h, c, from, from, "its preface"))
		return;
	if (!frames_begin(c, from, FRAMES_PREFACE, false) ||
	    (server->state != SIDE_HTTP2 &&
	    !frames_begin(c, !from, server_state(server), false)))
		connection_ignore(c);
}

void
preface_server(struct http *h, struct connection *c, int from)
{
	if (become_http2(h, c, from, !from, "the settings of its server") &&
	    !frames_begin(c, from, FRAMES_HEAD, false))
		connection_ignore(c);
}

void
preface_upgrade(struct http *h, struct connection *c, struct pending *p)
{
	int server = !c->client;

	p->e.status = 0;
	p->e.has_wait = false;
	p->stream = 1;
	if (!become_http2(h, c, server, c->client, "an upgrade"))
		return;
	if (!frames_begin(c, server, FRAMES_HEAD, false))
		connection_ignore(c);
	else
		c->frames->streams.newest = 1;
}

bool
preface_found(struct http *h, struct connection *c, int from, const uint8_t *p,
    size_t n)
{
	struct http2_frame f;
	char what;
	int client;

	if (!http2_may_be_frames(p, n))
		return false;
	f = http2_frame(p);
	what = http2_begins(&f, p + HTTP2_HEAD, n - HTTP2_HEAD);
	client = what == 'q' ? from : !from;
	if (what == 0 || (c->client != NO_SIDE && c->client != client))
		return false;
	if (!become_http2(h, c, from, client, "its frames"))
		return true;
	if (!frames_begin(c, from, FRAMES_HEAD, true) ||
	    !frames_begin(c, !from, FRAMES_LOST, true))
		connection_ignore(c);
	else
		c->frames->streams.lost = true;
	return true;
}
