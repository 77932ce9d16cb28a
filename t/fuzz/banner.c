/* Any bytes as an HTTP response and as a MySQL greeting: the parts lie within
 * them, and a decision does not change when more bytes follow. */
#include <stdlib.h>

#include "wire/banner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_inside(struct banner_text t, const uint8_t *data, size_t n)
{
	if (t.n != 0 && (t.p < data || t.n > n || t.p > data + n - t.n))
		abort();
}

static void
check_http(const uint8_t *data, size_t n, bool all, enum banner *before)
{
	struct banner_http http;
	enum banner found = banner_http(data, n, all, &http);

	check_inside(http.server, data, n);
	if ((found == BANNER_DONE && http.status > 999) ||
	    (*before != BANNER_MORE && found != *before))
		abort();
	*before = found;
}

static void
check_mysql(const uint8_t *data, size_t n, enum banner *before)
{
	struct banner_mysql mysql;
	enum banner found = banner_mysql(data, n, &mysql);

	check_inside(mysql.version, data, n);
	if ((found == BANNER_DONE && mysql.error == 0 &&
	    mysql.version.n == 0) ||
	    (*before != BANNER_MORE && found != *before))
		abort();
	*before = found;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum banner http = BANNER_MORE, mysql = BANNER_MORE;

	for (size_t i = 0; i <= n && i < 512; i++) {
		check_http(data, i, false, &http);
		check_mysql(data, i, &mysql);
	}
	check_http(data, n, false, &http);
	check_http(data, n, true, &http);
	check_mysql(data, n, &mysql);
	return 0;
}
