#include "stat/report.h"

#include <stdlib.h>

void
report_open(struct report *r, struct group_pool *pool)
{
	*r = (struct report){ .pool = pool };
}

void
report_close(struct report *r)
{
	for (unsigned i = 0; i < r->n; i++)
		section_free(r->section[i]);
	report_open(r, r->pool);
}

struct section *
report_section(struct report *r, const char *kind, const char *by)
{
	struct section **at = r->section, **end = at + r->n, *s;

	while (at < end && section_compare(*at, kind, by) < 0)
		at++;
	if (at < end && section_compare(*at, kind, by) == 0)
		return *at;
	if (r->n == REPORT_SECTIONS_MAX ||
	    section_count_keys(by) > SECTION_KEYS_MAX ||
	    (s = section_new(r->pool, kind, by)) == NULL)
		return NULL;
	memmove(at + 1, at, (size_t)(end - at) * sizeof(struct section *));
	r->n++;
	return *at = s;
}

bool
report_merge(struct report *r, const struct report *from)
{
	for (unsigned i = 0; i < from->n; i++) {
		const struct section *f = from->section[i];
		struct section *s = report_section(r, f->kind, f->by);

		if (s == NULL || !section_merge(s, f))
			return false;
	}
	return true;
}
