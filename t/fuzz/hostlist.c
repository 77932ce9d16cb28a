/* Any text is a list within its bounds, or an error with its line. */
#include <stdlib.h>
#include <string.h>

#include "probe/hostlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(const struct hostlist_entry *e)
{
	char options[HOSTLIST_OPTIONS_MAX];

	hostlist_options(e, options);
	/* Complete, since the last option is there. */
	if (strchr(options, '\n') != NULL || strstr(options, " flow=") == NULL)
		abort();
	if (e->host[0] == '\0' || e->line == 0 || e->numpings == 0 ||
	    e->hops == 0 || e->hops > 255 || e->interval_ns < 1000000 ||
	    e->nports == 0 || e->nports > HOSTLIST_PORTS_MAX)
		abort();
	if (hostlist_compare(e, e) != 0)
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
		if (l.error.line == 0 || l.error.text[0] == '\0')
			abort();
	} else
		for (size_t i = 0; i < l.n; i++)
			check(&l.entries[i]);
	hostlist_free(&l);
	free(text);
	return 0;
}
