/* Lines of HTTP/1, by the rules of RFC 9110 and RFC 9112.  Each is parsed in
 * memory of its size, to catch a read past its end. */
#include <stdlib.h>

#include "check.h"
#include "wire/http1.h"

static char *line;	/* in memory of its size */

static size_t
set_line(const char *text, size_t n)
{
	free(line);
	if ((line = malloc(n + (n == 0))) == NULL)
		abort();
	memcpy(line, text, n);
	return n;
}

static struct http1_text
text(const char *t)
{
	size_t n = set_line(t, strlen(t));

	return (struct http1_text){ line, n };
}

static void
same(struct http1_text got, const char *want)
{
	char copy[128];

	CHECK(got.n < sizeof copy);
	memcpy(copy, got.p, got.n);
	copy[got.n] = '\0';
	CHECK_TEXT(copy, want);
}

static void
request(const char *t, const char *method, const char *target, int version)
{
	struct http1_start s;

	CHECK(http1_start_line(line, set_line(t, strlen(t)), &s));
	CHECK(s.is_request);
	same(s.method, method);
	same(s.target, target);
	CHECK_NUM(s.version, version);
}

static void
response(const char *t, int status, int version)
{
	struct http1_start s;

	CHECK(http1_start_line(line, set_line(t, strlen(t)), &s));
	CHECK(!s.is_request);
	CHECK_NUM(s.status, status);
	CHECK_NUM(s.version, version);
}

static void
no_start(const char *t, size_t n)
{
	struct http1_start s;

	n = set_line(t, n);
	if (http1_start_line(line, n, &s)) {
		printf("'%.*s' is not a start line\n", (int)n, t);
		check_failures++;
	}
}

static void
check_requests(void)
{
	request("GET / HTTP/1.1", "GET", "/", 11);
	request("GET /a?b=c HTTP/1.0", "GET", "/a?b=c", 10);
	request("OPTIONS * HTTP/1.1", "OPTIONS", "*", 11);
	request("CONNECT a:443 HTTP/1.1", "CONNECT", "a:443", 11);
	request("GET http://a/b HTTP/1.1", "GET", "http://a/b", 11);
	request("get / HTTP/1.1", "get", "/", 11);
	request("M-SEARCH * HTTP/1.1", "M-SEARCH", "*", 11);
	request("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1",
	    "!#$%&'*+-.^_`|~09azAZ", "/", 11);
	request("HTTP / HTTP/1.1", "HTTP", "/", 11);
	/* Blanks where some clients send them. */
	request("GET /a b HTTP/1.1", "GET", "/a b", 11);
	request("GET  /a  HTTP/1.1", "GET", "/a", 11);
	request("GET / HTTP/1.1 \t", "GET", "/", 11);
	request("GET HTTP/1.0 HTTP/1.1", "GET", "HTTP/1.0", 11);
	/* A minor version that does not exist yet is parsed like 1.1. */
	request("GET / HTTP/1.9", "GET", "/", 19);
	request("PRI * HTTP/2.0", "PRI", "*", 20);
}

static void
check_responses(void)
{
	response("HTTP/1.1 200 OK", 200, 11);
	response("HTTP/1.0 404 Not Found", 404, 10);
	response("HTTP/1.1 200 ", 200, 11);
	response("HTTP/1.1 200", 200, 11);
	response("HTTP/1.1 100 Continue", 100, 11);
	response("HTTP/1.1 999 \xff\xfe", 999, 11);
}

static void
check_no_start(void)
{
	static const char *const lines[] = {
		"", " ", "GET", "GET ", "GET /", "GET / HTTP", "GET / HTTP/1.",
		"GET  HTTP/1.1", "GET   HTTP/1.1", " GET / HTTP/1.1",
		"GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", "G@T / HTTP/1.1",
		"GET / http/1.1", "GET / HTTP/11", "GET / HTTP/0.9",
		"GET / HTTP/2.0", "GET / HTTP/3.0", "GET / HTTP/1.x",
		"GET /HTTP/1.1", "GET / XHTTP/1.1", "GET / HTTP/1.1x",
		"GET / HTTP/1.10", "PRI / HTTP/2.0", "PRI * HTTP/2.0x",
		"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000",
		"HTTP/1.1 099 x", "HTTP/1.1 2x0 x", "HTTP/1.1  200 OK",
		"HTTP/1.1 200OK", "HTTP/2.0 200 OK", "HTTP/0.9 200 OK",
		"HTTP/1 200 OK", "http/1.1 200 OK", "XTTP/1.1 200 OK",
		"HTTP/1.1 -20 x", "HTTP/1.1\t200 OK"
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		no_start(lines[i], strlen(lines[i]));
	no_start("\0ET / HTTP/1.1", 14);
	no_start("G\0T / HTTP/1.1", 14);
}

/* A start line can begin with each of its prefixes. */
static void
check_may_start(void)
{
	static const char *const lines[] = {
		"GET / HTTP/1.1", "HTTP/1.1 200 OK", "M-SEARCH * HTTP/1.1",
		"HTTP / HTTP/1.1", "PRI * HTTP/2.0"
	};
	static const char *const others[] = {
		" GET", "\tGET", "\r", "\n", "/", ":", "GET:", "GET/", "SSH@",
		"HTTPS/1", "HTT/1", "http/1", "X\x80", "\x16\x03", "{"
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		for (size_t n = 1; n <= strlen(lines[i]); n++)
			CHECK(http1_may_start(line, set_line(lines[i], n)));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(!http1_may_start(line, set_line(others[i],
		    strlen(others[i]))));
	CHECK(!http1_may_start(line, set_line("\0", 1)));
}

static void
field(const char *t, const char *name, const char *value)
{
	struct http1_field f;
	bool is_field = http1_field_line(line, set_line(t, strlen(t)), &f);

	CHECK_NUM(is_field, name != NULL);
	if (is_field && name != NULL) {
		same(f.name, name);
		same(f.value, value);
	}
}

static void
check_fields(void)
{
	field("Host: a", "Host", "a");
	field("Host:a", "Host", "a");
	field("Host: \t a b \t", "Host", "a b");
	field("Host:", "Host", "");
	field("Host: ", "Host", "");
	field("X: a:b", "X", "a:b");
	field("Content-Length : 5", "Content-Length", "5");
	field("", NULL, NULL);
	field(":", NULL, NULL);
	field(": a", NULL, NULL);
	field("Host", NULL, NULL);
	field("Host ", NULL, NULL);
	field("Ho st: a", NULL, NULL);
	field(" folded: a", NULL, NULL);
	field("\tfolded: a", NULL, NULL);
	field("H\xc3\xb6st: a", NULL, NULL);
}

static void
check_lists(void)
{
	CHECK(http1_is(text("Close"), "close"));
	CHECK(!http1_is(text("closed"), "close"));
	CHECK(!http1_is(text("clos"), "close"));
	CHECK(!http1_is(text(""), "close"));
	CHECK(http1_list_has(text("close"), "close"));
	CHECK(http1_list_has(text("TE, Close"), "close"));
	CHECK(http1_list_has(text(",, \tclose ,"), "close"));
	CHECK(http1_list_has(text("a,close,b"), "close"));
	CHECK(!http1_list_has(text(""), "close"));
	CHECK(!http1_list_has(text(","), "close"));
	CHECK(!http1_list_has(text("a b close"), "close"));
	CHECK(!http1_list_has(text("close;q=1"), "close"));
	CHECK(http1_list_ends(text("chunked"), "chunked"));
	CHECK(http1_list_ends(text("gzip, Chunked"), "chunked"));
	CHECK(http1_list_ends(text("gzip,chunked , ,"), "chunked"));
	CHECK(!http1_list_ends(text("chunked, gzip"), "chunked"));
	CHECK(!http1_list_ends(text(""), "chunked"));
	CHECK(!http1_list_ends(text("xchunked"), "chunked"));
}

/* -1 if it is not there. */
static int64_t
parameter(const char *t, const char *name)
{
	uint32_t v;

	return http1_parameter(text(t), name, &v) ? (int64_t)v : -1;
}

static void
check_parameters(void)
{
	CHECK_NUM(parameter("timeout=5, max=100", "timeout"), 5);
	CHECK_NUM(parameter("timeout=5, max=100", "max"), 100);
	CHECK_NUM(parameter("Timeout=5,MAX=1", "max"), 1);
	CHECK_NUM(parameter("max=0", "max"), 0);
	CHECK_NUM(parameter("max=4294967295", "max"), 4294967295);
	CHECK_NUM(parameter("max=4294967296", "max"), -1);
	CHECK_NUM(parameter("max=99999999999999999999999", "max"), -1);
	CHECK_NUM(parameter("max", "max"), -1);
	CHECK_NUM(parameter("max=", "max"), -1);
	CHECK_NUM(parameter("max=x", "max"), -1);
	CHECK_NUM(parameter("max=-1", "max"), -1);
	CHECK_NUM(parameter("xmax=1", "max"), -1);
	CHECK_NUM(parameter("", "max"), -1);
}

/* -1 if it is invalid. */
static int64_t
length(const char *t)
{
	uint64_t v;

	return http1_length(text(t), &v) ? (int64_t)v : -1;
}

static void
check_lengths(void)
{
	CHECK_NUM(length("0"), 0);
	CHECK_NUM(length("42"), 42);
	CHECK_NUM(length("0042"), 42);
	CHECK_NUM(length("42, 42"), 42);
	CHECK_NUM(length("42,42,,42"), 42);
	CHECK_NUM(length("4000000000000000000"), 4000000000000000000);
	CHECK_NUM(length(""), -1);
	CHECK_NUM(length(","), -1);
	CHECK_NUM(length("42, 43"), -1);
	CHECK_NUM(length("42, x"), -1);
	CHECK_NUM(length("-1"), -1);
	CHECK_NUM(length("+1"), -1);
	CHECK_NUM(length("1 2"), -1);
	CHECK_NUM(length("0x10"), -1);
	CHECK_NUM(length("1.5"), -1);
	CHECK_NUM(length("9223372036854775808"), -1);	/* 2^63 */
	CHECK_NUM(length("18446744073709551616"), -1);	/* 2^64 */
	CHECK_NUM(length("18446744073709551617"), -1);
	CHECK_NUM(length("99999999999999999999999999999999999999"), -1);
}

/* -1 if it is invalid. */
static int64_t
chunk(const char *t)
{
	uint64_t v;

	return http1_chunk_size(line, set_line(t, strlen(t)), &v) ?
	    (int64_t)v : -1;
}

static void
check_chunks(void)
{
	CHECK_NUM(chunk("0"), 0);
	CHECK_NUM(chunk("000"), 0);
	CHECK_NUM(chunk("5"), 5);
	CHECK_NUM(chunk("fF"), 255);
	CHECK_NUM(chunk("00000000000000000000005"), 5);
	CHECK_NUM(chunk("5;name=value"), 5);
	CHECK_NUM(chunk("5;name=\"a;b\""), 5);
	CHECK_NUM(chunk("5 ; name"), 5);
	CHECK_NUM(chunk("5\t "), 5);
	CHECK_NUM(chunk("fffffff"), 0xfffffff);
	CHECK_NUM(chunk("100000000"), INT64_C(0x100000000));
	CHECK_NUM(chunk(""), -1);
	CHECK_NUM(chunk(" 5"), -1);
	CHECK_NUM(chunk(";5"), -1);
	CHECK_NUM(chunk("g"), -1);
	CHECK_NUM(chunk("5g"), -1);
	CHECK_NUM(chunk("5 5"), -1);
	CHECK_NUM(chunk("-5"), -1);
	CHECK_NUM(chunk("0x5"), -1);
	CHECK_NUM(chunk("8000000000000000"), -1);
	CHECK_NUM(chunk("ffffffffffffffff"), -1);
	CHECK_NUM(chunk("10000000000000000"), -1);	/* 2^64 */
	CHECK_NUM(chunk("10000000000000005"), -1);
	CHECK_NUM(chunk("1000000000000000000000000000000005"), -1);
}

int
main(void)
{
	check_requests();
	check_responses();
	check_no_start();
	check_may_start();
	check_fields();
	check_lists();
	check_parameters();
	check_lengths();
	check_chunks();
	free(line);
	return check_failures != 0;
}
