#include "stage/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/io.h"

/* Can this byte be in a header, or before the first TAB of a record? */
static bool
is_text(uint8_t c)
{
	return c == '\t' || c == '\n' || (c >= ' ' && c != 0x7f);
}

/* Are these the first bytes of records: of a header, or of a record of a known
 * kind that has none, which is reported later? */
static bool
records_begin(const uint8_t *p, size_t n)
{
	size_t word = 0;

	if (n > SAVEFILE_MAGIC_MAX)
		n = SAVEFILE_MAGIC_MAX;
	for (size_t i = 0; i < n; i++)
		if (!is_text(p[i]))
			return false;
	while (word < n && p[word] != '\t')
		word++;
	return n == 0 || p[0] == '#' ||
	    rec_kind_named((const char *)p, word) != REC_KINDS;
}

/* An empty input has no records; any other that is too short for a magic number
 * is left to the reader of captures, which reports it. */
static enum input_kind
kind_of(const uint8_t *p, size_t n)
{
	if (records_begin(p, n))
		return INPUT_RECORDS;
	return savefile_begins(p, n) || n < SAVEFILE_MAGIC_MAX ?
	    INPUT_CAPTURE : INPUT_NEITHER;
}

int
input_open(struct input *in, const char *path)
{
	ssize_t n;

	if (capfile_open(&in->file, path) < 0)
		return -1;
	in->name = in->file.name;
	in->live = !io_is_file(in->file.fd) &&
	    (in->file.child == 0 || strcmp(path, "-") == 0);
	if ((n = capfile_peek(&in->file, SAVEFILE_MAGIC_MAX)) < 0) {
		capfile_close(&in->file);
		return -1;
	}
	in->kind = kind_of(in->file.buf, (size_t)n);
	return 0;
}

int
input_open_records(struct input *in, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	*in = (struct input){ .name = is_stdin ? "stdin" : path,
	    .kind = INPUT_RECORDS, .file.fd = fd };
	if (fd < 0)
		snprintf(in->file.error, sizeof in->file.error, "%.200s: %s",
		    path, strerror(errno));
	in->live = !io_is_file(fd);
	return fd < 0 ? -1 : 0;
}

static ssize_t
read_input(void *input, int fd, void *buf, size_t n)
{
	struct input *in = input;

	(void)fd;
	return capfile_read(&in->file, buf, n);
}

void
input_read(struct input *in, struct rec_reader *reader)
{
	rec_reader_file(reader, in->file.fd);
	if (in->file.buf == NULL)
		return;
	reader->read = read_input;
	reader->arg = in;
}

int
input_close(struct input *in)
{
	return capfile_close(&in->file);
}
