/* ClientHellos, built by RFC 8446, 4.1.2, and cut at every length. */
#include <stdlib.h>

#include "check.h"
#include "wire/tls.h"

static uint8_t message[20000], stream[40000];
static size_t nmessage, nstream;

static void
put(unsigned v, unsigned nbytes)
{
	while (nbytes-- > 0)
		message[nmessage++] = (uint8_t)(v >> 8 * nbytes);
}

static void
put_text(const char *text, unsigned nlength)
{
	put((unsigned)strlen(text), nlength);
	memcpy(message + nmessage, text, strlen(text));
	nmessage += strlen(text);
}

/* Fill in the length of n bytes before at, of what ends here. */
static void
set_length(size_t at, unsigned n)
{
	size_t end = nmessage;

	nmessage = at - n;
	put((unsigned)(end - at), n);
	nmessage = end;
}

static size_t
begin(unsigned nlength)
{
	put(0, nlength);
	return nmessage;
}

/* A hello up to its extensions; returns where its length counts from. */
static size_t
begin_hello(void)
{
	size_t at;

	nmessage = 0;
	put(1, 1);
	at = begin(3);
	put(0x0303, 2);
	for (int i = 0; i < 32; i++)
		put(22, 1);		/* random */
	put_text("session", 1);
	put_text("\x13\x01\x13\x02", 2);
	put_text("x", 1);		/* compression */
	return at;
}

static void
put_name(const char *name, unsigned type)
{
	size_t data, list;

	put(0, 2);
	data = begin(2);
	list = begin(2);
	put(type, 1);
	put_text(name, 2);
	set_length(list, 2);
	set_length(data, 2);
}

/* Protocols, which names has with a space between them. */
static void
put_alpn(const char *names)
{
	size_t data, list;

	put(16, 2);
	data = begin(2);
	list = begin(2);
	while (*names != '\0') {
		size_t n = strcspn(names, " ");

		put((unsigned)n, 1);
		for (; n > 0; n--)
			put((uint8_t)*names++, 1);
		names += *names == ' ';
	}
	set_length(list, 2);
	set_length(data, 2);
}

static void
put_padding(unsigned n)
{
	put(21, 2);
	put(n, 2);
	while (n-- > 0)
		put(0, 1);
}

static void
hello(const char *name, const char *alpn, unsigned padding)
{
	size_t at = begin_hello(), extensions = begin(2);

	put_padding(padding);
	if (name != NULL)
		put_name(name, 0);
	if (alpn != NULL)
		put_alpn(alpn);
	set_length(extensions, 2);
	set_length(at, 3);
}

static void
record(unsigned type, const uint8_t *p, size_t n)
{
	stream[nstream++] = (uint8_t)type;
	stream[nstream++] = 3;
	stream[nstream++] = 1;
	stream[nstream++] = (uint8_t)(n >> 8);
	stream[nstream++] = (uint8_t)n;
	memcpy(stream + nstream, p, n);
	nstream += n;
}

/* The message in records of at most size bytes. */
static void
records(size_t size)
{
	nstream = 0;
	for (size_t at = 0; at < nmessage; at += size)
		record(22, message + at, nmessage - at < size ?
		    nmessage - at : size);
}

/* Parse the first n bytes, in memory of their size. */
static enum tls_result
try(size_t n, struct tls_hello *h)
{
	uint8_t *p = malloc(n + (n == 0));
	enum tls_result r;

	if (p == NULL)
		abort();
	memcpy(p, stream, n);
	r = tls_client_hello(p, n, h);
	if (n > 0)
		CHECK(r == TLS_NOT || tls_may_start(p, n));
	free(p);
	return r;
}

/* The hello has these names; cut at any length, it is incomplete. */
static void
has_names(const char *name, const char *alpn)
{
	struct tls_hello h;

	CHECK_NUM(try(nstream, &h), TLS_OK);
	CHECK_TEXT(h.name, name);
	CHECK_TEXT(h.alpn, alpn);
	for (size_t n = 0; n < nstream; n++)
		CHECK_NUM(try(n, &h), TLS_MORE);
}

static void
check_hellos(void)
{
	static const size_t sizes[] = { 16384, 100, 50, 4, 3, 2, 1 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		hello("www.example.com", "h2 http/1.1", 10);
		records(sizes[i]);
		has_names("www.example.com", "h2,http/1.1");
		hello(NULL, NULL, 0);
		records(sizes[i]);
		has_names("", "");
		hello(NULL, "http/1.1", 0);
		records(sizes[i]);
		has_names("", "http/1.1");
	}
	/* As large as with post-quantum keys. */
	hello("a.example", "h2", 8000);
	records(16384);
	has_names("a.example", "h2");
}

/* Before TLS 1.2 a hello may end without extensions. */
static void
check_no_extensions(void)
{
	size_t at = begin_hello();

	set_length(at, 3);
	records(100);
	has_names("", "");
}

static void
check_names(void)
{
	struct tls_hello h;
	char longest[258];
	size_t at, extensions;

	hello("with space", "h2", 0);
	records(100);
	has_names("", "h2");
	hello("new\nline", "h\t2 h3", 0);
	records(100);
	has_names("", "h3");
	hello("\x80.example", "\xff", 0);
	records(100);
	has_names("", "");
	hello("", "", 0);
	records(100);
	has_names("", "");
	memset(longest, 'a', sizeof longest);
	longest[255] = '\0';
	hello(longest, longest, 0);
	records(16384);
	CHECK_NUM(try(nstream, &h), TLS_OK);
	CHECK_TEXT(h.name, longest);
	CHECK_TEXT(h.alpn, longest);
	longest[255] = 'a';
	longest[256] = '\0';
	hello(longest, "h2", 0);
	records(16384);
	has_names("", "h2");
	/* A name of another type is ignored. */
	at = begin_hello();
	extensions = begin(2);
	put_name("not.a.host", 1);
	put_name("host", 0);
	set_length(extensions, 2);
	set_length(at, 3);
	records(100);
	has_names("host", "");
}

/* Any byte, lengths among them, may have any value: nothing is read past the
 * end. */
static void
check_wrong_lengths(void)
{
	struct tls_hello h;

	hello("www.example.com", "h2 http/1.1", 3);
	records(16384);
	for (size_t i = 9; i < nstream; i++)
		for (unsigned v = 0; v < 256; v++) {
			uint8_t was = stream[i];

			stream[i] = (uint8_t)v;
			CHECK_NUM(try(nstream, &h), TLS_OK);
			CHECK(strlen(h.name) <= TLS_NAME_MAX);
			CHECK(strlen(h.alpn) <= TLS_ALPN_MAX);
			stream[i] = was;
		}
}

static void
check_others(void)
{
	static const uint8_t server[] = { 2, 0, 0, 1, 0 };
	static const uint8_t alert[] = { 2, 40 };
	struct tls_hello h;

	nstream = 0;
	record(22, server, sizeof server);
	CHECK_NUM(try(nstream, &h), TLS_NOT);
	CHECK(tls_may_start(stream, nstream));	/* a ServerHello */
	nstream = 0;
	record(21, alert, sizeof alert);
	CHECK_NUM(try(nstream, &h), TLS_NOT);
	CHECK(!tls_may_start(stream, nstream));
	memcpy(stream, "GET / HTTP/1.1\r\n", 16);
	CHECK_NUM(try(16, &h), TLS_NOT);
	CHECK(!tls_may_start(stream, 1));
	memcpy(stream, "\x16\x02", 2);
	CHECK(tls_may_start(stream, 1));
	CHECK(!tls_may_start(stream, 2));
	CHECK_NUM(try(2, &h), TLS_NOT);
	/* Longer than a hello may be. */
	memcpy(stream, "\x16\x03\x01\x01\x00\x01\x01\x00\x00", 9);
	CHECK_NUM(try(9, &h), TLS_NOT);
	/* A record of another type between its records: never complete. */
	hello("www.example.com", "h2", 0);
	nstream = 0;
	record(22, message, 40);
	record(21, alert, sizeof alert);
	record(22, message + 40, nmessage - 40);
	CHECK_NUM(try(nstream, &h), TLS_NOT);
	nstream = 0;
	record(22, message, 0);
	record(22, message, nmessage);
	CHECK_NUM(try(nstream, &h), TLS_NOT);
	/* In too many records. */
	hello("www.example.com", "h2", 300);
	records(1);
	CHECK_NUM(try(nstream, &h), TLS_NOT);
	/* A record of another type after it. */
	hello("www.example.com", "h2", 0);
	records(40);
	record(21, alert, sizeof alert);
	CHECK_NUM(try(nstream, &h), TLS_OK);
	CHECK_TEXT(h.name, "www.example.com");
}

int
main(void)
{
	check_hellos();
	check_no_extensions();
	check_names();
	check_wrong_lengths();
	check_others();
	return check_failures != 0;
}
