/* Any text is a list or an error with its line, and lists keep their bounds. */
#include <stdlib.h>
#include <string.h>

#include "probe/hostlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(const struct hostlist_entry *e)
{
	char *options = hostlist_options(e);

	if (options == NULL || strchr(options, '\n') != NULL)
		abort();
	free(options);
	if (e->host[0] == '\0' || e->line == 0 || e->numpings == 0 ||
	    e->hops == 0 || e->hops > 255 || e->interval_ns < 1000000 ||
	    e->nports == 0 || e->nports > HOSTLIST_PORTS_MAX)
		abort();
	if (hostlist_order(e, e) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1);
	struct hostlist l;

	if (text == NULL)
		abort();
	memcpy(text, data, n);
	if (hostlist_parse(&l, text, n) < 0) {
		if (l.error[0] < '1' || l.error[0] > '9')
			abort();
	} else
		for (size_t i = 0; i < l.n; i++)
			check(&l.entries[i]);
	hostlist_free(&l);
	free(text);
	return 0;
}
