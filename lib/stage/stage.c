#include "stage/stage.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "stage/decoder.h"
#include "stage/input.h"
#include "stage/kinds.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/privilege.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "wire/units.h"

#define LIVE_WITHIN	(5 * NS_PER_S)	/* of now: a live stream */
#define KEPT_MAX	(1 << 20)	/* bytes of counts; more are passed */
#define SHARES_MAX	1000
#define COMPLAINTS	5	/* bad lines reported; more are counted */

static void
print_wrong(const char *why)
{
	warnx("%s", why);
}

/* Mark the topics that a list with commas names.  Returns one that is unknown,
 * and what follows it, or NULL. */
static const char *
choose_topics(struct stage *st, const char *list)
{
	const char *const *topics = st->cmd->topics;

	for (size_t n; *list != '\0'; list += n + (list[n] == ',')) {
		unsigned found = 0;

		n = strcspn(list, ",");
		for (unsigned i = 0; topics[i] != NULL; i++)
			if ((n == 3 && strncmp(list, "all", 3) == 0) ||
			    (strncmp(topics[i], list, n) == 0 &&
			    topics[i][n] == '\0'))
				found |= 1u << i;
		if (found == 0)
			return list;
		st->explained |= found;
	}
	return NULL;
}

void
stage_begin(struct stage *st, const struct command *cmd)
{
	const char *list = getenv("CONNPIPE_DEBUG");

	memset(st, 0, sizeof *st);
	st->prog = cmd->prog;
	if (rec_reader_open(&st->in) < 0 ||
	    rec_writer_open(&st->out, STDOUT_FILENO) < 0)
		err(1, NULL);
	st->out.wrong = print_wrong;
	st->cmd = cmd;
	st->clock.may_lag = st->clock.may_lead = CLOCK_RECORDS;
	/* One setting for a whole pipeline: others' topics are no mistake. */
	while (cmd->topics != NULL && list != NULL && *list != '\0') {
		list = choose_topics(st, list);
		if (list != NULL && *(list += strcspn(list, ",")) == ',')
			list++;
	}
}

static void
need_topics(struct stage *st, const char *list)
{
	const char *unknown = choose_topics(st, list);
	char known[200] = "all";

	if (unknown == NULL)
		return;
	for (const char *const *t = st->cmd->topics; *t != NULL; t++) {
		size_t n = strlen(known);

		snprintf(known + n, sizeof known - n, ", %s", *t);
	}
	opt_wrong("-D: unknown topic '%.*s': must be of %s",
	    (int)strcspn(unknown, ","), unknown, known);
}

static void
choose_share(struct stage *st, const char *text)
{
	uint32_t share[2];

	if (!opt_pair(text, share) || share[0] == 0 || share[0] > share[1] ||
	    share[1] > SHARES_MAX)
		opt_wrong("--share: invalid share '%s': must be i/n, with i "
		    "from 1 to n, and n up to %d", text, SHARES_MAX);
	st->share = share[0] - 1;
	st->shares = share[1];
}

void
stage_shared(struct stage *st, int c)
{
	if (c == 'D')
		need_topics(st, optarg);
	else if (c == 'p')
		st->pass = true;
	else if (c == OPT_SHARE_LETTER)
		choose_share(st, optarg);
}

void
stage_explain(void *stage, unsigned topic, const char *text)
{
	const struct stage *st = stage;

	warnx("%s: %s", st->cmd->topics[topic], text);
}

void
stage_flush(struct rec_writer *out)
{
	if (rec_flush(out) == 0)
		return;
	if (out->error == EPIPE)
		exit(1);
	errno = out->error;
	err(1, "standard output");
}

void
stage_finish(struct rec_writer *out)
{
	stage_flush(out);
	if (close(out->fd) < 0)
		err(1, "standard output");
	rec_writer_close(out);
}

uint64_t
stage_seed(void)
{
	uint64_t seed;

	if (getentropy(&seed, sizeof seed) < 0)
		err(1, "random seed");
	return seed;
}

static void
complain(struct stage *st, const char *column, const char *why)
{
	st->failed = true;
	if (st->bad_lines++ >= COMPLAINTS)
		return;
	warnx("%s:%" PRIu64 ": %s%s%s", st->place, st->in.line, column,
	    *column != '\0' ? ": " : "", why);
}

/*
 * The counts of upstream programs are written at the end, before our own: they
 * are kept until then as lines, each after the header that it goes by.
 */
static void
keep_count(struct stage *st, const struct rec *rec)
{
	const char *head = rec->head->text;

	if (st->share > 0)
		return;
	if (st->nkept > KEPT_MAX) {
		rec_pass(&st->out, REC_count, head, rec->line, rec->len);
		return;
	}
	if (st->kept == NULL &&
	    (st->kept = open_memstream(&st->kept_text, &st->nkept)) == NULL)
		err(1, NULL);
	fprintf(st->kept, "%s\n%.*s\n", head, (int)rec->len, rec->line);
	fflush(st->kept);
}

static void
pass_kept(struct stage *st)
{
	char *head, *line, *rest;

	if (st->kept == NULL)
		return;
	fclose(st->kept);
	rest = st->kept_text;
	while ((head = strsep(&rest, "\n")) != NULL &&
	    (line = strsep(&rest, "\n")) != NULL)
		rec_pass(&st->out, REC_count, head, line, strlen(line));
	free(st->kept_text);
}

/* Bad lines are not passed along: they would be errors downstream, too. */
static void
handle(struct stage *st, enum rec_step step)
{
	struct rec *rec = &st->in.rec;
	bool passed;

	if (step == REC_BAD) {
		complain(st, "", st->in.error);
		return;
	}
	if (rec->kind == REC_count && !st->sink) {
		keep_count(st, rec);
		return;
	}
	passed = st->pass && (st->shares == 0 || st->mine(st, rec));
	if (passed)
		rec_pass(&st->out, rec->kind,
		    rec->kind < REC_KINDS ? rec->head->text : NULL, rec->line,
		    rec->len);
	if (rec->ignored || (rec->kind == REC_KINDS && !st->in.all))
		return;
	st->record(st, rec);
	if (rec->why == NULL)
		return;
	complain(st, rec->bad, rec->why);
	if (passed)
		rec_unpass(&st->out, rec->len);
}

static void
set_now(struct stage *st)
{
	st->now = stage_stamp(st, st->clock.now);
}

uint64_t
stage_clock(struct stage *st, uint64_t stamp)
{
	uint64_t time = clock_packet(&st->clock, stamp);

	set_now(st);
	return time;
}

/* All input so far was handled: is this stream live? */
static void
heard(struct stage *st)
{
	uint64_t wall = clock_ns(CLOCK_REALTIME);

	st->live = st->now + LIVE_WITHIN > wall && st->now < wall + LIVE_WITHIN;
	st->heard_time = st->clock.now;
	st->heard_mono = clock_ns(CLOCK_MONOTONIC);
}

/* No input: the clock of a live stream runs on. */
static void
idle(struct stage *st)
{
	if (!st->live || st->tick == NULL)
		return;
	clock_advance(&st->clock, st->heard_time + clock_ns(CLOCK_MONOTONIC) -
	    st->heard_mono);
	set_now(st);
	st->tick(st);
}

/* How long to wait at most, in ns; negative without a limit. */
static int64_t
limit_of(struct stage *st)
{
	int64_t tick = st->live && st->tick != NULL ? (int64_t)NS_PER_S : -1;
	int64_t own = st->patience != NULL ? st->patience(st) : -1;

	return tick < 0 || (own >= 0 && own < tick) ? own : tick;
}

/* Wait for input, a watched descriptor or the timeout.  Returns 1 if fd is
 * readable.  fd may be -1. */
static int
wait_for(struct stage *st, int fd)
{
	struct pollfd all[STAGE_WATCH_MAX + 2];
	int64_t limit = limit_of(st);

	if (st->ready == NULL)
		return signals_wait(fd, limit);
	all[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	if (st->nwatch > 0)
		memcpy(all + 1, st->watch, st->nwatch * sizeof *all);
	if (signals_poll(all, st->nwatch + 1, limit) < 0)
		return 0;
	if (st->nwatch > 0)
		memcpy(st->watch, all + 1, st->nwatch * sizeof *all);
	st->ready(st);
	return all[0].revents != 0;
}

/* Counts of packets decoded here are written as this program's. */
static const char decoder_prog[] = "tcpdecode";

void
stage_progress(struct stage *st)
{
	const struct decoder *dc = st->decoder;

	if (!signals_counts())
		return;
	if (st->sum_up != NULL)
		st->sum_up(st);
	if (st->captured && dc != NULL)
		count_print(decoder_prog, dc->counts, dc->ncounts);
	count_print(st->prog, st->counts, st->ncounts);
}

void
stage_wait(struct stage *st)
{
	wait_for(st, -1);
	stage_progress(st);
}

static void
report(struct stage *st, const char *why)
{
	warnx("%s", why);
	st->failed = true;
}

/* When a signal asks to stop, the rest of a file is left; a stream is read to
 * its end. */
static bool
is_left(const struct input *in)
{
	return !in->live && signals_stop();
}

static void
read_records(struct stage *st, struct input *in)
{
	enum rec_step step;
	int n = 1;

	input_read(in, &st->in);
	while (n > 0 && !is_left(in)) {
		if (input_is_ready(in) || wait_for(st, in->file.fd) == 1) {
			if ((n = rec_fill(&st->in)) < 0) {
				warn("%s:%" PRIu64, st->place, st->in.line + 1);
				st->failed = true;
			}
			while ((step = rec_next(&st->in)) != REC_MORE)
				handle(st, step);
			heard(st);
		} else
			idle(st);
		stage_flush(&st->out);
		stage_progress(st);
	}
}

/* Handle the packets in the buffer.  False if the capture is damaged. */
static bool
handle_packets(struct stage *st, struct capfile *file)
{
	struct packet pkt;
	int got;

	while ((got = capfile_next(file, &pkt)) > 0)
		st->packet(st, &pkt);
	if (st->decoder != NULL)
		decoder_drain(st->decoder);
	heard(st);
	return got == 0;
}

static void
read_capture(struct stage *st, struct input *in)
{
	bool filled = true, good = true;
	int n = 1;

	while (good && n > 0 && !is_left(in)) {
		if (filled)
			good = handle_packets(st, &in->file);
		else
			idle(st);
		stage_flush(&st->out);
		stage_progress(st);
		if (good && (filled = wait_for(st, in->file.fd) == 1))
			n = capfile_fill(&in->file);
	}
	if (!good || n < 0)
		report(st, in->file.error);
}

static void
read_input(struct stage *st, struct input *in)
{
	st->place = in->name;
	if (in->kind == INPUT_RECORDS)
		read_records(st, in);
	else if (in->kind == INPUT_CAPTURE)
		read_capture(st, in);
	else {
		warnx("%s: neither records nor a capture", in->name);
		st->failed = true;
	}
	if (input_close(in) < 0)
		report(st, in->file.error);
}

/* Open an input.  The wait for its first bytes handles signals, too. */
static int
open_input(struct stage *st, struct input *in, const char *name)
{
	if (st->packet == NULL)
		return input_open_records(in, name);
	while (strcmp(name, "-") == 0 && signals_wait(STDIN_FILENO, -1) == 0)
		stage_progress(st);
	if (input_open(in, name) < 0)
		return -1;
	if (st->record == NULL)
		in->kind = INPUT_CAPTURE;
	return 0;
}

/* Every file is opened before the first byte of any is parsed.  Returns how
 * many could be. */
static int
open_all(struct stage *st, struct input *inputs, char **names, int n)
{
	bool records = false;
	int opened = 0;

	for (int i = 0; i < n; i++) {
		struct input *in = &inputs[opened];

		if (open_input(st, in, names[i]) < 0) {
			report(st, in->file.error);
			continue;
		}
		st->captured |= in->kind == INPUT_CAPTURE;
		records |= in->kind == INPUT_RECORDS;
		opened++;
	}
	st->mixed = st->captured && records;
	return opened;
}

void
stage_prepare(void)
{
	if (signals_setup() < 0)
		err(1, "signals");
	io_widen_pipe(STDIN_FILENO);
	io_widen_pipe(STDOUT_FILENO);
	io_raise_file_limit();
}

void
stage_confine(struct stage *st)
{
	char why[200];

	if (!st->keeps_user && privilege_shed(why, sizeof why) < 0)
		errx(1, "cannot drop privilege: %s", why);
	if ((st->sandbox != NULL ? st->sandbox(st) :
	    sandbox_enter(SANDBOX_FILTER)) < 0)
		err(1, "sandbox");
}

static void
read_all(struct stage *st, char **names, int n)
{
	struct input *inputs = calloc((size_t)n, sizeof *inputs);
	int opened;

	if (inputs == NULL)
		err(1, NULL);
	opened = open_all(st, inputs, names, n);
	stage_confine(st);
	for (int i = 0; i < opened; i++)
		read_input(st, &inputs[i]);
	free(inputs);
}

/* --- the end ------------------------------------------------------------- */

/* A program that reads packets needs some, as records if not from captures. */
static void
need_packets(struct stage *st)
{
	if (st->packet != NULL && !st->captured &&
	    rec_head_at(&st->in, REC_pkt) == NULL &&
	    rec_head_at(&st->in, REC_icmp) == NULL)
		st->failed |= kinds_report_missing(&st->in,
		    rec_kind_name(REC_pkt));
}

/* The counts of the packets that were decoded here. */
static void
put_decoded(struct stage *st)
{
	struct decoder *dc = st->decoder;

	if (!st->captured || dc == NULL || st->share > 0)
		return;
	decoder_end(dc);
	count_write(&st->out, decoder_prog, dc->now, dc->counts, dc->ncounts);
}

int
stage_end(struct stage *st)
{
	pass_kept(st);
	put_decoded(st);
	if (st->sum_up != NULL)
		st->sum_up(st);
	if (!st->sink)
		count_write(&st->out, st->prog, st->now, st->counts,
		    st->ncounts);
	stage_finish(&st->out);
	rec_reader_close(&st->in);
	return st->failed;
}

/* What a program whose standard input is a terminal is to read. */
static const char *
what_it_reads(const struct stage *st)
{
	return st->record == NULL ? "captures or pipe packets in" :
	    st->packet == NULL ? "files of records or pipe them in" :
	    "captures or files of records, or pipe them in";
}

int
stage_run(struct stage *st, char **files, int n)
{
	static char dash[] = "-", *standard_input[] = { dash };

	if (n == 0 && isatty(STDIN_FILENO))
		errx(2, "standard input is a terminal: name %s",
		    what_it_reads(st));
	stage_prepare();
	read_all(st, n > 0 ? files : standard_input, n > 0 ? n : 1);
	if (st->decoder != NULL)
		decoder_flush(st->decoder);
	clock_end(&st->clock);
	set_now(st);
	if (st->end != NULL)
		st->end(st);
	if (st->bad_lines > COMPLAINTS)
		warnx("%" PRIu64 " lines not understood", st->bad_lines);
	need_packets(st);
	return stage_end(st);
}
