/*
 * Payload that is escaped text gives what its bytes give, and bodies are not
 * unescaped.
 */
#include <stdlib.h>

#include "check.h"
#include "http/payload.h"
#include "rec/text.h"
#include "wire/units.h"

#define GET	"GET /a\\tb HTTP/1.1\\r\\nHost: \\xff\\r\\n\\r\\n"
#define OK(n)	"HTTP/1.1 200 OK\\r\\nContent-Length: " n "\\r\\n\\r\\n"

static struct http h;
static uint32_t conn, next[2];
static size_t unescaped;	/* characters, so far */
static unsigned exchanges;
static struct exchange last;	/* without its text */
static char target[16], host[16];

static size_t
count_unescaped(void *out, const char *text, size_t n)
{
	unescaped += n;
	return text_unescape(out, text, n);
}

static void
copy(char out[16], struct http1_text t)
{
	CHECK(t.n < 16);
	memcpy(out, t.p, t.n);
	out[t.n] = '\0';
}

static void
on_exchange(void *arg, const struct http_conn *c, const struct exchange *e)
{
	(void)arg;
	(void)c;
	exchanges++;
	last = *e;
	copy(target, exchange_text(e, EXCHANGE_TARGET));
	copy(host, exchange_text(e, EXCHANGE_HOST));
}

static void
on_closed(void *arg, const struct http_conn *c)
{
	(void)arg;
	(void)c;
}

static size_t
length(const char *text)
{
	char bytes[1000];

	CHECK(strlen(text) < sizeof bytes);
	return text_unescape(bytes, text, strlen(text));
}

/* A segment of len bytes, of which the text was captured. */
static void
segment(struct payload *p, int from, unsigned flags, const char *text,
    size_t len)
{
	struct tcp tcp = { .flags = (uint16_t)flags, .seq = next[from],
	    .ack = next[!from], .len = (uint32_t)len };

	next[from] += (uint32_t)len + !!(flags & TCP_SYN) +
	    !!(flags & TCP_FIN);
	CHECK_NUM(payload_segment(p, &h, conn, from, NS_PER_S, &tcp, text,
	    strlen(text)), 0);
}

static void
sends(struct payload *p, int from, const char *text)
{
	segment(p, from, TCP_ACK, text, length(text));
}

/* A connection whose client, side 0, has sent its SYN. */
static void
begin(struct payload *p)
{
	struct endpoint ends[2] = { { .port = 1 }, { .port = 2 } };
	struct flow_key key;

	*p = (struct payload){ .unescape = count_unescaped };
	if (http_open(&h, 4, 1000 * NS_PER_S, 1) < 0)
		abort();
	h.exchange = on_exchange;
	h.closed = on_closed;
	flow_key(&key, flow_end(&h.flows, "C", 1), flow_end(&h.flows, "S", 1));
	conn = http_begin(&h, &key, 0, NS_PER_S, &ends[0], &ends[1]);
	next[0] = 1000;
	next[1] = 2000;
	segment(p, 0, TCP_SYN, "", 0);
	unescaped = exchanges = 0;
}

static void
end(struct payload *p)
{
	http_end(&h);
	http_free(&h);
	payload_free(p);
}

static void
check_bodies(void)
{
	struct payload p;

	begin(&p);
	sends(&p, 0, GET);
	CHECK_NUM(unescaped, strlen(GET));
	unescaped = 0;
	sends(&p, 1, OK("6") "\\x00\\\\cdef");
	CHECK_NUM(unescaped, strlen(OK("6")));
	CHECK_NUM(exchanges, 1);
	CHECK_NUM(last.status, 200);
	CHECK_NUM(last.bytes[0], length(GET));
	CHECK_NUM(last.bytes[1], length(OK("6")) + 6);
	CHECK_TEXT(target, "/a\tb");
	CHECK_TEXT(host, "\xff");
	CHECK_NUM(h.gaps, 0);
	end(&p);
}

/* What follows a head is unescaped if it is the next head. */
static void
check_pipelined(void)
{
	struct payload p;

	begin(&p);
	sends(&p, 0, GET GET GET);
	sends(&p, 1, OK("0") OK("1") "x" OK("0"));
	CHECK_NUM(exchanges, 3);
	CHECK_NUM(last.number, 3);
	CHECK_NUM(last.status, 200);
	end(&p);
}

/* The flags belong to the right part: SYN to the first, FIN to the second. */
static void
check_flags(void)
{
	struct payload p;

	begin(&p);
	next[0] = 1000;
	segment(&p, 0, TCP_SYN | TCP_FIN, GET GET, length(GET GET));
	segment(&p, 1, TCP_SYN | TCP_ACK, "", 0);
	sends(&p, 1, OK("0"));
	segment(&p, 1, TCP_ACK | TCP_FIN, OK("2") "x\\n", length(OK("2")) + 2);
	CHECK_NUM(exchanges, 2);
	CHECK_NUM(last.notes, EXCHANGE_PIPELINED);
	CHECK_NUM(h.gaps, 0);
	end(&p);
}

/* What the capture cut off is a gap: harmless in a body. */
static void
check_cut(void)
{
	struct payload p;

	begin(&p);
	sends(&p, 0, GET);
	segment(&p, 1, TCP_ACK, OK("500") "abc", length(OK("500")) + 500);
	CHECK_NUM(exchanges, 1);
	CHECK_NUM(last.notes, 0);
	sends(&p, 0, GET);
	segment(&p, 1, TCP_ACK, OK("500"), length(OK("500")) + 500);
	CHECK_NUM(exchanges, 2);
	sends(&p, 0, GET);
	segment(&p, 1, TCP_ACK, "HTTP/1.1 2", 100);
	CHECK_NUM(h.gaps, 1);
	end(&p);
}

/* More text than the segment has bytes: the rest is not part of it. */
static void
check_too_long(void)
{
	struct payload p;

	begin(&p);
	segment(&p, 0, TCP_ACK, GET "GET /b", length(GET));
	sends(&p, 0, GET);
	sends(&p, 1, OK("0") OK("0"));
	CHECK_NUM(exchanges, 2);
	CHECK_TEXT(target, "/a\tb");
	end(&p);
}

int
main(void)
{
	check_bodies();
	check_pipelined();
	check_flags();
	check_cut();
	check_too_long();
	return check_failures != 0;
}
