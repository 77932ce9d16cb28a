#include "stage/count.h"

#include <inttypes.h>
#include <stdio.h>

void
count_write(struct rec_writer *w, const char *prog, uint64_t time_ns,
    const struct count *counts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rec_begin(w, REC_count);
		if (time_ns != 0)
			rec_put_ns(w, time_ns);
		else
			rec_put_none(w);
		rec_put_text(w, prog, strlen(prog));
		rec_put_text(w, counts[i].name, strlen(counts[i].name));
		rec_put_num(w, counts[i].value);
		rec_end(w);
	}
}

void
count_print(const char *prog, const struct count *counts, size_t n)
{
	fprintf(stderr, "%s:", prog);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s %s %" PRIu64, i > 0 ? "," : "",
		    counts[i].name, counts[i].value);
	putc('\n', stderr);
}
