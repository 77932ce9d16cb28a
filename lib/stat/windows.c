#include "stat/windows.h"

#include <stdlib.h>

static void
close_first(struct windows *all)
{
	struct window *w = all->open[0];

	all->closed(all->arg, w);
	report_close(&w->report);
	free(w);
	all->n--;
	memmove(all->open, all->open + 1, all->n * sizeof(struct window *));
}

static struct window *
open_at(struct windows *all, unsigned i, uint64_t start)
{
	struct window *w, **open;

	open = realloc(all->open, (all->n + 1) * sizeof(struct window *));
	if (open == NULL)
		return NULL;
	all->open = open;
	if ((w = calloc(1, sizeof *w)) == NULL)
		return NULL;
	w->start = start;
	w->id = ++all->ids;
	report_open(&w->report, all->pool);
	memmove(open + i + 1, open + i, (all->n - i) * sizeof(struct window *));
	open[i] = w;
	all->n++;
	return w;
}

/* Search from the newest, which is the most likely one. */
struct window *
windows_at(struct windows *all, uint64_t ns)
{
	uint64_t start = all->length == 0 ? 0 : ns - ns % all->length;
	unsigned i = all->n;

	while (i > 0 && all->open[i - 1]->start > start)
		i--;
	if (i > 0 && all->open[i - 1]->start == start)
		return all->open[i - 1];
	if (all->n == WINDOWS_MAX) {
		close_first(all);
		i -= i > 0;
	}
	return open_at(all, i, start);
}

void
windows_advance(struct windows *all, uint64_t now)
{
	if (all->length == 0 || now < all->due)
		return;
	while (all->n > 0 && all->open[0]->start <= now &&
	    now - all->open[0]->start >= all->length)
		close_first(all);
	all->due = now - now % all->length + all->length;
}

void
windows_close(struct windows *all)
{
	while (all->n > 0)
		close_first(all);
	free(all->open);
	all->open = NULL;
	all->due = 0;
}
