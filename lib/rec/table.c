#include "rec/table.h"

#include <string.h>

#define KIND(name, groups, values)
#define COL(kind, name, type, help) \
	{ REC_##kind, #name, help, REC_##type },
const struct rec_col_info rec_cols[REC_COLS] = {
#include "rec/table.def"
};
#undef KIND
#undef COL

#define KIND(name, groups, values) \
	{ #name, groups, values, name##_columns },
#define COL(kind, name, type, help)
static const struct {
	const char *name, *groups, *values;
	enum rec_col first;
} kinds[REC_KINDS] = {
#include "rec/table.def"
};
#undef KIND
#undef COL

const char *
rec_kind_name(enum rec_kind kind)
{
	return kinds[kind].name;
}

const char *
rec_kind_groups(enum rec_kind kind)
{
	return kinds[kind].groups;
}

const char *
rec_kind_values(enum rec_kind kind)
{
	return kinds[kind].values;
}

enum rec_col
rec_kind_first(enum rec_kind kind)
{
	return kinds[kind].first;
}

enum rec_col
rec_kind_end(enum rec_kind kind)
{
	return kind + 1 < REC_KINDS ? kinds[kind + 1].first : REC_COLS;
}

const char *
rec_type_name(enum rec_type type)
{
	static const char *const names[] = {
		[REC_TIME] = "time", [REC_DURATION] = "duration",
		[REC_ADDR] = "address", [REC_NUM] = "number",
		[REC_SIGNED] = "signed", [REC_DECIMAL] = "decimal",
		[REC_FLAGS] = "flags", [REC_LIST] = "list",
		[REC_TEXT] = "text",
	};

	return names[type];
}

static int
same(const char *name, const char *text, size_t n)
{
	return strlen(name) == n && memcmp(name, text, n) == 0;
}

enum rec_kind
rec_kind_named(const char *name, size_t n)
{
	enum rec_kind k = 0;

	while (k < REC_KINDS && !same(kinds[k].name, name, n))
		k++;
	return k;
}

enum rec_col
rec_col_named(enum rec_kind kind, const char *name, size_t n)
{
	for (enum rec_col c = rec_kind_first(kind); c < rec_kind_end(kind); c++)
		if (same(rec_cols[c].name, name, n))
			return c;
	return REC_COLS;
}

void
rec_kind_print(FILE *f, enum rec_kind kind)
{
	for (enum rec_col c = rec_kind_first(kind); c < rec_kind_end(kind); c++)
		fprintf(f, "%s\t%s\t%s\t%s\n", rec_kind_name(kind),
		    rec_cols[c].name, rec_type_name(rec_cols[c].type),
		    rec_cols[c].help);
}
