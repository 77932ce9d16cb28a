/* Lines of all sizes come out unchanged and in order. */
#include <stdlib.h>

#include "check.h"
#include "stage/held.h"

#define LINES	100000

static struct held t;

/* Make line i, whose length and fields depend on i.  Returns the length. */
static size_t
make_line(unsigned i, char *text, struct held_field *f, unsigned *n)
{
	size_t len = i % 97 == 0 ? 20000 : i * 7 % 300;

	memset(text, 'a' + (char)(i % 26), len);
	*n = i % 4;
	for (unsigned j = 0; j < *n; j++)
		f[j] = (struct held_field){ i, j, i ^ j };
	return len;
}

static void
check_first(unsigned i)
{
	static char text[20000];
	struct held_field f[4];
	const struct held_line *l = held_first(&t);
	unsigned n;
	size_t len = make_line(i, text, f, &n);

	CHECK(l != NULL);
	CHECK_NUM(l->due, i);
	CHECK_NUM(l->len, len);
	CHECK_NUM(l->nfields, n);
	CHECK(memcmp(held_text(l), text, len) == 0);
	CHECK(n == 0 || memcmp(l->field, f, n * sizeof *f) == 0);
	held_drop(&t);
}

int
main(void)
{
	static char text[20000];
	struct held_field f[4];
	unsigned in = 0, out = 0, n;

	CHECK(held_first(&t) == NULL);
	srand(1);
	while (out < LINES) {
		if (in < LINES && (out == in || rand() % 100 < 55)) {
			size_t len = make_line(in, text, f, &n);

			CHECK(held_push(&t, text, len, f, n, in) == 0);
			in++;
		} else
			check_first(out++);
		if (in - out > 5000)
			while (out < in)
				check_first(out++);
	}
	CHECK(held_first(&t) == NULL);
	CHECK_NUM(held_size(&t), 0);
	CHECK(t.cap < 64u << 20);
	held_free(&t);
	return check_failures > 0;
}
