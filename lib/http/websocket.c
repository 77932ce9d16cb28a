#include "http/websocket.h"

#include "http/connection.h"

#define MASK_LEN	4	/* bytes of a masking key */

void
websocket_begin(struct connection *c)
{
	for (int i = 0; i < 2; i++) {
		side_get_lost(c, i, SIDE_LOST);
		c->side[i].state = SIDE_WEBSOCKET;
		c->side[i].websocket = (struct websocket){ 0 };
	}
	c->notes |= HTTP_IS_WEBSOCKET;
}

static void
length_byte(struct websocket *w, uint8_t byte)
{
	uint8_t len = byte & 0x7f;

	w->extended = len == 126 ? 2 : len == 127 ? 8 : 0;
	w->len = w->extended == 0 ? len : 0;
	w->want = (uint8_t)(2 + w->extended + (byte & 0x80 ? MASK_LEN : 0));
}

/* Parse a byte of a head; true if it is the last one. */
static bool
head_byte(struct websocket *w, uint8_t byte)
{
	w->nhead++;
	if (w->nhead == 2)
		length_byte(w, byte);
	else if (w->nhead > 2 && w->nhead <= 2 + w->extended)
		w->len = w->len << 8 | byte;
	if (w->nhead < 2 || w->nhead < w->want)
		return false;
	w->left = w->len;
	w->nhead = 0;
	return true;
}

static void
next_payload(struct websocket *w, struct reassembly_bytes *b)
{
	uint32_t n = w->left < b->len ? (uint32_t)w->left : b->len;

	side_consume(b, n);
	w->left -= n;
}

void
websocket_bytes(struct connection *c, struct reassembly_bytes *b)
{
	struct websocket *w = &c->side[b->from].websocket;

	if (w->left > 0) {
		next_payload(w, b);
		return;
	}
	c->frames_of[b->from] += head_byte(w, *b->data);
	side_consume(b, 1);
}

void
websocket_gap(struct connection *c, int from, uint32_t n)
{
	struct websocket *w = &c->side[from].websocket;

	if (w->left < n)
		c->side[from].state = SIDE_IGNORED;
	else
		w->left -= n;
}
