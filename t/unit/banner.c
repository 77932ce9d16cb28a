/* HTTP heads and MySQL greetings, cut at every length. */
#include "wire/banner.h"

#include <stdlib.h>

#include "check.h"

/* The bytes are parsed in memory of their size, to catch a read past them. */
static enum banner
http(const char *text, size_t n, bool all, struct banner_http *h, char *server)
{
	uint8_t *copy = malloc(n + (n == 0));
	enum banner found;

	memcpy(copy, text, n);
	found = banner_http(copy, n, all, h);
	if (h->server.n != 0)
		memcpy(server, h->server.p, h->server.n);
	server[h->server.n] = '\0';
	free(copy);
	return found;
}

static void
check_http(const char *text, bool all, enum banner want, unsigned status,
    const char *server)
{
	struct banner_http h;
	char got[4096];

	CHECK_NUM(http(text, strlen(text), all, &h, got), want);
	if (want != BANNER_DONE)
		return;
	CHECK_NUM(h.status, status);
	CHECK_TEXT(got, server);
}

static void
test_http(void)
{
	check_http("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n", false,
	    BANNER_DONE, 200, "nginx/1.22.1");
	check_http("HTTP/1.0 404\nserver:a b \t\n\n", false, BANNER_DONE, 404,
	    "a b");
	/* Done as soon as both are known. */
	check_http("HTTP/1.1 301 M\r\nSERVER:\tx\r\nDate:", false, BANNER_DONE,
	    301, "x");
	check_http("HTTP/1.1 200 OK\r\nX-Server: x\r\n\r\n", false,
	    BANNER_DONE, 200, "");
	check_http("HTTP/1.1 200 OK\r\nServer: \r\n\r\n", false, BANNER_DONE,
	    200, "");
	check_http("HTTP/1.1 200 OK\r\nServer: cu", false, BANNER_MORE, 0, "");
	check_http("HTTP/1.1 200 OK\r\nServer: cu", true, BANNER_DONE, 200, "");
	/* A line of the body is not a field of the head. */
	check_http("HTTP/1.1 200 OK\r\n\r\nServer: x\r\n", false, BANNER_DONE,
	    200, "");
	check_http("HTTP/1.1 103 E\r\nServer: no\r\n\r\nHTTP/1.1 200 OK\r\n"
	    "Server: yes\r\n\r\n", false, BANNER_DONE, 200, "yes");
	check_http("HTTP/1.1 100 C\r\n\r\n", false, BANNER_MORE, 0, "");
	check_http("HTTP/1.1 100 C\r\n\r\n", true, BANNER_DONE, 100, "");
	check_http("HTTP/1.1 101 S\r\n\r\n", false, BANNER_DONE, 101, "");
	check_http("HTTP/1.1 2", true, BANNER_MORE, 0, "");
	check_http("", false, BANNER_MORE, 0, "");
	check_http("SSH-2.0-OpenSSH\r\n", false, BANNER_NOT, 0, "");
	check_http("HTTP/1.1 20x", false, BANNER_NOT, 0, "");
	check_http("HTTP/1.1 2000", false, BANNER_NOT, 0, "");
	check_http("HTTP/1.1 100 C\r\n\r\nSSH", false, BANNER_NOT, 0, "");
}

static void
test_http_cut(void)
{
	static const char text[] = "HTTP/1.1 103 E\r\nA: b\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nDate: x\r\nServer: y\r\n";
	struct banner_http h;
	char got[4096];

	for (size_t n = 0; n + 1 < sizeof text - 1; n++)
		CHECK_NUM(http(text, n, false, &h, got), BANNER_MORE);
	CHECK_NUM(http(text, sizeof text - 1, false, &h, got), BANNER_DONE);
	CHECK_TEXT(got, "y");
}

/* The example in the protocol's documentation, MySQL 5.5.2-m2. */
static const uint8_t greeting[] = {
	0x36, 0x00, 0x00, 0x00, 0x0a, 0x35, 0x2e, 0x35, 0x2e, 0x32, 0x2d, 0x6d,
	0x32, 0x00, 0x0b, 0x00, 0x00, 0x00, 0x64, 0x76, 0x48, 0x40, 0x49, 0x2d,
	0x43, 0x4a, 0x00, 0xff, 0xf7, 0x08, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2a, 0x34, 0x64,
	0x7c, 0x63, 0x5a, 0x77, 0x6b, 0x34, 0x5e, 0x5d, 0x3a, 0x00
};

static enum banner
mysql(const uint8_t *p, size_t n, struct banner_mysql *m, char *version)
{
	uint8_t *copy = malloc(n + (n == 0));
	enum banner found;

	memcpy(copy, p, n);
	found = banner_mysql(copy, n, m);
	if (m->version.n != 0)
		memcpy(version, m->version.p, m->version.n);
	version[m->version.n] = '\0';
	free(copy);
	return found;
}

static void
test_mysql(void)
{
	/* 1130, Host is not allowed to connect. */
	static const uint8_t error[] = { 5, 0, 0, 0, 0xff, 0x6a, 0x04, 'H',
	    'o' };
	static const uint8_t second[] = { 3, 0, 0, 1, 10, '5', 0 };
	static const uint8_t empty[] = { 3, 0, 0, 0, 10, 0, 0 };
	static const uint8_t unended[] = { 3, 0, 0, 0, 10, '5', '6', 0 };
	static const uint8_t http_head[] = "HTTP/1.1 400 Bad";
	struct banner_mysql m;
	char version[4096];

	for (size_t n = 0; n < 14; n++)
		CHECK_NUM(mysql(greeting, n, &m, version), BANNER_MORE);
	for (size_t n = 14; n <= sizeof greeting; n++) {
		CHECK_NUM(mysql(greeting, n, &m, version), BANNER_DONE);
		CHECK_TEXT(version, "5.5.2-m2");
		CHECK_NUM(m.error, 0);
	}
	CHECK_NUM(mysql(error, 6, &m, version), BANNER_MORE);
	CHECK_NUM(mysql(error, sizeof error, &m, version), BANNER_DONE);
	CHECK_NUM(m.error, 1130);
	CHECK_NUM(mysql(second, sizeof second, &m, version), BANNER_NOT);
	CHECK_NUM(mysql(empty, sizeof empty, &m, version), BANNER_NOT);
	CHECK_NUM(mysql(unended, sizeof unended, &m, version), BANNER_NOT);
	CHECK_NUM(mysql(http_head, 16, &m, version), BANNER_NOT);
}

int
main(void)
{
	test_http();
	test_http_cut();
	test_mysql();
	return check_failures != 0;
}
