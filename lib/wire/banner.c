#include "wire/banner.h"

#include <string.h>

#include "wire/http1.h"
#include "wire/view.h"

#define STATUS_LINE	12	/* bytes of "HTTP/1.1 200" */

/* The line that begins at p, without its line end.  *next is the line after
 * it, NULL if this one is incomplete. */
static struct banner_text
line_at(const uint8_t *p, const uint8_t *end, const uint8_t **next)
{
	const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
	struct banner_text line = { p, (size_t)(end - p) };

	*next = NULL;
	if (newline == NULL)
		return line;
	*next = newline + 1;
	line.n = (size_t)(newline - p);
	if (line.n > 0 && newline[-1] == '\r')
		line.n--;
	return line;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* The status of "HTTP/1.1 200", which may be incomplete. */
static enum banner
scan_status(const uint8_t *p, size_t n, unsigned *status)
{
	static const char shape[] = "HTTP/0.0 000";

	for (size_t i = 0; i < n && i < STATUS_LINE; i++)
		if (shape[i] == '0' ? !is_digit(p[i]) :
		    p[i] != (uint8_t)shape[i])
			return BANNER_NOT;
	if (n < STATUS_LINE)
		return BANNER_MORE;
	if (n > STATUS_LINE && is_digit(p[STATUS_LINE]))
		return BANNER_NOT;
	*status = (p[9] - '0') * 100u + (p[10] - '0') * 10u + (p[11] - '0');
	return BANNER_DONE;
}

/* The value of a field line, if the field has this name. */
static struct banner_text
value_of(struct banner_text line, const char *name)
{
	struct http1_field f;

	if (!http1_field_line((const char *)line.p, line.n, &f) ||
	    !http1_is(f.name, name))
		return (struct banner_text){ NULL, 0 };
	return (struct banner_text){ (const uint8_t *)f.value.p, f.value.n };
}

/* The Server field of the head whose status line ends at p.  *end_of_head is
 * where the head ends, NULL if it is incomplete. */
static struct banner_text
find_server(const uint8_t *p, const uint8_t *end, const uint8_t **end_of_head)
{
	struct banner_text server = { NULL, 0 };

	while (p != NULL && p < end) {
		const uint8_t *next;
		struct banner_text line = line_at(p, end, &next);

		if (next == NULL)
			break;
		if (line.n == 0) {
			*end_of_head = next;
			return server;
		}
		if (server.n == 0)
			server = value_of(line, "server");
		p = next;
	}
	*end_of_head = NULL;
	return server;
}

enum banner
banner_http(const uint8_t *p, size_t n, bool all, struct banner_http *http)
{
	const uint8_t *end = p + n;
	enum banner found;

	for (;;) {
		const uint8_t *next, *after;

		*http = (struct banner_http){ 0 };
		found = scan_status(p, (size_t)(end - p), &http->status);
		if (found != BANNER_DONE)
			return found;
		line_at(p, end, &next);
		http->server = find_server(next, end, &after);
		/* 101 is a final response: another protocol follows. */
		if (http->status / 100 != 1 || http->status == 101)
			return all || after != NULL || http->server.n != 0 ?
			    BANNER_DONE : BANNER_MORE;
		if (after == NULL || (after == end && all))
			return all ? BANNER_DONE : BANNER_MORE;
		p = after;
	}
}

/* A little-endian number, as all of MySQL's are. */
static unsigned
le(const uint8_t *p, size_t n)
{
	unsigned v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

enum banner
banner_mysql(const uint8_t *p, size_t n, struct banner_mysql *mysql)
{
	struct view v = view_of(p, n);
	const uint8_t *header = view_bytes(&v, 5), *nul, *number;
	size_t len;

	*mysql = (struct banner_mysql){ 0 };
	if (header == NULL)
		return BANNER_MORE;
	len = le(header, 3);
	/* The first packet has number 0, and room for a version and its NUL. */
	if (header[3] != 0 || len < 3)
		return BANNER_NOT;
	view_limit(&v, len - 1);
	if (header[4] == 0xff) {
		if ((number = view_bytes(&v, 2)) == NULL)
			return BANNER_MORE;
		mysql->error = le(number, 2);
		return mysql->error != 0 ? BANNER_DONE : BANNER_NOT;
	}
	if (header[4] != 9 && header[4] != 10)
		return BANNER_NOT;
	mysql->version.p = v.p;
	nul = memchr(v.p, '\0', view_left(&v));
	if (nul == NULL)
		return view_left(&v) == len - 1 ? BANNER_NOT : BANNER_MORE;
	mysql->version.n = (size_t)(nul - v.p);
	return mysql->version.n > 0 ? BANNER_DONE : BANNER_NOT;
}
