/* Any bytes as the header of a proxy and as messages of SOCKS: what is found
 * lies within them, and a result does not change when more bytes follow. */
#include <stdlib.h>
#include <string.h>

#include "wire/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static void
check_socks(const uint8_t *p, size_t n, bool client, bool first)
{
	size_t len = 0, again = 0;
	enum proxy_message what = proxy_socks(p, n, client, first, &len), cut;

	must((what != PROXY_HELLO && what != PROXY_LAST) ||
	    (len <= n && len <= PROXY_MESSAGE_MAX));
	for (size_t i = 1; i < n; i++) {
		cut = proxy_socks(p, i, client, first, &again);
		must(cut == PROXY_MORE || what == PROXY_NOT ||
		    (cut == what && again == len));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct endpoint client;
	bool known;

	if (n < 2)
		return 0;
	proxy_line((const char *)data, n, &client, &known);
	proxy_client(data, data + 2, n - 2, &client);
	if (n < 600)
		for (int i = 0; i < 4; i++)
			check_socks(data, n, i & 1, i & 2);
	return 0;
}
