#include "stage/stage.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/io.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "wire/units.h"

#define LIVE_WITHIN	(5 * NS_PER_S)	/* of now: a live stream */
#define KEPT_MAX	(1 << 20)	/* bytes of upstream counts; more is passed */
#define COMPLAINTS	5	/* bad lines that are reported; more are counted */

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

void
stage_shared(struct stage *st, int c)
{
	if (c == 'D')
		need_topics(st, optarg);
	else if (c == 'p')
		st->pass = true;
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

	if (step == REC_BAD) {
		complain(st, "", st->in.error);
		return;
	}
	if (rec->kind == REC_count && !st->sink) {
		keep_count(st, rec);
		return;
	}
	if (st->pass)
		rec_pass(&st->out, rec->kind,
		    rec->kind < REC_KINDS ? rec->head->text : NULL, rec->line,
		    rec->len);
	if (rec->ignored || (rec->kind == REC_KINDS && !st->in.all))
		return;
	st->record(st, rec);
	if (rec->why == NULL)
		return;
	complain(st, rec->bad, rec->why);
	if (st->pass)
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
	memcpy(all + 1, st->watch, st->nwatch * sizeof *all);
	if (signals_poll(all, st->nwatch + 1, limit) < 0)
		return 0;
	memcpy(st->watch, all + 1, st->nwatch * sizeof *all);
	st->ready(st);
	return all[0].revents != 0;
}

void
stage_progress(struct stage *st)
{
	if (!signals_counts())
		return;
	if (st->sum_up != NULL)
		st->sum_up(st);
	count_print(st->prog, st->counts, st->ncounts);
}

void
stage_wait(struct stage *st)
{
	wait_for(st, -1);
	stage_progress(st);
}

static void
read_file(struct stage *st, int fd)
{
	enum rec_step step;
	bool file = io_is_file(fd);
	int n = 1;

	rec_reader_file(&st->in, fd);
	while (n > 0 && !(file && signals_stop())) {
		if (wait_for(st, fd) == 1) {
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

/* Every file is opened before the first byte of any is parsed. */
static int *
open_all(struct stage *st, char **files, int n)
{
	int *fds = calloc((size_t)n + 1, sizeof *fds);

	if (fds == NULL)
		err(1, NULL);
	for (int i = 0; i < n; i++) {
		fds[i] = strcmp(files[i], "-") == 0 ? STDIN_FILENO :
		    open(files[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] >= 0)
			continue;
		warn("%s", files[i]);
		st->failed = true;
	}
	return fds;
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
	if ((st->sandbox != NULL ? st->sandbox(st) :
	    sandbox_enter(SANDBOX_FILTER)) < 0)
		err(1, "sandbox");
}

int
stage_end(struct stage *st)
{
	pass_kept(st);
	if (st->sum_up != NULL)
		st->sum_up(st);
	if (!st->sink)
		count_write(&st->out, st->prog, st->now, st->counts,
		    st->ncounts);
	stage_finish(&st->out);
	rec_reader_close(&st->in);
	return st->failed;
}

int
stage_run(struct stage *st, char **files, int n)
{
	static char dash[] = "-", *standard_input[] = { dash };
	char **names = n > 0 ? files : standard_input;
	int nfiles = n > 0 ? n : 1;
	int *fds;

	if (n == 0 && isatty(STDIN_FILENO))
		errx(2, "standard input is a terminal: "
		    "name files of records or pipe them in");
	stage_prepare();
	fds = open_all(st, names, nfiles);
	stage_confine(st);
	for (int i = 0; i < nfiles; i++) {
		st->place = strcmp(names[i], "-") == 0 ? "stdin" : names[i];
		if (fds[i] >= 0)
			read_file(st, fds[i]);
	}
	free(fds);
	clock_end(&st->clock);
	set_now(st);
	if (st->end != NULL)
		st->end(st);
	if (st->bad_lines > COMPLAINTS)
		warnx("%" PRIu64 " lines not understood", st->bad_lines);
	return stage_end(st);
}
