/*
 * The main loop of every program that reads records or packets: its input,
 * files or standard input; -p; errors of the input; signals; the clock of a live
 * stream; flushing; counts.  Only lib/stage and cmd/ print or exit.
 */
#ifndef STAGE_STAGE_H
#define STAGE_STAGE_H

#include "stage/clock.h"
#include "stage/count.h"
#include "stage/option.h"
#include "rec/read.h"
#include "rec/write.h"
#include "wire/units.h"

#define STAGE_WATCH_MAX	1024

struct decoder;
struct packet;

struct stage {
	const char *prog;
	const struct command *cmd;
	unsigned explained;	/* bit n: -D asked for topic n of the command */
	bool pass;		/* -p: write everything read, too */
	bool sink;		/* the final consumer: receives count records,
				 * too, and writes none */
	struct rec_reader in;
	struct rec_writer out;

	/* Handles a record, with in.all one of any kind.  If a column could
	 * not be read (rec->why is set) it writes nothing: the stage reports
	 * the error.  NULL: every input must be a capture. */
	void (*record)(struct stage *st, struct rec *rec);
	/* Handles a packet of a capture, which it passes along itself.  NULL:
	 * every input must be of records. */
	void (*packet)(struct stage *st, const struct packet *pkt);
	void *source;		/* for record() and packet() */
	/*
	 * --share: the program uses the connections of one of several shares,
	 * counted from 0, and passes along records for which mine() is true.
	 * Records about no connection, and all counts but its own, belong to
	 * share 0.  If shares is 0 it uses everything.
	 */
	uint32_t share, shares;
	bool (*mine)(struct stage *st, struct rec *rec);
	/* Has counts of its own, as tcpdecode's, if packets were read; or
	 * NULL. */
	struct decoder *decoder;
	/* A live stream is idle, and st->now has advanced; may be NULL. */
	void (*tick)(struct stage *st);
	/* The input has ended, the output is still open; may be NULL. */
	void (*end)(struct stage *st);
	/* Descriptors to watch beside the input; what to do after each wait,
	 * with poll(2)'s results in them; how many ns a wait may last (negative:
	 * no limit); NULL if none.  sandbox() enters the sandbox that this
	 * needs, instead of that for reading and writing alone. */
	struct pollfd *watch;
	unsigned nwatch;	/* at most STAGE_WATCH_MAX */
	void (*ready)(struct stage *st);
	int64_t (*patience)(struct stage *st);
	int (*sandbox)(struct stage *st);
	bool keeps_user;	/* root stays root: it will remove a file */
	/* Written at the end, and printed on SIGUSR1. */
	struct count *counts;
	size_t ncounts;
	/* Updates them before that; may be NULL. */
	void (*sum_up)(struct stage *st);

	/* The capture's clock, which record() and packet() move by
	 * stage_clock(); and the stamp of its now. */
	struct clock clock;
	uint64_t now;

	/* Private to lib/stage, but for place, bad_lines and failed. */
	const char *place;	/* the name of the current input */
	bool mixed;		/* some inputs are captures, others records */
	bool captured;		/* one is a capture */
	uint64_t bad_lines;
	FILE *kept;		/* count records of upstream programs */
	char *kept_text;
	size_t nkept;
	bool failed;		/* the exit status will be 1 */
	bool live;
	uint64_t heard_time, heard_mono;	/* both at the last input */
};

/*
 * Set up the stage of a command, with the topics that the environment asks it
 * to explain (CONNPIPE_DEBUG).  Call it before options are read.  Without
 * memory the program ends.
 */
void stage_begin(struct stage *st, const struct command *cmd);

/* Handle an option that stages share: -D, -p or --share. */
void stage_shared(struct stage *st, int c);

/* Print the explanation of a topic.  For struct explain: arg is the stage. */
void stage_explain(void *stage, unsigned topic, const char *text);

/*
 * Write the buffered output; at the end, close and free it, too.  An output
 * that cannot be written ends the program: silently if its reader is gone.
 */
void stage_flush(struct rec_writer *out);
void stage_finish(struct rec_writer *out);

/*
 * Wait once for the watched descriptors, without the input: for record() and
 * end() when they cannot go on before that.  Nothing is flushed.
 */
void stage_wait(struct stage *st);

/* A new random key for hash tables. */
uint64_t stage_seed(void);

/*
 * Open files[0..n), or standard input if n is 0, enter the sandbox, and read
 * them all.  Returns the exit status.
 */
int stage_run(struct stage *st, char **files, int n);

/*
 * What stage_run() does around its loop, for a program with a loop of its own.
 * First: signals, wide pipes, a high limit of open files.
 */
void stage_prepare(void);

/* When every input is open, and before a byte of it is parsed: root becomes
 * nobody, and the program enters its sandbox. */
void stage_confine(struct stage *st);

/* Each time round: print the counts so far, if a signal asked for them. */
void stage_progress(struct stage *st);

/* Last: write the counts and close the output.  Returns the exit status. */
int stage_end(struct stage *st);

/* Move the clock to a stamp, of a packet or of a record worked out of packets.
 * Returns the stamp's time on the time line. */
uint64_t stage_clock(struct stage *st, uint64_t stamp);

/* The stamp of a time of the clock. */
static inline uint64_t
stage_stamp(const struct stage *st, uint64_t time)
{
	return clock_stamp(&st->clock, time);
}

#endif
