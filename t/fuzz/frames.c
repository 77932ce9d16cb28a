/*
 * Any bytes as HTTP/2: steps of a byte, side and how many bytes follow, or are
 * missing.  What is held is bounded; an exchange is reported once, and its
 * texts lie within its memory.
 */
#include <stdlib.h>
#include <string.h>

#include "../holds.h"
#include "wire/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
static uint32_t reported, last;
static bool closed;

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static void
on_exchange(void *arg, const struct http_conn *c, const struct exchange *e)
{
	(void)arg;
	(void)c;
	reported += !(e->notes & EXCHANGE_UNASKED);
	last = e->number > last ? e->number : last;
	for (unsigned i = 0; i < EXCHANGE_PARTS; i++)
		must(e->part[i].at + e->part[i].n <= e->ntext);
	must(!e->has_wait || e->request_ended + e->wait == e->response_began);
}

static void
on_closed(void *arg, const struct http_conn *c)
{
	(void)arg;
	must(!closed && c->requests == reported && last <= reported);
	closed = true;
}

static void
on_line(void *arg, unsigned topic, const char *text)
{
	(void)arg;
	must(topic <= HTTP_EXPLAIN_EXCHANGE && strlen(text) > 0);
}

static void
send_bytes(struct http *h, uint32_t i, int from, uint32_t seq[2],
    const uint8_t *p, uint32_t n, uint16_t flags)
{
	static uint64_t now = 1700000000 * NS_PER_S;
	struct tcp tcp = { .flags = flags, .seq = seq[from],
	    .ack = seq[!from], .len = n };
	uint8_t *copy = malloc(n + (n == 0));
	const struct connection *c;

	must(copy != NULL);
	if (n > 0)
		memcpy(copy, p, n);
	now += 60 * NS_PER_MS;
	http_segment(h, i, from, now, &tcp,
	    http_unwanted(h, i, from, &tcp) ? NULL : copy,
	    http_unwanted(h, i, from, &tcp) ? 0 : n);
	free(copy);
	seq[from] += n + (flags & TCP_SYN ? 1 : 0);
	c = flow_state(&h->flows, i);
	must(c->over || holds_right(c));
}

/* A byte: bit 7, the side; bit 6, missing; the others, how many bytes. */
static size_t
step(struct http *h, uint32_t i, uint32_t seq[2], const uint8_t *p, size_t n)
{
	int from = p[0] >> 7;
	size_t size = (size_t)(p[0] & 0x3f) * 4 + 1;

	if (size > n - 1)
		size = n - 1;
	if (p[0] & 0x40) {
		seq[from] += (uint32_t)size;
		return 1;
	}
	send_bytes(h, i, from, seq, p + 1, (uint32_t)size, TCP_ACK);
	return size + 1;
}

/* The first byte: whether the beginning, and the preface, were captured. */
static void
begin(struct http *h, uint32_t i, uint32_t seq[2], int client, unsigned how)
{
	if (how & 1) {
		send_bytes(h, i, client, seq, NULL, 0, TCP_SYN);
		send_bytes(h, i, !client, seq, NULL, 0,
		    TCP_SYN | TCP_ACK);
	}
	if (how & 2)
		send_bytes(h, i, client, seq,
		    (const uint8_t *)preface, sizeof preface - 1, TCP_ACK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct endpoint ends[2] = { { .port = 1 }, { .port = 2 } };
	uint32_t seq[2] = { 0, 0 }, i;
	struct flow_key key;
	struct http h;

	if (n == 0 || http_open(&h, 1, 3600 * NS_PER_S, 1) < 0)
		return 0;
	reported = last = 0;
	closed = false;
	h.explain = (struct explain){ n % 3 == 0 ? ~0u : 0, on_line, NULL };
	h.exchange = on_exchange;
	h.closed = on_closed;
	flow_key(&key, flow_end(&h.flows, "C", 1), flow_end(&h.flows, "S", 1));
	i = http_begin(&h, &key, 0, 1700000000 * NS_PER_S, &ends[0], &ends[1]);
	begin(&h, i, seq, 0, data[0]);
	for (size_t at = 1; at < n;)
		at += step(&h, i, seq, data + at, n - at);
	http_end(&h);
	http_free(&h);
	return 0;
}
