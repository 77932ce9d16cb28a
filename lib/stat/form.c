#include "stat/form.h"

#include "stat/json.h"
#include "stat/metrics.h"
#include "stat/tsv.h"
#include "stat/human.h"

static const char *const names[FORMS] = {
	"text", "tsv", "csv", "json", "jsonl", "prom", "stat"
};

enum form
form_named(const char *name)
{
	enum form form = 0;

	while (form < FORMS && strcmp(names[form], name) != 0)
		form++;
	return form;
}

bool
form_print(enum form form, FILE *f, const struct report *r,
    const struct counts *counts, const struct layout *l)
{
	static const struct report none;
	static struct table tsv, csv = { .csv = true };
	const struct report *all = r != NULL ? r : &none;

	switch (form) {
	case FORM_TEXT:
		return text_print(f, all, l) && text_counts(f, counts);
	case FORM_TSV:
		return table_print(&tsv, f, all, l);
	case FORM_CSV:
		return table_print(&csv, f, all, l);
	case FORM_JSON:
		return json_print(f, all, counts, l, true);
	case FORM_JSONL:
		return jsonl_print(f, all, counts, l);
	default:
		return metrics_print(f, all, counts, l);
	}
}
