#include "stage/columns.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "rec/text.h"

void
columns_missing(int c, const char *name, size_t n)
{
	warnx("-%c: no column '%.*s' in any record", c, (int)n, name);
}

/* "KIND records have COLUMN, COLUMN, ...", escaped: it is from the input. */
static void
print_columns(const struct rec_head *head)
{
	const char *name = head->text + 1;	/* after '#' */
	const char *before = "", *next = " records have ";
	char *text = malloc(strlen(name) * (TEXT_ESCAPED_MAX + 2) +
	    strlen(next) + 1);
	char *to = text;

	if (text == NULL)
		return;
	for (size_t n; name != NULL; before = next, next = ", ") {
		n = strcspn(name, "\t");
		to = stpcpy(to, before);
		to += text_escape(to, name, n);
		name = name[n] == '\t' ? name + n + 1 : NULL;
	}
	*to = '\0';
	warnx("%s%s", text, strchr(head->text, '\t') == NULL ?
	    " records have no columns" : "");
	free(text);
}

/* The header of kind i; NULL if there is none, or it is skipped. */
static const struct rec_head *
head_at(const struct rec_reader *in, bool (*skip)(const struct rec_head *),
    unsigned i)
{
	const struct rec_head *head = rec_head_at(in, i);

	return head == NULL || i == REC_count ||
	    (skip != NULL && skip(head)) ? NULL : head;
}

bool
columns_have(const struct rec_reader *in,
    bool (*skip)(const struct rec_head *head), const char *name, size_t n)
{
	for (unsigned i = 0; i < rec_nheads(in); i++) {
		const struct rec_head *head = head_at(in, skip, i);

		if (head != NULL && rec_field_named(head, name, n) != 0)
			return true;
	}
	return false;
}

void
columns_print(const struct rec_reader *in,
    bool (*skip)(const struct rec_head *head))
{
	for (unsigned i = 0; i < rec_nheads(in); i++) {
		const struct rec_head *head = head_at(in, skip, i);

		if (head != NULL)
			print_columns(head);
	}
}
