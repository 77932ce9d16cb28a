#include "http/side.h"

#include <stdlib.h>

void
talk_drop_line(struct http_conn *c, struct http_side *side)
{
	c->held -= side->room;
	free(side->line);
	side->line = NULL;
	side->nline = side->room = 0;
}

bool
talk_may_spare_body(const struct http_conn *c)
{
	const struct http_side *client = &c->side[c->client];

	return c->last != NULL && c->last->expect && !c->last->asked_all &&
	    (client->state == TALK_BODY || client->state == TALK_CHUNK_LINE) &&
	    client->nhead == 0 && !client->head.begun;
}

void
talk_silence(struct http_conn *c)
{
	for (int i = 0; i < 2; i++) {
		c->side[i].state = TALK_SILENT;
		talk_drop_line(c, &c->side[i]);
	}
}

void
talk_be_lost(struct http_conn *c, int from, enum talk_state where)
{
	c->side[from].state = (uint8_t)where;
	c->side[from].nhead = 0;
	talk_drop_line(c, &c->side[from]);
}

struct exchange *
talk_current(const struct http_conn *c, int from)
{
	if (from == c->client)
		return c->last != NULL && !c->last->asked_all ? c->last : NULL;
	return c->client != NO_SIDE && c->first != NULL &&
	    !c->first->answered_all ? c->first : NULL;
}

void
talk_count(struct http_conn *c, int from, uint64_t time, uint64_t n)
{
	struct exchange *e = talk_current(c, from);

	if (e == NULL)
		return;
	e->bytes[from != c->client] += n;
	if (from == c->client)
		e->asked = time;
	else
		e->ended = time;
}

/*
 * Exchanges: told in the order in which they were asked.
 */
void
talk_tell_first(struct http *h, struct http_conn *c)
{
	struct exchange *e = c->first;

	h->exchange(h->arg, c, e);
	c->held -= exchange_size(e);
	c->first = e->next;
	if (c->first == NULL)
		c->last = NULL;
	exchange_free(e);
}

static void
tell_complete(struct http *h, struct http_conn *c)
{
	while (c->first != NULL && c->first->asked_all &&
	    c->first->answered_all)
		talk_tell_first(h, c);
}

uint32_t
talk_room(const struct http_conn *c)
{
	uint32_t held = c->held + c->stream.held;

	return held < HTTP_HELD_MAX ? HTTP_HELD_MAX - held : 0;
}

struct exchange *
talk_add(struct http *h, struct http_conn *c, uint32_t text)
{
	uint32_t size = (uint32_t)sizeof(struct exchange);
	struct exchange *e;

	while (c->first != NULL && talk_room(c) < size + text) {
		c->first->notes |= EXCHANGE_DROPPED;
		if (c->first->status != 0)
			talk_be_lost(c, !c->client, TALK_LOST);
		else
			c->owed++;
		talk_tell_first(h, c);
	}
	if (talk_room(c) < size || (e = exchange_new()) == NULL)
		return NULL;
	c->held += size;
	return e;
}

void
talk_keep(struct http_conn *c, struct exchange *e, unsigned part,
    struct http1_text t)
{
	uint32_t size = exchange_size(e);

	exchange_keep(e, part, t, talk_room(c));
	c->held += exchange_size(e) - size;
}

void
talk_set_cause(struct http_conn *c, enum http_close cause)
{
	if (c->has_cause)
		return;
	c->has_cause = true;
	c->cause = (uint8_t)cause;
}

/*
 * The ends of messages.
 */
static void
request_done(struct http *h, struct http_conn *c)
{
	struct http_side *side = &c->side[c->client];

	side->state = TALK_START;
	side->nhead = 0;
	if (c->last != NULL)
		c->last->asked_all = true;
	tell_complete(h, c);
}

void
talk_answered(struct http *h, struct http_conn *c)
{
	struct http_side *side = &c->side[!c->client];

	side->state = TALK_START;
	side->nhead = 0;
	if (c->first != NULL)
		c->first->answered_all = true;
	tell_complete(h, c);
}

void
talk_done(struct http *h, struct http_conn *c, int from)
{
	if (from == c->client)
		request_done(h, c);
	else
		talk_answered(h, c);
}

void
talk_lose(struct http *h, struct http_conn *c, int from,
    enum talk_state where, unsigned note)
{
	struct exchange *e = talk_current(c, from);

	if (e != NULL && c->side[from].state > TALK_START &&
	    c->side[from].state < TALK_LOST) {
		e->notes |= (uint8_t)note;
		if (from == c->client)
			e->asked_all = true;
		else if (e->status != 0)
			e->answered_all = true;
	}
	talk_be_lost(c, from, where);
	tell_complete(h, c);
}

void
talk_say_other(struct http *h, struct http_conn *c)
{
	h->others++;
	c->speaks = HTTP_OTHER;
	talk_silence(c);
}

void
talk_misunderstand(struct http *h, struct http_conn *c, int from,
    enum talk_state where)
{
	if (c->speaks == HTTP_UNKNOWN && c->side[from].syn) {
		talk_say_other(h, c);
		return;
	}
	if (c->speaks == HTTP_1)
		c->notes |= HTTP_RESYNC;
	talk_lose(h, c, from, where, 0);
}
