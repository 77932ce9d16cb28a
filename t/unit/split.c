/* Fields: compared with a splitter that works byte by byte. */
#include <stdlib.h>

#include "check.h"
#include "rec/split.h"

#define LONGEST	700

static char buf[LONGEST + 2 * SPLIT_PADDING];

/* Split a line byte by byte.  Returns its fields, 0 without a newline. */
static unsigned
simply(const char *p, size_t n, uint32_t *start)
{
	unsigned fields = 0;

	start[fields++] = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\t' && p[i] != '\n')
			continue;
		start[fields] = (uint32_t)i + 1;
		if (p[i] == '\n')
			return fields;
		fields++;
	}
	return 0;
}

int
main(void)
{
	static uint32_t want[LONGEST + 2];
	struct rec r;

	srand48(3);
	for (int round = 0; round < 100000 && check_failures < 10; round++) {
		size_t n = (size_t)lrand48() % LONGEST;
		long rare = 1 + lrand48() % 40;
		const char *from = buf + SPLIT_PADDING, *newline;
		unsigned fields;

		for (size_t i = 0; i < n; i++)
			buf[SPLIT_PADDING + i] = lrand48() % rare == 0 ? '\t' :
			    lrand48() % 300 == 0 ? '\n' : (char)lrand48();
		/* A newline after the end must not be found. */
		memset(buf + SPLIT_PADDING + n, '\n', SPLIT_PADDING);
		fields = simply(from, n, want);
		newline = split_line(from, from + n, &r);
		CHECK((newline != NULL) == (fields != 0));
		if (newline == NULL)
			continue;
		if (fields > REC_FIELDS_MAX) {
			CHECK(r.nfields > REC_FIELDS_MAX);
			continue;
		}
		CHECK_NUM(newline - from, want[fields] - 1);
		CHECK_NUM(r.nfields, fields);
		CHECK(memcmp(r.start, want, (fields + 1) * sizeof *want) == 0);
	}
	return check_failures != 0;
}
