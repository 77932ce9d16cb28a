#include "stat/selection.h"

#include <stdio.h>

#include "rec/parts.h"
#include "stat/keycolumn.h"
#include "stat/section.h"

static bool
check_by(const char *by, char *why, size_t nwhy)
{
	struct parts names = parts_of_names(by);
	struct keycolumn k;
	const char *name;
	size_t n, nname;

	for (unsigned i = 0; parts_next(&names, &name, &n); i++) {
		if (i == SECTION_KEYS_MAX) {
			snprintf(why, nwhy, "-g: invalid columns '%s': must be "
			    "at most %d", by, SECTION_KEYS_MAX);
			return false;
		}
		if (!keycolumn_scan(name, n, &k, &nname)) {
			snprintf(why, nwhy, "-g: invalid column '%.*s': must "
			    "be column, column/bits or column/bits/bits",
			    (int)n, name);
			return false;
		}
	}
	return true;
}

bool
selection_check(struct selection *s, char *why, size_t nwhy)
{
	struct parts values = parts_of_names(s->values);
	const char *name;
	size_t n;

	s->missing = 0;
	for (unsigned i = 0; parts_next(&values, &name, &n); i++) {
		if (i == SECTION_VALUES_MAX) {
			snprintf(why, nwhy, "-v: invalid columns '%s': must be "
			    "at most %d", s->values, SECTION_VALUES_MAX);
			return false;
		}
		s->missing |= UINT64_C(1) << i;
	}
	return check_by(s->by, why, nwhy);
}

bool
selection_has_kind(const struct selection *s, const char *kind, size_t n)
{
	return s->kinds == NULL || parts_has(s->kinds, kind, n);
}

bool
selection_has_value(struct selection *s, const char *name, size_t n)
{
	struct parts values = parts_of_names(s->values);
	const char *value;
	size_t len;

	if (s->values == NULL)
		return true;
	for (unsigned i = 0; parts_next(&values, &value, &len); i++)
		if (len == n && memcmp(value, name, n) == 0) {
			s->missing &= ~(UINT64_C(1) << i);
			return true;
		}
	return false;
}

void
selection_skip_by(struct selection *s, const char *by)
{
	if (s->stat_by[0] == '\0')
		snprintf(s->stat_by, sizeof s->stat_by, "%s", by);
}

void
selection_skip_value(struct selection *s, const char *name, size_t n)
{
	size_t used = strlen(s->stat_values);

	if (used + 1 + n < sizeof s->stat_values &&
	    !parts_has(s->stat_values, name, n))
		snprintf(s->stat_values + used, sizeof s->stat_values - used,
		    "%s%.*s", used > 0 ? "," : "", (int)n, name);
}
