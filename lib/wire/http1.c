#include "wire/http1.h"

#include <string.h>
#include <strings.h>

#define LENGTH_MAX	(UINT64_C(1) << 62)	/* beyond it: not a length */
#define METHOD_MAX	32	/* the longest in use has 17 bytes */
#define COMMON_MAX	7	/* bytes of a common one */

/* RFC 9110, 5.6.2 */
static bool
is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t
token_len(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_token(p[i]))
		i++;
	return i;
}

static struct http1_text
trim(const char *p, size_t n)
{
	while (n > 0 && is_blank(*p)) {
		p++;
		n--;
	}
	while (n > 0 && is_blank(p[n - 1]))
		n--;
	return (struct http1_text){ p, n };
}

/* The version 11 of "HTTP/1.1" in the 8 bytes at p; 0 if they are not one. */
static uint8_t
scan_version(const char *p)
{
	if (memcmp(p, "HTTP/", 5) != 0 || !is_digit(p[5]) || p[6] != '.' ||
	    !is_digit(p[7]))
		return 0;
	return (uint8_t)(10 * (p[5] - '0') + p[7] - '0');
}

uint16_t
http1_status(struct http1_text t)
{
	if (t.n != 3 || t.p[0] == '0' || !is_digit(t.p[0]) ||
	    !is_digit(t.p[1]) || !is_digit(t.p[2]))
		return 0;
	return (uint16_t)(100 * (t.p[0] - '0') + 10 * (t.p[1] - '0') +
	    t.p[2] - '0');
}

static bool
status_line(const char *line, size_t n, struct http1_start *s)
{
	if (n < 12 || line[8] != ' ' || (n > 12 && line[12] != ' '))
		return false;
	s->version = scan_version(line);
	s->status = http1_status((struct http1_text){ line + 9, 3 });
	return s->version / 10 == 1 && s->status > 0;
}

bool
http1_is_common(struct http1_text t)
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

static struct http1_text
last_word(const char *line, size_t n)
{
	struct http1_text word = { line + n, 0 };

	while (word.p > line && !is_blank(word.p[-1])) {
		word.p--;
		word.n++;
	}
	return word;
}

/* Where the version of a request line of n bytes begins, or n. */
static size_t
version_at(const char *line, size_t n)
{
	struct http1_text word = last_word(line, n);

	return word.n == 8 || (word.n > 9 && word.p[8] == '.') ?
	    n - word.n : n;
}

/*
 * How many bytes before a common method are left over from a body that is
 * longer than its Content-Length.  0 if a capital, '-' or '_' precedes the
 * common method, since the whole word can then be a method.
 */
static size_t
glued(const char *method, size_t n)
{
	for (size_t i = 1; i + 3 <= n; i++) {
		char c = method[i - 1];

		if (http1_is_common((struct http1_text){ method + i, n - i }))
			return (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ?
			    0 : i;
	}
	return 0;
}

static bool
request_line(const char *line, size_t n, struct http1_start *s)
{
	size_t nmethod = token_len(line, n), at, extra;

	while (n > 0 && is_blank(line[n - 1]))
		n--;
	at = version_at(line, n);
	if (nmethod == 0 || nmethod > METHOD_MAX || at == n ||
	    at < nmethod + 3 ||
	    line[nmethod] != ' ' || line[at - 1] != ' ')
		return false;
	s->is_request = true;
	s->version = scan_version(line + at);
	extra = glued(line, nmethod);
	s->malformed = n - at > 8 || extra > 0;
	s->method = (struct http1_text){ line + extra, nmethod - extra };
	s->target = trim(line + nmethod, at - nmethod);
	return s->target.n > 0 && (s->version / 10 == 1 ||
	    (n == sizeof HTTP2_PREFACE - 3 &&
	    memcmp(line, HTTP2_PREFACE, n) == 0));
}

/*
 * Lines that were meant as start lines.
 */
/* Servers send other versions and more blanks, too; SHOUTcast sends "ICY". */
static bool
malformed_status(const char *line, size_t n, struct http1_start *s)
{
	size_t at = n > 4 && memcmp(line, "ICY ", 4) == 0 ? 3 : 8;

	if (n < at || (at == 8 && memcmp(line, "HTTP/", 5) != 0))
		return false;
	s->version = at == 3 ? 10 : scan_version(line);
	while (at < n && is_blank(line[at]))
		at++;
	if (n < at + 3 || !is_blank(line[at - 1]) ||
	    (n > at + 3 && is_digit(line[at + 3])))
		return false;
	s->status = http1_status((struct http1_text){ line + at, 3 });
	if (s->version > 0 && s->version != 11)
		s->version = s->version > 11 ? 11 : 10;
	return s->version > 0 && s->status > 0;
}

/* The first word of a line, without leading bytes that are not printable. */
static struct http1_text
first_word(const char *line, size_t n)
{
	struct http1_text word = { line, 0 };

	while (n > 0 && (*word.p <= ' ' || *word.p >= 0x7f)) {
		word.p++;
		n--;
	}
	while (word.n < n && !is_blank(word.p[word.n]))
		word.n++;
	return word;
}

/* Requests of RTSP, SIP and ICAP end in their versions. */
static bool
is_other_version(struct http1_text t)
{
	const char *slash = memchr(t.p, '/', t.n);

	return slash != NULL && t.n >= 3 && slash > t.p &&
	    (size_t)(slash - t.p) < t.n - 1 && is_digit(slash[1]) &&
	    is_token(*t.p) && memchr(t.p, ':', t.n) == NULL;
}

static bool
malformed_request(const char *line, size_t n, struct http1_start *s)
{
	struct http1_text method = first_word(line, n), last, rest;
	bool is_http;

	s->is_request = true;
	while (n > 0 && is_blank(line[n - 1]))
		n--;
	last = last_word(line, n);
	is_http = last.n >= 5 && strncasecmp(last.p, "HTTP/", 5) == 0;
	if (method.n == 0 || method.n > METHOD_MAX ||
	    method.p + method.n >= last.p + last.n ||
	    (!is_http && (!http1_is_common(method) || is_other_version(last))))
		return false;
	s->version = is_http && last.n >= 8 && memcmp(last.p, "HTTP/1.", 7) ==
	    0 ? scan_version(last.p) : 0;
	rest.p = method.p + method.n;
	rest.n = (size_t)((is_http ? last.p : last.p + last.n) - rest.p);
	s->method = method;
	s->target = trim(rest.p, rest.n);
	return (s->target.n > 0 || http1_is_common(method)) &&
	    s->version <= 11;
}

bool
http1_malformed(const char *line, size_t n, struct http1_start *s)
{
	*s = (struct http1_start){ .malformed = true };
	if (malformed_status(line, n, s))
		return true;
	*s = (struct http1_start){ .malformed = true };
	return malformed_request(line, n, s);
}

bool
http1_begins(const uint8_t *p, size_t n)
{
	static const char *const starts[] = {
		"HTTP/1.0 ", "HTTP/1.1 ", "PRI * HTTP/2.0\r"
	};
	const char *line = (const char *)p, *blank;

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (n > strlen(starts[i]) &&
		    memcmp(p, starts[i], strlen(starts[i])) == 0)
			return true;
	blank = n > 1 ? memchr(line, ' ', n - 1 < COMMON_MAX + 1 ? n - 1 :
	    COMMON_MAX + 1) : NULL;
	return blank != NULL && http1_is_common((struct http1_text){ line,
	    (size_t)(blank - line) });
}

bool
http1_is_fold(const char *line, size_t n, struct http1_text *value)
{
	if (n == 0 || !is_blank(*line))
		return false;
	*value = trim(line, n);
	return true;
}

bool
http1_start_line(const char *line, size_t n, struct http1_start *s)
{
	*s = (struct http1_start){ 0 };
	return status_line(line, n, s) || request_line(line, n, s);
}

bool
http1_may_start(const char *text, size_t n)
{
	size_t i;

	if (is_blank(text[0]))
		return false;
	i = token_len(text, n);
	/* What follows the method or "HTTP", if anything does yet. */
	return i <= METHOD_MAX && (i == n || (i > 0 && (text[i] == ' ' ||
	    (text[i] == '/' && i == 4 && memcmp(text, "HTTP", 4) == 0))));
}

bool
http1_field_line(const char *line, size_t n, struct http1_field *f)
{
	size_t nname = token_len(line, n), at = nname;

	while (at < n && is_blank(line[at]))
		at++;
	if (nname == 0 || at == n || line[at] != ':')
		return false;
	f->name = (struct http1_text){ line, nname };
	f->value = trim(line + at + 1, n - at - 1);
	return true;
}

bool
http1_is(struct http1_text t, const char *name)
{
	return t.n == strlen(name) && strncasecmp(t.p, name, t.n) == 0;
}

/* Remove the first item of a list; it is empty at the end of the list. */
static struct http1_text
next_of(struct http1_text *list)
{
	struct http1_text item = { list->p, 0 };

	while (item.n == 0 && list->n > 0) {
		const char *comma = memchr(list->p, ',', list->n);
		size_t n = comma != NULL ? (size_t)(comma - list->p) : list->n;

		item = trim(list->p, n);
		n += comma != NULL;
		list->p += n;
		list->n -= n;
	}
	return item;
}

bool
http1_list_has(struct http1_text list, const char *token)
{
	struct http1_text item;

	while ((item = next_of(&list)).n > 0)
		if (http1_is(item, token))
			return true;
	return false;
}

bool
http1_list_ends(struct http1_text list, const char *token)
{
	struct http1_text item, last = { NULL, 0 };

	while ((item = next_of(&list)).n > 0)
		last = item;
	return last.n > 0 && http1_is(last, token);
}

bool
http1_parameter(struct http1_text list, const char *name, uint32_t *v)
{
	size_t nname = strlen(name);
	struct http1_text item;

	while ((item = next_of(&list)).n > 0) {
		uint64_t number;

		if (item.n > nname && item.p[nname] == '=' &&
		    strncasecmp(item.p, name, nname) == 0 &&
		    http1_length((struct http1_text){ item.p + nname + 1,
		    item.n - nname - 1 }, &number) && number <= UINT32_MAX) {
			*v = (uint32_t)number;
			return true;
		}
	}
	return false;
}

static bool
scan_decimal(struct http1_text t, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < t.n; i++) {
		if (!is_digit(t.p[i]) || *v > LENGTH_MAX / 10)
			return false;
		*v = 10 * *v + (uint64_t)(t.p[i] - '0');
	}
	return t.n > 0;
}

bool
http1_length(struct http1_text value, uint64_t *length)
{
	struct http1_text item = next_of(&value);
	uint64_t again;

	if (!scan_decimal(item, length))
		return false;
	while ((item = next_of(&value)).n > 0)
		if (!scan_decimal(item, &again) || again != *length)
			return false;
	return true;
}

static int
hex(char c)
{
	return is_digit(c) ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
http1_chunk_size(const char *line, size_t n, uint64_t *size)
{
	size_t i = 0;

	*size = 0;
	for (; i < n && hex(line[i]) >= 0; i++) {
		if (*size > LENGTH_MAX / 16)
			return false;
		*size = 16 * *size + (uint64_t)hex(line[i]);
	}
	if (i == 0)
		return false;
	while (i < n && is_blank(line[i]))
		i++;
	return i == n || line[i] == ';';
}
