#include "wire/proxy.h"

#include <string.h>

#include "wire/view.h"

/*
 * PROXY.
 */
#define LINE_MAX_1	107	/* bytes of a line, without its end */

/* The next word of a line, of *n bytes; NULL at the end of the line. */
static const char *
next_word(const char **line, const char *end, size_t *n)
{
	const char *word = *line, *blank;

	if (word >= end)
		return NULL;
	blank = memchr(word, ' ', (size_t)(end - word));
	*n = (size_t)((blank != NULL ? blank : end) - word);
	*line = word + *n + 1;
	return word;
}

static bool
scan_addr(const char *word, size_t n, struct addr *a)
{
	char text[ADDR_PADDING + ADDR_TEXT_MAX + ADDR_PADDING] = "";

	if (n == 0 || n > ADDR_TEXT_MAX)
		return false;
	memcpy(text + ADDR_PADDING, word, n);
	return addr_scan(text + ADDR_PADDING, n, a) == n;
}

static bool
scan_port(const char *word, size_t n, uint16_t *port)
{
	unsigned v = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		v = 10 * v + (unsigned)(word[i] - '0');
	}
	*port = (uint16_t)v;
	return v <= UINT16_MAX;
}

bool
proxy_line(const char *line, size_t n, struct endpoint *client, bool *known)
{
	const char *end = line + n, *at = line + 11, *word[3];
	size_t len[3] = { 0, 0, 0 };

	*known = false;
	if (n < 11 || n > LINE_MAX_1 || (memcmp(line, "PROXY TCP4 ", 11) != 0 &&
	    memcmp(line, "PROXY TCP6 ", 11) != 0))
		return n >= 13 && n <= LINE_MAX_1 &&
		    memcmp(line, "PROXY UNKNOWN", 13) == 0;
	for (unsigned i = 0; i < 3; i++)
		word[i] = next_word(&at, end, &len[i]);
	*known = word[2] != NULL &&
	    scan_addr(word[0], len[0], &client->addr) &&
	    scan_port(word[2], len[2], &client->port);
	return true;
}

bool
proxy_client(const uint8_t head[2], const uint8_t *p, size_t n,
    struct endpoint *client)
{
	bool v6 = head[1] == 0x21;	/* over TCP; 0x11 is IPv4 */
	size_t size = v6 ? 16 : 4;

	if (head[0] != 0x21 || (head[1] != 0x11 && !v6) || n < 2 * size + 4)
		return false;
	*client = (struct endpoint){ .addr = { .v6 = v6 },
	    .port = be16(p + 2 * size) };
	memcpy(client->addr.b, p, size);
	return true;
}

/*
 * SOCKS.
 */
#define METHODS_MAX	16	/* of authentication; 10 are assigned */

enum { CONNECT = 1, BIND };
enum { IPV4 = 1, NAME = 3, IPV6 = 4 };

static enum proxy_message
sized(size_t n, size_t want, size_t *len, enum proxy_message what)
{
	*len = want;
	return n < want ? PROXY_MORE : what;
}

/* A request of SOCKS 4: a port, an address and a user that ends in 0; of 4a,
 * where the address is 0.0.0.x, a name that does. */
static enum proxy_message
request_4(const uint8_t *p, size_t n, size_t *len)
{
	size_t at = 8;
	unsigned texts;

	if (n >= 2 && p[1] != CONNECT && p[1] != BIND)
		return PROXY_NOT;
	if (n < at)
		return PROXY_MORE;
	texts = p[4] == 0 && p[5] == 0 && p[6] == 0 && p[7] != 0 ? 2 : 1;
	for (; texts > 0 && at < n && at < PROXY_MESSAGE_MAX; at++)
		texts -= p[at] == 0;
	if (at == PROXY_MESSAGE_MAX && texts > 0)
		return PROXY_NOT;
	*len = at;
	return texts > 0 ? PROXY_MORE : PROXY_LAST;
}

/* A request of SOCKS 5, or its reply: an address and a port. */
static enum proxy_message
request_5(const uint8_t *p, size_t n, size_t *len)
{
	if (n >= 3 && p[2] != 0)
		return PROXY_NOT;
	if (n < 5)
		return PROXY_MORE;
	switch (p[3]) {
	case IPV4:
		return sized(n, 10, len, PROXY_LAST);
	case NAME:
		return sized(n, 7 + (size_t)p[4], len, PROXY_LAST);
	case IPV6:
		return sized(n, 22, len, PROXY_LAST);
	default:
		return PROXY_NOT;
	}
}

/* A user and a password, of two lengths. */
static enum proxy_message
password(const uint8_t *p, size_t n, size_t *len)
{
	size_t user = n >= 2 ? p[1] : 0;

	if (n < 3 + user)
		return PROXY_MORE;
	return sized(n, 3 + user + p[2 + user], len, PROXY_HELLO);
}

static enum proxy_message
from_client(const uint8_t *p, size_t n, bool first, size_t *len)
{
	if (p[0] == 4 && first)
		return request_4(p, n, len);
	if (p[0] == 1 && !first)
		return password(p, n, len);
	if (p[0] != 5)
		return PROXY_NOT;
	if (!first)
		return request_5(p, n, len);
	if (n < 2)
		return PROXY_MORE;
	return p[1] == 0 || p[1] > METHODS_MAX ? PROXY_NOT :
	    sized(n, 2 + (size_t)p[1], len, PROXY_HELLO);
}

static enum proxy_message
from_proxy(const uint8_t *p, size_t n, bool first, size_t *len)
{
	if (p[0] == 0 && first)
		return n >= 2 && (p[1] < 0x5a || p[1] > 0x5d) ? PROXY_NOT :
		    sized(n, 8, len, PROXY_LAST);
	if (p[0] == 5 && !first)
		return request_5(p, n, len);
	return p[0] == (first ? 5 : 1) ? sized(n, 2, len, PROXY_HELLO) :
	    PROXY_NOT;
}

enum proxy_message
proxy_socks(const uint8_t *p, size_t n, bool client, bool first, size_t *len)
{
	return client ? from_client(p, n, first, len) :
	    from_proxy(p, n, first, len);
}
