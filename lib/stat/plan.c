#include "stat/plan.h"

#include "rec/parts.h"

#define TSHARK_TIME	"frame.time_epoch"

/* Set the columns of the key; false if the header lacks one. */
static bool
set_keys(struct plan *p, const struct rec_head *head, const char *by)
{
	struct parts names = parts_of_names(by);
	const char *name;
	size_t n;

	p->by = by;
	p->nkeys = 0;
	while (parts_next(&names, &name, &n))
		if (!keycolumn_find(head, name, n, &p->key[p->nkeys++]))
			return false;
	return true;
}

static bool
is_seconds(const struct rec_head *head, const char *name, size_t n)
{
	return head->number < REC_KINDS &&
	    rec_is_seconds(rec_col_named(head->number, name, n));
}

static bool
add_value(struct plan *p, const struct rec_head *head, const char *name,
    size_t n)
{
	unsigned field = rec_field_named(head, name, n);

	if (field == 0 || p->nvalues == SECTION_VALUES_MAX)
		return false;
	p->value[p->nvalues].field = field;
	p->value[p->nvalues].name = name;
	p->value[p->nvalues].nname = n;
	p->value[p->nvalues++].seconds = is_seconds(head, name, n);
	return true;
}

/* Add the values of a list that the header has. */
static void
add_values(struct plan *p, struct selection *sel, const char *values,
    const struct rec_head *head)
{
	struct parts names = parts_of_names(values);
	const char *name;
	size_t n;

	while (parts_next(&names, &name, &n))
		if (add_value(p, head, name, n))
			selection_has_value(sel, name, n);
}

void
plan_make(struct plan *p, struct selection *sel, const struct rec_head *head)
{
	bool known = head->number < REC_KINDS;
	const char *by = known ? rec_kind_groups(head->number) : "";
	const char *values = known ? rec_kind_values(head->number) : "";

	*p = (struct plan){ .id = head->id, .kind = head->kind,
	    .foreign = !known,
	    .time = rec_field_named(head, "time", 4),
	    .took = rec_field_named(head, "took", 4) };
	if (p->time == 0)
		p->time = rec_field_named(head, TSHARK_TIME,
		    sizeof TSHARK_TIME - 1);
	p->selected = selection_has_kind(sel, head->kind, strlen(head->kind));
	if (!p->selected)
		return;
	if (!set_keys(p, head, sel->by != NULL ? sel->by : by) &&
	    (sel->by != NULL || !set_keys(p, head, "")))
		return;
	add_values(p, sel, sel->values != NULL ? sel->values : values, head);
	p->used = sel->values == NULL || p->nvalues > 0;
	sel->found |= p->used;
}

struct section *
plan_section(struct plan *p, struct report *r, uint64_t id)
{
	struct section *s;

	if (p->report == id)
		return p->section;
	if ((s = report_section(r, p->kind, p->by)) == NULL)
		return NULL;
	for (unsigned i = 0; i < p->nvalues; i++) {
		p->value[i].number = section_value(s, p->value[i].name,
		    p->value[i].nname, p->value[i].seconds);
		if (p->value[i].number < 0)
			return NULL;
	}
	p->section = s;
	p->report = id;
	return s;
}

static bool
has_list(const struct plan *p)
{
	for (unsigned i = 0; i < p->nkeys; i++)
		if (p->key[i].list)
			return true;
	return false;
}

bool
plan_key(const struct plan *p, const struct rec *rec, unsigned part,
    const char **text, size_t *n)
{
	static char joined[GROUP_KEY_MAX + KEYCOLUMN_PADDING];
	char *out = joined;

	if (part > 0 && !has_list(p))
		return false;
	*text = joined;
	if (p->nkeys == 1 && !p->key[0].network && !p->key[0].list) {
		*text = rec_text(rec, p->key[0].field, n);
		*n = keycolumn_cut(*text, *n, GROUP_KEY_MAX);
		return true;
	}
	for (unsigned i = 0; i < p->nkeys; i++) {
		if (i > 0)
			*out++ = '\t';
		if (!keycolumn_put(&p->key[i], rec, part, out,
		    GROUP_KEY_MAX / p->nkeys - 1, n))
			return false;
		out += *n;
	}
	*n = (size_t)(out - joined);
	return true;
}
