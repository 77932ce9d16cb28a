/*
 * The loop of every program that reads records: files or standard input,
 * passing along, complaints, signals, the live clock, flushing, counts.
 * With cmd/, the one place that prints.
 */
#ifndef STAGE_STAGE_H
#define STAGE_STAGE_H

#include "stage/count.h"
#include "stage/option.h"
#include "rec/read.h"
#include "rec/write.h"
#include "wire/units.h"

#define STAGE_WATCH_MAX	1024

struct stage {
	const char *prog;
	const char *synopsis, *help;	/* what -h prints */
	const struct command *cmd;
	unsigned explained;	/* bit n: -D asked for topic n of the command */
	enum rec_kind writes, writes_too;	/* REC_count: no more */
	bool pass;		/* -p: pass along what is read */
	bool sink;		/* take all for oneself, counts among it; write
				 * none at the end */
	struct rec_reader in;
	struct rec_writer out;

	/* What to do with a record, with in.all of any kind.  Where a column
	 * could not be read (rec->why) it must write nothing; the stage reports
	 * it. */
	void (*record)(struct stage *st, struct rec *rec);
	/* A live stream is idle and st->now went on; may be NULL. */
	void (*tick)(struct stage *st);
	/* The input has ended, the output not yet; may be NULL. */
	void (*end)(struct stage *st);
	/* Descriptors to wait for beside the input, what to do after each
	 * wait, when poll(2) may have put something in them, and how many ns
	 * one may last (negative: no limit); NULL for none.  sandbox says what
	 * this takes beside reading and writing. */
	struct pollfd *watch;
	unsigned nwatch;	/* at most STAGE_WATCH_MAX */
	void (*ready)(struct stage *st);
	int64_t (*patience)(struct stage *st);
	int (*sandbox)(struct stage *st);
	/* Written last, and to standard error on SIGUSR1. */
	struct count *counts;
	size_t ncounts;
	/* Bring them up to date, each time before; may be NULL. */
	void (*sum_up)(struct stage *st);

	/* The capture's clock, which record() sets by stage_clock(). */
	uint64_t now;
	bool was_far;		/* the last stamp was, from it */

	/* The stage's own. */
	const char *place;	/* the input's name */
	uint64_t bad_lines;
	FILE *kept;		/* counts of the programs before */
	char *kept_text;
	size_t nkept;
	bool failed;
	bool live;
	uint64_t heard_now, heard_mono;	/* both clocks at the last input */
};

/*
 * Set up what main() needs before it reads options: reader and writer.
 * Without memory the program ends.
 */
void stage_open(struct stage *st, const char *prog);

/*
 * Set up the stage of a command, with the topics that the environment asks it
 * to explain (CONNPIPE_DEBUG).  Call it before options are read.  Without
 * memory the program ends.
 */
void stage_begin(struct stage *st, const struct command *cmd);

/* Handle an option that stages share: -D or -p. */
void stage_shared(struct stage *st, int c);

/* Print the explanation of a topic.  For struct explain: arg is the stage. */
void stage_explain(void *stage, unsigned topic, const char *text);

/*
 * The options that all share, by what getopt() gave: h, p and V, the columns
 * for F, and all that is none, which is wrong usage.
 */
void stage_option(struct stage *st, int c);

/* What an option of F prints, and the end. */
void stage_columns(const struct stage *st);

/*
 * Write out what is buffered; and, at the end, close it and free it.  An output
 * that cannot be written ends the program: quietly where nobody reads it.
 */
void stage_flush(struct rec_writer *out);
void stage_finish(struct rec_writer *out);

/*
 * Wait once for what is watched, and not for input: what record() and end()
 * do while they can take no more.  Nothing is flushed.
 */
void stage_wait(struct stage *st);

/* A key for hash tables, drawn anew. */
uint64_t stage_seed(void);

/*
 * The argument of an option: seconds to ns, more than 0 and at most max; or a
 * whole number from min to max.  What is none ends the program, as wrong use.
 */
uint64_t stage_seconds(int option, const char *text, double max);
uint32_t stage_number(int option, const char *text, uint32_t min,
    uint32_t max);

/*
 * Open files[0..n) (standard input when n is 0), shut the program in, and
 * read them all.  Returns the exit status.
 */
int stage_run(struct stage *st, char **files, int n);

/* The stage's clock moves to ns; never back, unless that is so far that it must
 * be another capture.  One packet so far away, in either direction, has a wrong
 * stamp: the clock believes the second. */
#define STAGE_FAR_NS	(3600 * NS_PER_S)
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
