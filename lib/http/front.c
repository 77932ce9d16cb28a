#include "http/front.h"

#include <stdlib.h>
#include <string.h>

#include "http/connection.h"
#include "wire/proxy.h"
#include "wire/view.h"

/* Keep the client that a proxy names. */
static void
note_client(struct connection *c, const struct endpoint *client)
{
	if (c->proxied != NULL || connection_room(c) < sizeof *client ||
	    (c->proxied = malloc(sizeof *client)) == NULL)
		return;
	*c->proxied = *client;
	c->held += (uint32_t)sizeof *client;
}

bool
front_line(struct connection *c, const char *line, size_t n)
{
	struct endpoint client = { .port = 0 };
	bool known;

	if (c->protocol != PROTOCOL_UNKNOWN ||
	    !proxy_line(line, n, &client, &known))
		return false;
	if (known)
		note_client(c, &client);
	return true;
}

/*
 * The binary header.  It is sent at once, so its beginning is in one segment;
 * but it begins with two empty lines, which payload.c may pass on separately,
 * as a head.
 */
static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";
#define SIGNATURE	12	/* its bytes */
#define EMPTY_LINES	4	/* of these, the empty lines */
#define HEADER		16	/* bytes up to the addresses */

static bool
begins_header(struct connection *c, const struct reassembly_bytes *b)
{
	struct endpoint client;

	for (uint32_t skip = 0; skip <= EMPTY_LINES; skip += EMPTY_LINES) {
		uint32_t n = HEADER - skip, len;
		const uint8_t *head = b->data + SIGNATURE - skip;

		if (b->ndata < n ||
		    memcmp(b->data, signature + skip, SIGNATURE - skip) != 0)
			continue;
		len = be16(head + 2);
		c->side[b->from].left = n + len;
		c->side[b->from].state = SIDE_PROXY;
		if (len > b->ndata - n)
			len = b->ndata - n;
		if (proxy_client(head, b->data + n, len, &client))
			note_client(c, &client);
		return true;
	}
	return false;
}

void
front_header(struct connection *c, struct reassembly_bytes *b)
{
	struct side *s = &c->side[b->from];
	uint32_t n = s->left < b->len ? (uint32_t)s->left : b->len;

	side_consume(b, n);
	s->left -= n;
	if (s->left == 0)
		side_begin(s, false);
}

/*
 * SOCKS.  The side's left counts its messages so far.
 */
static bool
begins_socks(struct connection *c, const struct reassembly_bytes *b)
{
	size_t len;

	/* The client speaks first. */
	if (b->from != c->client && c->client != NO_SIDE)
		return false;
	if ((b->data[0] != 4 && b->data[0] != 5) ||
	    proxy_socks(b->data, b->ndata, true, true, &len) == PROXY_NOT)
		return false;
	c->client = (uint8_t)b->from;
	for (int i = 0; i < 2; i++) {
		if (c->side[i].state != SIDE_START || c->side[i].nline > 0)
			continue;
		c->side[i].state = SIDE_SOCKS;
		c->side[i].left = 0;
	}
	return true;
}

static void
end_message(struct http *h, struct connection *c, int from, bool last)
{
	struct side *s = &c->side[from];

	side_drop_line(c, from);
	s->left++;
	if (!last)
		return;
	connection_explain(h, c, HTTP_EXPLAIN_EXCHANGE, from,
	    "SOCKS: what follows is not");
	c->notes |= HTTP_SOCKS;
	side_begin(s, false);
}

/* A byte at a time, since its messages are short and few. */
void
front_socks(struct http *h, struct connection *c, struct reassembly_bytes *b)
{
	int from = b->from;
	struct side *s = &c->side[from];
	enum proxy_message what;
	size_t len = 0;

	if (!side_append(c, from, b->data, 1, PROXY_MESSAGE_MAX)) {
		side_resync(h, c, from, SIDE_LOST_TORN, EXCHANGE_NO_NOTE,
		    "SOCKS that is too long");
		return;
	}
	side_consume(b, 1);
	what = proxy_socks((const uint8_t *)s->line, s->nline,
	    from == c->client, s->left == 0, &len);
	if (what == PROXY_NOT)
		side_resync(h, c, from, SIDE_LOST_TORN, EXCHANGE_NO_NOTE,
		    "neither SOCKS nor a start line");
	else if (what != PROXY_MORE)
		end_message(h, c, from, what == PROXY_LAST);
}

bool
front_begins(struct connection *c, const struct reassembly_bytes *b)
{
	const struct side *s = &c->side[b->from];

	return c->protocol == PROTOCOL_UNKNOWN && s->state == SIDE_START &&
	    s->nline == 0 && (begins_header(c, b) || begins_socks(c, b));
}
