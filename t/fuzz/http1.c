/* Any bytes as a line of HTTP/1: the parts lie within the line, and a line that
 * is put together from them is parsed to the same parts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static void
inside(struct http1_text t, const char *p, size_t n)
{
	must(t.p >= p && t.p <= p + n && t.n <= (size_t)(p + n - t.p));
}

static bool
same(struct http1_text a, struct http1_text b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Both, with text between and after them, in memory of that size. */
static char *
joined(struct http1_text a, const char *between, struct http1_text b,
    const char *after, size_t *n)
{
	char *text;

	*n = a.n + strlen(between) + b.n + strlen(after);
	if ((text = malloc(*n)) == NULL)
		abort();
	memcpy(text, a.p, a.n);
	memcpy(text + a.n, between, strlen(between));
	memcpy(text + a.n + strlen(between), b.p, b.n);
	memcpy(text + *n - strlen(after), after, strlen(after));
	return text;
}

static void
check_start(const char *line, size_t n)
{
	struct http1_start s, again;
	char version[12], *text;
	size_t ntext;

	if (!http1_start_line(line, n, &s))
		return;
	must(s.version == 20 || s.version / 10 == 1);
	for (size_t i = 1; i <= n && i < 64; i++)
		must(http1_may_start(line, i));
	if (!s.is_request) {
		must(s.status >= 100 && s.status <= 999);
		return;
	}
	inside(s.method, line, n);
	inside(s.target, line, n);
	must(s.method.n > 0 && s.target.n > 0);
	snprintf(version, sizeof version, " HTTP/%u.%u", s.version / 10u,
	    s.version % 10u);
	text = joined(s.method, " ", s.target, version, &ntext);
	must(http1_start_line(text, ntext, &again) && again.is_request &&
	    again.version == s.version && same(again.method, s.method) &&
	    same(again.target, s.target));
	free(text);
}

static void
check_malformed(const char *line, size_t n)
{
	struct http1_start s;

	if (!http1_malformed(line, n, &s))
		return;
	must(s.malformed && (s.version == 0 || s.version == 10 ||
	    s.version == 11 || (s.version / 10 == 1 && s.is_request)));
	if (!s.is_request) {
		must(s.status >= 100 && s.status <= 999);
		return;
	}
	inside(s.method, line, n);
	inside(s.target, line, n);
	must(s.method.n > 0);
}

static void
check_list(struct http1_text list)
{
	uint64_t length, again;
	uint32_t v;
	char text[32];

	must(!http1_list_ends(list, "chunked") ||
	    http1_list_has(list, "chunked"));
	must(!http1_is(list, "close") || http1_list_ends(list, "close"));
	http1_parameter(list, "max", &v);
	if (!http1_length(list, &length))
		return;
	snprintf(text, sizeof text, "%llu", (unsigned long long)length);
	must(http1_length((struct http1_text){ text, strlen(text) }, &again) &&
	    again == length);
}

static void
check_field(const char *line, size_t n)
{
	struct http1_field f, again;
	size_t ntext;
	char *text;

	if (!http1_field_line(line, n, &f))
		return;
	inside(f.name, line, n);
	inside(f.value, line, n);
	must(f.name.n > 0);
	text = joined(f.name, ":\t", f.value, " ", &ntext);
	must(http1_field_line(text, ntext, &again) &&
	    same(again.name, f.name) && same(again.value, f.value));
	free(text);
	check_list(f.value);
}

static void
check_chunk(const char *line, size_t n)
{
	uint64_t size, again;
	char text[32];

	if (!http1_chunk_size(line, n, &size))
		return;
	must(size < UINT64_MAX / 2);
	snprintf(text, sizeof text, "%llX;x", (unsigned long long)size);
	must(http1_chunk_size(text, strlen(text), &again) && again == size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data;

	if (n == 0)
		return 0;
	http1_may_start(text, n);
	check_start(text, n);
	check_malformed(text, n);
	check_list((struct http1_text){ text, n });
	check_field(text, n);
	check_chunk(text, n);
	return 0;
}
