#include "probe/record.h"

void
probe_put_word(struct rec_writer *w, const char *word)
{
	if (word != NULL)
		rec_put_text(w, word, strlen(word));
	else
		rec_put_none(w);
}

static void
put_addr(struct rec_writer *w, const struct addr *a)
{
	if (a != NULL)
		rec_put_addr(w, a);
	else
		rec_put_none(w);
}

void
probe_begin(struct rec_writer *w, enum rec_kind kind,
    const struct probe_facts *p)
{
	rec_begin(w, kind);
	rec_put_ns(w, p->time);
	rec_put_text(w, p->host, strlen(p->host));
	put_addr(w, p->addr);
	rec_put_num(w, p->line);
	rec_put_num(w, p->run);
}

void
probe_write(struct rec_writer *w, enum rec_kind kind,
    const struct probe_facts *p)
{
	probe_begin(w, kind, p);
	rec_put_num(w, p->index);
	rec_put_num(w, p->of);
	rec_put_ns_if(w, p->has_rtt, p->rtt);
	put_addr(w, p->from);
	rec_put_num_if(w, p->has_ttl, p->ttl);
	if (kind == REC_port)
		rec_put_num(w, p->port);
	probe_put_word(w, p->state);
	probe_put_word(w, p->info);
	rec_end(w);
}
