/* Any bytes as a ClientHello: the names are printable, and a result does not
 * change when more bytes follow. */
#include <stdlib.h>
#include <string.h>

#include "wire/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static void
check_name(const char *name, size_t size)
{
	size_t n = strnlen(name, size);

	must(n < size);
	for (size_t i = 0; i < n; i++)
		must(name[i] > 0x20 && name[i] < 0x7f);
}

/* A result for a prefix is final, unless it is TLS_MORE. */
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

static void
check_server_hello(const uint8_t *p, size_t n)
{
	struct tls_server_hello all, some;
	enum tls_result r = tls_server_hello(p, n, &all), cut;

	check_name(all.alpn, sizeof all.alpn);
	for (size_t i = 1; i < 4; i++) {
		cut = tls_server_hello(p, n * i / 4, &some);
		must(cut == TLS_MORE || cut == r);
		must(cut != TLS_OK || some.version == all.version);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	tls_may_start(data, n);
	check_hello(data, n);
	check_server_hello(data, n);
	return 0;
}
