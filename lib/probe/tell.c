#include "probe/tell.h"

#include <err.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "wire/icmp.h"

struct probe_facts
tell_facts(const struct host *h, uint64_t time)
{
	return (struct probe_facts){ .time = time, .host = h->e->host,
	    .addr = h->known ? &h->peer.addr : NULL, .line = h->e->line,
	    .run = h->m->generation };
}

void
tell_conf(const struct host *h)
{
	struct probe_facts p = tell_facts(h, clock_ns(CLOCK_REALTIME));
	char *options = hostlist_options(h->e);

	if (options == NULL)
		err(1, NULL);
	probe_begin(h->m->out, REC_conf, &p);
	probe_put_word(h->m->out, options);
	rec_end(h->m->out);
	free(options);
}

void
tell_host(const struct host *h, const char *state, const char *info)
{
	struct probe_facts p = tell_facts(h, clock_ns(CLOCK_REALTIME));

	probe_begin(h->m->out, REC_host, &p);
	probe_put_word(h->m->out, state);
	probe_put_word(h->m->out, info);
	rec_end(h->m->out);
}

const char *
tell_icmp_name(const struct addr *from, uint8_t type, uint8_t code)
{
	int kind = icmp_kind_of(from->v6, type);

	return kind < 0 ? "other" :
	    icmp_why_name(from->v6, (enum icmp_kind)kind, code);
}
