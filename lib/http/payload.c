#include "http/payload.h"

#include <stdlib.h>
#include <string.h>

/* The length of the text up to the end of the first head in it, if any. */
static size_t
head_end(const char *text, size_t n)
{
	static const char end[] = "\\r\\n\\r\\n";
	const char *at = memmem(text, n, end, sizeof end - 1);

	return at != NULL ? (size_t)(at - text) + sizeof end - 1 : n;
}

static int
make_room(struct payload *p, size_t n)
{
	if (n <= p->size)
		return 0;
	free(p->bytes);
	p->bytes = malloc(n);
	p->size = p->bytes != NULL ? n : 0;
	return p->bytes != NULL ? 0 : -1;
}

/* Unescape text to p->bytes; at most max of them belong to the segment. */
static uint32_t
unescape(struct payload *p, const char *text, size_t n, uint32_t max)
{
	size_t nbytes = p->unescape(p->bytes, text, n);

	return nbytes < max ? (uint32_t)nbytes : max;
}

/* The segment with the first n bytes of the payload alone. */
static struct tcp
first_part(const struct tcp *tcp, uint32_t n)
{
	struct tcp part = *tcp;

	part.len = n;
	part.flags &= (uint16_t)~(TCP_FIN | TCP_RST);
	return part;
}

/* The segment without the first n bytes of the payload. */
static struct tcp
second_part(const struct tcp *tcp, uint32_t n)
{
	struct tcp part = *tcp;

	part.seq += n + ((tcp->flags & TCP_SYN) != 0);
	part.len -= n;
	part.flags &= (uint16_t)~TCP_SYN;
	return part;
}

int
payload_segment(struct payload *p, struct http *h, uint32_t i, int from,
    uint64_t now, const struct tcp *tcp, const char *text, size_t n)
{
	size_t nhead = head_end(text, n);
	struct tcp part = *tcp;
	uint32_t nbytes;

	if (make_room(p, n) < 0)
		return -1;
	nbytes = unescape(p, text, nhead, tcp->len);
	if (nhead < n && nbytes < tcp->len) {
		part = first_part(tcp, nbytes);
		http_segment(h, i, from, now, &part, p->bytes, nbytes);
		part = second_part(tcp, nbytes);
		nbytes = http_unwanted(h, i, from, &part) ? 0 :
		    unescape(p, text + nhead, n - nhead, part.len);
	}
	http_segment(h, i, from, now, &part, p->bytes, nbytes);
	return 0;
}

void
payload_free(struct payload *p)
{
	free(p->bytes);
	*p = (struct payload){ .unescape = p->unescape };
}
