/*
 * The inputs of a program: files, or standard input, each of records or of
 * packets, compressed or not.  Their first bytes show which.
 */
#ifndef STAGE_INPUT_H
#define STAGE_INPUT_H

#include "capture/capfile.h"
#include "rec/read.h"

enum input_kind { INPUT_RECORDS, INPUT_CAPTURE, INPUT_NEITHER };

struct input {
	const char *name;	/* as the user named it; "stdin" for "-" */
	enum input_kind kind;
	bool live;		/* a stream, not a file, compressed or not */
	struct capfile file;
};

/*
 * Open path ("-" is standard input), and wait for its first bytes, by which
 * kind is set.  0, or -1 with in->file.error.
 */
int input_open(struct input *in, const char *path);

/* The same for a program that reads records alone; does not wait. */
int input_open_records(struct input *in, const char *path);

/* Let the reader read the records of this input. */
void input_read(struct input *in, struct rec_reader *reader);

/* Can the input be read without waiting for more of it? */
static inline bool
input_is_ready(const struct input *in)
{
	return in->file.start < in->file.end;
}

/* Close it.  0, or -1 with in->file.error if it could not be decompressed. */
int input_close(struct input *in);

#endif
