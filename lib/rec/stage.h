/*
 * The loop of every program that reads records: files or standard input,
 * passing along, complaints, signals, the live clock, flushing, counts.
 * With cmd/, the one place that prints.
 */
#ifndef REC_STAGE_H
#define REC_STAGE_H

#include "rec/count.h"
#include "rec/read.h"
#include "rec/write.h"

struct stage {
	const char *prog;
	bool pass;		/* -p: pass along what is read */
	struct rec_reader in;
	struct rec_writer out;

	/* What to do with a record of a known kind.  Where a column could not
	 * be read (rec->why) it must write nothing; the stage reports it. */
	void (*record)(struct stage *st, struct rec *rec);
	/* A live stream is idle and st->now went on; may be NULL. */
	void (*tick)(struct stage *st);
	/* The input has ended, the output not yet; may be NULL. */
	void (*end)(struct stage *st);
	/* Written last, and to standard error on SIGUSR1. */
	struct count *counts;
	size_t ncounts;

	/* The capture's clock, which record() sets by stage_clock(). */
	uint64_t now;
	bool was_far;		/* the last stamp was, from it */

	/* The stage's own. */
	const char *place;	/* the input's name */
	uint64_t bad_lines;
	bool failed;
	bool live;
	uint64_t heard_now, heard_mono;	/* both clocks at the last input */
};

/*
 * Set up what main() needs before it reads options: reader and writer.
 * 0, or -1 with errno.
 */
int stage_open(struct stage *st, const char *prog);

/*
 * Open files[0..n) (standard input when n is 0), shut the program in, and
 * read them all.  Returns the exit status.
 */
int stage_run(struct stage *st, char **files, int n);

/* The stage's clock moves to ns; never back, unless that is so far that it must
 * be another capture.  One packet so far away, in either direction, has a wrong
 * stamp: the clock believes the second. */
#define STAGE_FAR_NS	UINT64_C(3600000000000)
static inline bool
stage_clock(struct stage *st, uint64_t ns)
{
	bool far = st->now != 0 &&
	    (ns > st->now ? ns - st->now : st->now - ns) > STAGE_FAR_NS;

	if (far && !st->was_far) {
		st->was_far = true;
		return false;
	}
	if (ns > st->now || far)
		st->now = ns;
	st->was_far = false;
	return far;
}

#endif
