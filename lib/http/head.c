#include "http/head.h"

#include <string.h>

#include "conn/seq.h"

static void
begin_request(struct http *h, struct http_conn *c, int from, uint64_t time,
    const struct http1_start *s)
{
	struct http_side *side = &c->side[from];
	bool pipelined = c->first != NULL;
	struct exchange *e;

	c->client = (uint8_t)from;
	c->speaks = HTTP_1;
	if ((e = talk_add(h, c, HTTP_HEAD_MAX)) == NULL) {
		talk_be_lost(c, from, TALK_LOST);
		return;
	}
	/* What was said is void; but not that the server will close. */
	if (c->keeps)
		c->has_cause = false;
	e->number = ++c->requests;
	e->began = side->since;
	e->asked = time;
	e->bytes[0] = side->nhead;
	e->seq = side->seq;
	e->ack = side->ack;
	e->has_ack = side->has_ack;
	e->notes = pipelined ? EXCHANGE_PIPELINED : 0;
	e->has_idle = pipelined || c->active != 0;
	if (!pipelined && e->began > c->active)
		e->idle = e->began - c->active;
	e->version = s->version;
	e->head = s->method.n == 4 && memcmp(s->method.p, "HEAD", 4) == 0;
	e->connect = s->method.n == 7 && memcmp(s->method.p, "CONNECT", 7) == 0;
	if (c->last != NULL)
		c->last->next = e;
	else
		c->first = e;
	c->last = e;
	talk_keep(c, e, EXCHANGE_METHOD, s->method);
	talk_keep(c, e, EXCHANGE_TARGET, s->target);
	side->head = (struct http_head){ .version = s->version };
	side->state = TALK_FIELDS;
}

/* A response whose request was not seen. */
static struct exchange *
unasked(struct http *h, struct http_conn *c, const struct http_side *side)
{
	struct exchange *e = talk_add(h, c, 0);

	if (e == NULL)
		return NULL;
	c->unasked = true;
	e->notes = EXCHANGE_UNASKED;
	e->began = e->asked = side->since;
	e->asked_all = true;
	e->next = c->first;
	c->first = e;
	if (c->last == NULL)
		c->last = e;
	return e;
}

/* After a gap in the responses: did the client ask the next one only when it
 * had seen more than where the first one's answer would begin? */
static bool
first_is_past(const struct http_conn *c, const struct http_side *side)
{
	const struct exchange *e = c->first, *next = e->next;

	return e->status == 0 && next != NULL && e->has_ack && next->has_ack &&
	    seq_before(e->ack, next->ack) && !seq_before(side->seq, next->ack);
}

/* The exchange that a response belongs to; NULL when its request was not seen,
 * or is let go. */
static struct exchange *
find_asked(struct http *h, struct http_conn *c, struct http_side *side,
    bool was_lost)
{
	/* The one before ends with this, at the latest. */
	if (c->first != NULL && c->first->status != 0)
		talk_tell_first(h, c);
	while (was_lost && c->first != NULL && first_is_past(c, side)) {
		c->first->notes |= EXCHANGE_GAP;
		c->first->next->notes &= (uint8_t)~EXCHANGE_PIPELINED;
		c->first->next->has_idle = false;
		talk_tell_first(h, c);
	}
	/* Nothing answers what its sender had not yet received. */
	if (c->owed > 0 || c->first == NULL || (side->has_ack &&
	    c->first->has_ack && seq_diff(side->ack, c->first->seq) <= 0))
		return NULL;
	return c->first;
}

/* RFC 9110, 15.2: more responses to the same request follow. */
static bool
is_interim(uint16_t status)
{
	return status < 200 && status != 101;
}

/* Its final response began at time. */
static void
answer(struct exchange *e, uint16_t status, uint64_t time)
{
	e->status = status;
	e->answered = time;
	if (!e->asked_all)
		e->notes |= EXCHANGE_EARLY;
	e->has_wait = e->asked_all && !(e->notes & EXCHANGE_UNASKED) &&
	    e->answered >= e->asked;
	e->wait = e->has_wait ? e->answered - e->asked : 0;
}

static void
begin_response(struct http *h, struct http_conn *c, int from, uint64_t time,
    const struct http1_start *s)
{
	struct http_side *side = &c->side[from];
	bool was_lost = talk_is_lost(side), interim = is_interim(s->status);
	struct exchange *e;

	c->client = !from;
	c->speaks = HTTP_1;
	e = find_asked(h, c, side, was_lost);
	if (e == NULL && !interim) {
		c->owed -= c->owed > 0;
		if ((e = unasked(h, c, side)) == NULL) {
			talk_be_lost(c, from, TALK_LOST);
			return;
		}
	}
	side->head = (struct http_head){ .version = s->version,
	    .status = s->status };
	side->state = TALK_FIELDS;
	if (e == NULL)
		return;
	e->bytes[1] += side->nhead;
	e->ended = time;
	if (!interim)
		answer(e, s->status, side->since);
}

static void
say_http2(struct http_conn *c, int from)
{
	c->client = (uint8_t)from;
	c->speaks = HTTP_2;
	c->notes |= HTTP_SAYS_2;
	talk_silence(c);
}

/* Behind a gap a word may be the end of a longer one. */
static bool
is_common_method(struct http1_text t)
{
	static const char *const common[] = {
		"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE",
		"CONNECT", "PATCH"
	};

	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (t.n == strlen(common[i]) &&
		    memcmp(t.p, common[i], t.n) == 0)
			return true;
	return false;
}

bool
head_begin(struct http *h, struct http_conn *c, int from, uint64_t time,
    const char *line, size_t n)
{
	struct http1_start s;

	if (!http1_start_line(line, n, &s))
		return false;
	if (!s.is_request) {
		if (c->client == from)
			return false;
		begin_response(h, c, from, time, &s);
		return true;
	}
	if (c->client == !from || (c->side[from].state == TALK_LOST_TORN &&
	    !is_common_method(s.method)))
		return false;
	if (s.version == 20) {
		if (c->speaks != HTTP_UNKNOWN)
			return false;
		say_http2(c, from);
	} else
		begin_request(h, c, from, time, &s);
	return true;
}

static void
length_field(struct http_head *head, struct http1_text value)
{
	uint64_t length;

	if (!http1_length(value, &length) ||
	    (head->has_length && head->length != length))
		head->bad_length = true;
	head->has_length = true;
	head->length = length;
}

static void
request_field(const struct http *h, struct http_conn *c, struct exchange *e,
    const struct http1_field *f)
{
	if (http1_is(f->name, "host"))
		talk_keep(c, e, EXCHANGE_HOST, f->value);
	else if (http1_is(f->name, "expect"))
		e->expect = http1_list_has(f->value, "100-continue");
	for (unsigned i = 0; i < h->nfields; i++)
		if (http1_is(f->name, h->fields[i]))
			talk_keep(c, e, EXCHANGE_FIELD + i, f->value);
}

static void
keep_alive_field(struct http_conn *c, struct http1_text value)
{
	uint32_t v;

	if (http1_parameter(value, "timeout", &v)) {
		c->has_keep_secs = true;
		c->keep_secs = v;
	}
	if (http1_parameter(value, "max", &v)) {
		c->has_keep_max = true;
		c->keep_max = v;
	}
}

void
head_field(const struct http *h, struct http_conn *c, int from,
    const char *line, size_t n)
{
	struct http_head *head = &c->side[from].head;
	struct exchange *e = talk_current(c, from);
	struct http1_field f;

	if (!http1_field_line(line, n, &f))
		return;
	if (http1_is(f.name, "content-length"))
		length_field(head, f.value);
	else if (http1_is(f.name, "transfer-encoding")) {
		head->coded = true;
		if (f.value.n > 0)
			head->chunked = http1_list_ends(f.value, "chunked");
	} else if (http1_is(f.name, "connection")) {
		head->close |= http1_list_has(f.value, "close");
		head->keep_alive |= http1_list_has(f.value, "keep-alive");
	} else if (from != c->client && http1_is(f.name, "keep-alive"))
		keep_alive_field(c, f.value);
	if (from == c->client && e != NULL)
		request_field(h, c, e, &f);
}

/* RFC 9112, 9.3 */
static bool
persists(const struct http_head *head)
{
	return !head->close && (head->version >= 11 || head->keep_alive);
}

/* A head is complete, and a body with a length or in chunks follows, or
 * none; RFC 9112, 6.3. */
static void
begin_body(struct http *h, struct http_conn *c, int from)
{
	struct http_side *side = &c->side[from];
	struct http_head *head = &side->head;

	side->nhead = 0;
	if (head->chunked)
		side->state = TALK_CHUNK_LINE;
	else if (head->bad_length || (from == c->client && head->coded))
		talk_lose(h, c, from, TALK_LOST, EXCHANGE_LENGTH);
	else if (head->has_length && head->length > 0) {
		side->left = head->length;
		side->state = TALK_BODY;
	} else
		talk_done(h, c, from);
}

static void
request_head_done(struct http *h, struct http_conn *c)
{
	struct http_head *head = &c->side[c->client].head;
	struct exchange *e = talk_current(c, c->client);
	bool keeps = persists(head);

	if (e != NULL)
		e->keeps = keeps;
	if (!keeps)
		talk_set_cause(c, head->close ? HTTP_CLIENT_CLOSE : HTTP_10);
	begin_body(h, c, c->client);
}

/* No more HTTP comes. */
static void
become_tunnel(struct http *h, struct http_conn *c)
{
	talk_answered(h, c);
	c->has_cause = true;
	c->cause = HTTP_UPGRADE;
	talk_silence(c);
}

/* A client that was to wait for 100 does not send the body after this. */
static void
spare_body(struct http_conn *c, struct exchange *e)
{
	if (e != c->last || e->status < 300 || !talk_may_spare_body(c))
		return;
	e->asked_all = true;
	talk_be_lost(c, c->client, TALK_LOST);
}

/* The server will not keep the connection. */
static void
server_cause(struct http_conn *c, const struct http_head *head)
{
	if (!head->close)
		talk_set_cause(c, HTTP_10);
	else
		talk_set_cause(c, c->has_keep_max && c->keep_max <= 1 ?
		    HTTP_MAX_REQUESTS : HTTP_SERVER_CLOSE);
}

static void
response_head_done(struct http *h, struct http_conn *c)
{
	struct http_side *side = &c->side[!c->client];
	struct http_head *head = &side->head;
	struct exchange *e = c->first;

	if (is_interim(head->status)) {
		side->state = TALK_START;
		side->nhead = 0;
		return;
	}
	if (e == NULL) {
		talk_be_lost(c, !c->client, TALK_LOST);
		return;
	}
	if (head->status == 101 || (e->connect && head->status < 300)) {
		become_tunnel(h, c);
		return;
	}
	c->keeps = persists(head);
	c->asks_more = e->keeps;
	if (!c->keeps)
		server_cause(c, head);
	spare_body(c, e);
	if (e->head || head->status == 204 || head->status == 304)
		talk_answered(h, c);
	else if (head->chunked || (head->has_length && !head->coded))
		begin_body(h, c, !c->client);
	else
		side->state = TALK_TO_CLOSE;
}

void
head_done(struct http *h, struct http_conn *c, int from)
{
	if (from == c->client)
		request_head_done(h, c);
	else
		response_head_done(h, c);
}
