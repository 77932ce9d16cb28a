/* Lines of HTTP/1 and ClientHellos: what is found lies inside of what was
 * given, and is found again in what is written from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/http1.h"
#include "wire/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static void
inside(struct http_text t, const char *p, size_t n)
{
	must(t.p >= p && t.p <= p + n && t.n <= (size_t)(p + n - t.p));
}

static bool
same(struct http_text a, struct http_text b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Both, with text between and behind, in memory of exactly that size. */
static char *
joined(struct http_text a, const char *between, struct http_text b,
    const char *behind, size_t *n)
{
	char *text;

	*n = a.n + strlen(between) + b.n + strlen(behind);
	if ((text = malloc(*n)) == NULL)
		abort();
	memcpy(text, a.p, a.n);
	memcpy(text + a.n, between, strlen(between));
	memcpy(text + a.n + strlen(between), b.p, b.n);
	memcpy(text + *n - strlen(behind), behind, strlen(behind));
	return text;
}

static void
check_start(const char *line, size_t n)
{
	struct http_start s, again;
	char version[12], *text;
	size_t ntext;

	if (!http_start_line(line, n, &s))
		return;
	must(s.version == 20 || s.version / 10 == 1);
	for (size_t i = 1; i <= n && i < 64; i++)
		must(http_may_start(line, i));
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
	must(http_start_line(text, ntext, &again) && again.is_request &&
	    again.version == s.version && same(again.method, s.method) &&
	    same(again.target, s.target));
	free(text);
}

static void
check_list(struct http_text list)
{
	uint64_t length, again;
	uint32_t v;
	char text[32];

	must(!http_list_ends(list, "chunked") ||
	    http_list_has(list, "chunked"));
	must(!http_is(list, "close") || http_list_ends(list, "close"));
	http_parameter(list, "max", &v);
	if (!http_length(list, &length))
		return;
	snprintf(text, sizeof text, "%llu", (unsigned long long)length);
	must(http_length((struct http_text){ text, strlen(text) }, &again) &&
	    again == length);
}

static void
check_field(const char *line, size_t n)
{
	struct http_field f, again;
	size_t ntext;
	char *text;

	if (!http_field_line(line, n, &f))
		return;
	inside(f.name, line, n);
	inside(f.value, line, n);
	must(f.name.n > 0);
	text = joined(f.name, ":\t", f.value, " ", &ntext);
	must(http_field_line(text, ntext, &again) &&
	    same(again.name, f.name) && same(again.value, f.value));
	free(text);
	check_list(f.value);
}

static void
check_chunk(const char *line, size_t n)
{
	uint64_t size, again;
	char text[32];

	if (!http_chunk_size(line, n, &size))
		return;
	must(size < UINT64_MAX / 2);
	snprintf(text, sizeof text, "%llX;x", (unsigned long long)size);
	must(http_chunk_size(text, strlen(text), &again) && again == size);
}

static void
check_name(const char *name, size_t size)
{
	size_t n = strnlen(name, size);

	must(n < size);
	for (size_t i = 0; i < n; i++)
		must(name[i] > 0x20 && name[i] < 0x7f);
}

/* What a part of the bytes says is final, but for TLS_MORE. */
static void
check_hello(const uint8_t *p, size_t n)
{
	struct tls_hello all, some;
	enum tls_result r = tls_client_hello(p, n, &all), cut;

	check_name(all.name, sizeof all.name);
	check_name(all.alpn, sizeof all.alpn);
	must(r != TLS_OK || tls_may_start(p, n));
	for (size_t i = 1; i < 4; i++) {
		cut = tls_client_hello(p, n * i / 4, &some);
		must(cut == TLS_MORE || cut == r);
		must(cut != TLS_OK || (strcmp(some.name, all.name) == 0 &&
		    strcmp(some.alpn, all.alpn) == 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data;

	if (n == 0)
		return 0;
	http_may_start(text, n);
	tls_may_start(data, n);
	check_start(text, n);
	check_list((struct http_text){ text, n });
	check_field(text, n);
	check_chunk(text, n);
	check_hello(data, n);
	return 0;
}
