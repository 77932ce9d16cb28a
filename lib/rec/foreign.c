#include "rec/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rec/text.h"

#define CHUNK		(32 * 1024)
#define FIELD_MAX	(4 * 1024 * 1024)
#define BOM		"\xef\xbb\xbf"	/* byte order mark, in UTF-8 */

int
foreign_open(struct foreign *f, const char *kind, char between)
{
	*f = (struct foreign){ .kind = kind, .header = true };
	if (csv_init(&f->csv, 0) != 0)
		return -1;
	csv_set_delim(&f->csv, (unsigned char)between);
	if (between == '\t')
		csv_set_quote(&f->csv, '\0');
	return 0;
}

void
foreign_close(struct foreign *f)
{
	csv_free(&f->csv);
	free(f->out);
}

/* Make room for n more bytes; false if memory is short. */
static bool
make_room(struct foreign *f, size_t n)
{
	size_t cap = 2 * (f->len + n);
	char *bigger;

	if (f->cap - f->len >= n)
		return true;
	if ((bigger = realloc(f->out, cap)) == NULL) {
		f->error = ENOMEM;
		return false;
	}
	f->out = bigger;
	f->cap = cap;
	return true;
}

static void
put(struct foreign *f, const char *text, size_t n)
{
	if (!make_room(f, n))
		return;
	memcpy(f->out + f->len, text, n);
	f->len += n;
}

static void
on_field(void *field, size_t n, void *foreign)
{
	struct foreign *f = foreign;

	if (!f->row) {
		put(f, "#", f->header);
		put(f, f->kind, strlen(f->kind));
		f->row = true;
	}
	put(f, "\t", 1);
	if (n == 0 || (n == 1 && *(char *)field == '-'))
		put(f, "-", 1);
	else if (make_room(f, n * TEXT_ESCAPED_MAX))
		f->len += text_escape(f->out + f->len, field, n);
}

static void
on_row(int end, void *foreign)
{
	struct foreign *f = foreign;

	(void)end;
	put(f, "\n", 1);
	f->row = f->header = false;
}

static void
parse(struct foreign *f, const char *p, size_t n)
{
	size_t bom = sizeof BOM - 1;

	if (!f->begun && n >= bom && memcmp(p, BOM, bom) == 0) {
		p += bom;
		n -= bom;
	}
	f->begun = true;
	if (csv_parse(&f->csv, p, n, on_field, on_row, f) != n)
		f->error = ENOMEM;
	if (f->csv.entry_pos > FIELD_MAX)
		f->error = EMSGSIZE;
}

/* A file has ended.  Its last row needs no newline; the next file has its own
 * header. */
static void
finish(struct foreign *f)
{
	csv_set_opts(&f->csv, CSV_STRICT | CSV_STRICT_FINI);
	if (csv_fini(&f->csv, on_field, on_row, f) != 0)
		f->error = EBADMSG;
	csv_set_opts(&f->csv, 0);
	if (f->error != 0)
		csv_fini(&f->csv, NULL, NULL, NULL);
	f->header = true;
	f->row = f->begun = false;
}

/* Make more records, from the next bytes of the file or its end. */
static ssize_t
fill(struct foreign *f, int fd)
{
	char chunk[CHUNK];
	ssize_t got = read(fd, chunk, sizeof chunk);

	if (got < 0)
		return -1;
	if (got > 0)
		parse(f, chunk, (size_t)got);
	else
		finish(f);
	if (f->error == 0)
		return 0;
	errno = f->error;
	f->error = 0;
	return -1;
}

ssize_t
foreign_read(void *foreign, int fd, void *buf, size_t n)
{
	struct foreign *f = foreign;

	if (f->begin == f->len) {
		f->begin = f->len = 0;
		if (fill(f, fd) < 0)
			return -1;
		if (f->len == 0 && f->begun) {
			errno = EAGAIN;	/* no whole field yet */
			return -1;
		}
	}
	if (n > f->len - f->begin)
		n = f->len - f->begin;
	memcpy(buf, f->out + f->begin, n);
	f->begin += n;
	return (ssize_t)n;
}
