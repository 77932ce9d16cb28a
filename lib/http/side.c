#include "http/side.h"

#include <stdlib.h>
#include <string.h>

#include "http/connection.h"

bool
side_is_within(const struct side *s)
{
	return s->state == SIDE_START ? s->nhead > 0 : s->state < SIDE_LOST;
}

void
side_begin(struct side *s, bool midstream)
{
	s->state = midstream ? SIDE_LOST_TORN : SIDE_START;
	s->nhead = 0;
}

void
side_consume(struct reassembly_bytes *b, uint32_t n)
{
	uint32_t here = b->ndata < n ? b->ndata : n;

	b->seq += n;
	b->len -= n;
	b->ndata -= here;
	if (here > 0)
		b->data += here;
}

bool
side_collect(struct reassembly_bytes *b, uint8_t *kept, uint8_t *nkept,
    unsigned want)
{
	uint32_t n = want - *nkept;

	if (n > b->ndata)
		n = b->ndata;
	memcpy(kept + *nkept, b->data, n);
	*nkept = (uint8_t)(*nkept + n);
	side_consume(b, n);
	return *nkept == want;
}

bool
side_append(struct connection *c, int from, const uint8_t *p, uint32_t n,
    uint32_t max)
{
	struct side *s = &c->side[from];
	uint32_t need = s->nline + n;
	uint32_t size = s->size > 0 ? s->size : SIDE_LINE_MIN;
	char *line;

	while (size < need)
		size *= 2;
	if (size > s->size) {
		if (size > max || size - s->size > connection_room(c) ||
		    (line = realloc(s->line, size)) == NULL)
			return false;
		c->held += size - s->size;
		s->line = line;
		s->size = (uint16_t)size;
	}
	memcpy(s->line + s->nline, p, n);
	s->nline = (uint16_t)need;
	return true;
}

void
side_drop_line(struct connection *c, int from)
{
	struct side *s = &c->side[from];

	if (s->line == NULL)
		return;
	c->held -= s->size;
	free(s->line);
	s->line = NULL;
	s->nline = s->size = 0;
}

bool
side_may_omit_body(const struct connection *c)
{
	const struct side *client = &c->side[c->client];

	return c->last != NULL && c->last->expect && !c->last->request_done &&
	    (client->state == SIDE_BODY || client->state == SIDE_CHUNK_LINE) &&
	    client->nhead == 0 && !client->head.body_begun;
}

void
side_done(struct http *h, struct connection *c, int from)
{
	side_begin(&c->side[from], false);
	if (from != c->client && c->first != NULL)
		c->first->response_done = true;
	else if (from == c->client && c->last != NULL)
		c->last->request_done = true;
	connection_report_complete(h, c);
}

void
side_get_lost(struct connection *c, int from, enum side_state where)
{
	c->side[from].state = (uint8_t)where;
	c->side[from].nhead = 0;
	side_drop_line(c, from);
}

void
side_lose(struct http *h, struct connection *c, int from,
    enum side_state where, enum exchange_note note)
{
	struct pending *p = connection_current(c, from);

	if (p != NULL && c->side[from].state > SIDE_START &&
	    c->side[from].state < SIDE_LOST) {
		p->e.notes |= (uint16_t)note;
		if (from == c->client)
			p->request_done = true;
		else if (p->e.status != 0)
			p->response_done = true;
	}
	side_get_lost(c, from, where);
	connection_report_complete(h, c);
}

/* Some servers answer lines that are no requests. */
static bool
may_be_answered(const struct connection *c, int from)
{
	return from == c->client && c->bytes[!from] == 0 &&
	    c->bytes[from] < SIDE_OTHER_BYTES;
}

void
side_resync(struct http *h, struct connection *c, int from,
    enum side_state where, enum exchange_note note, const char *why)
{
	if (c->protocol == PROTOCOL_UNKNOWN && c->notes & HTTP_TUNNEL) {
		connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
		    "not HTTP in the tunnel: %s", why);
		c->protocol = PROTOCOL_HTTP1;
		connection_ignore(c);
		return;
	}
	if (c->protocol == PROTOCOL_UNKNOWN && c->side[from].syn &&
	    may_be_answered(c, from))
		connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
		    "HTTP only if the server answers so: %s", why);
	else if (c->protocol == PROTOCOL_UNKNOWN && c->side[from].syn) {
		connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
		    "not HTTP: %s", why);
		h->others++;
		c->protocol = PROTOCOL_OTHER;
		connection_ignore(c);
		return;
	}
	if (c->protocol == PROTOCOL_HTTP1 && !side_is_lost(&c->side[from])) {
		connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
		    "out of sync: %s", why);
		c->notes |= HTTP_RESYNC;
	}
	side_lose(h, c, from, where, note);
}
