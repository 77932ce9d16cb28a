#include "stage/kinds.h"

#include <err.h>
#include <string.h>

#include "rec/text.h"

#define SEEN_MAX	4096	/* bytes of the list; no kinds are added then */

/* Append the name of a kind to the list seen[0..n), escaped: it is from the
 * input.  Returns the new n. */
static size_t
add(char *seen, size_t n, const char *kind)
{
	size_t len = strlen(kind);
	char *to = seen + n;

	if (len * TEXT_ESCAPED_MAX + sizeof ", " > SEEN_MAX - n)
		return n;
	to = stpcpy(to, n > 0 ? ", " : "");
	to += text_escape(to, kind, len);
	*to = '\0';
	return (size_t)(to - seen);
}

bool
kinds_report_missing(const struct rec_reader *in, const char *kind)
{
	char seen[SEEN_MAX] = "";
	bool any = in->others;
	size_t n = 0;

	for (unsigned i = 0; i < rec_nheads(in); i++) {
		const struct rec_head *head = rec_head_at(in, i);

		if (head == NULL || i == REC_count)
			continue;
		any = true;
		n = add(seen, n, head->kind);
	}
	if (in->others)
		add(seen, n, "others");
	if (any)
		warnx("no %s records came; kinds seen: %s; was -p forgotten?",
		    kind, seen);
	return any;
}
