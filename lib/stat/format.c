#include "stat/format.h"

#include "stat/human.h"
#include "stat/json.h"
#include "stat/metrics.h"
#include "stat/tsv.h"

static const char *const names[FORMATS] = {
	"text", "tsv", "csv", "json", "jsonl", "prom", "stat"
};

enum format
format_find(const char *name)
{
	enum format f = 0;

	while (f < FORMATS && strcmp(names[f], name) != 0)
		f++;
	return f;
}

bool
format_print(enum format format, FILE *f, const struct report *r,
    const struct counts *counts, const struct layout *l)
{
	static const struct report none;
	static struct tsv tsv, csv = { .csv = true };
	const struct report *all = r != NULL ? r : &none;

	switch (format) {
	case FORMAT_TEXT:
		if (!human_print(f, all, l))
			return false;
		human_counts(f, counts);
		return true;
	case FORMAT_TSV:
		return tsv_print(&tsv, f, all, l);
	case FORMAT_CSV:
		return tsv_print(&csv, f, all, l);
	case FORMAT_JSON:
		return json_print(f, all, counts, l, true);
	case FORMAT_JSONL:
		return jsonl_print(f, all, counts, l);
	default:
		return metrics_print(f, all, counts, l, METRICS_PROMETHEUS);
	}
}
