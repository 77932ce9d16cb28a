/*
 * summarize - records become numbers: counts, sums, means, deviations and
 * percentiles, by any columns, by window, of any records.
 *
 * What is known of a group is in stat/moments and stat/histogram, what is
 * taken of a record in stat/plan, a report in stat/report, its forms in
 * stat/form and stat/store; this is the program around them.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rec/foreign.h"
#include "stage/stage.h"
#include "stat/form.h"
#include "stat/list.h"
#include "stat/restore.h"
#include "stat/served.h"
#include "stat/store.h"
#include "stat/windows.h"
#include "sys/sandbox.h"
#include "sys/server.h"

static const char synopsis[] =
"summarize [-FhNV] [-A path=request] [-g columns] [-G group] [-i format] "
"[-k kinds] [-n groups] [-o format] [-q percentiles] [-s statistic] [-t number] [-U path] "
"[-v columns] [-w secs] [file ...]";

static const char help[] =
"  -A path=request ask a running summarize -U path: GET, REFRESH or METRICS\n"
"  -F              print the columns that are written with -o stat\n"
"  -g columns      group by these: src,dport or src/24\n"
"  -G group        who may use the socket of -U, beside its owner\n"
"  -h              print this\n"
"  -i format       read a table with a header line: csv or tsv\n"
"  -k kinds        only records of these kinds\n"
"  -n groups       keep so many groups; the rest is one, 'other' (100000)\n"
"  -N              JSON of sums alone, nested by the key and dots in names\n"
"  -o format       text, tsv, csv, json, jsonl, prom or stat (text)\n"
"  -q percentiles  these (50,90,99)\n"
"  -s statistic    largest first, by records or one as p99 or rtt_seq:p99\n"
"  -t number       only so many groups, the largest\n"
"  -U path         serve the running totals on a UNIX socket\n"
"  -v columns      the values to summarize\n"
"  -V              print the version\n"
"  -w secs         a report for each stretch of time of this length\n";

enum { RECORDS, GROUPS, OTHER, BAD_VALUES, BAD_LINES, COUNTS };

static struct count own[COUNTS] = {
	[RECORDS] = { "records", 0 },
	[GROUPS] = { "groups", 0 },
	[OTHER] = { "other", 0 },
	[BAD_VALUES] = { "bad_values", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

static enum form form = FORM_TEXT;
static struct wanted wanted;
static struct figures figures;
static struct order order;
static struct layout layout = { &figures, &order, false };
static const char *percentiles = "50,90,99", *socket_path, *socket_group;
static char *statistic;
static struct foreign foreign;
static bool hold;		/* windows stay open to the end */

static struct plan *plans[REC_KINDS + REC_OTHERS_MAX];
static struct group_pool pool = { .max = 100000 };
static struct windows windows = { .pool = &pool };
static struct counts counts;	/* of the programs before, and our own */
static uint64_t seen;		/* records of the kinds of -k */
static uint64_t written_groups;
static struct served served;	/* with -U */
static struct server server;

static void
no_memory(void)
{
	errx(1, "no memory for so many groups");
}

static void
sum_up(struct stage *st)
{
	own[BAD_LINES].value = st->bad_lines;
}

/* Our own counts as they are now, among all. */
static void
count_own(struct stage *st)
{
	static uint64_t told[COUNTS];

	sum_up(st);
	for (int i = 0; i < COUNTS; i++) {
		if (!counts_add(&counts, st->prog, strlen(st->prog),
		    own[i].name, strlen(own[i].name), own[i].value - told[i]))
			no_memory();
		told[i] = own[i].value;
	}
}

/* Print to the output: see form_print. */
static void
print(struct stage *st, const struct report *r, const struct counts *all)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL || !form_print(form, f, r, all, &layout) ||
	    fclose(f) != 0)
		no_memory();
	rec_add(&st->out, text, n);
	free(text);
}

/* The largest first, by a value that is not there? */
static void
check_order(struct stage *st, const struct report *r)
{
	bool found = order.value == NULL || r->n == 0 || st->failed;

	for (unsigned i = 0; i < r->n; i++)
		for (unsigned v = 0; !found && v < r->subject[i]->nvalues; v++)
			found = strcmp(r->subject[i]->value[v].name,
			    order.value) == 0;
	if (found)
		return;
	warnx("-s: no value '%s' in the report", order.value);
	st->failed = true;
}

/* A window is over: its report. */
static void
on_close(void *stage, struct window *w)
{
	struct stage *st = stage;

	for (unsigned i = 0; i < w->report.n; i++)
		written_groups += w->report.subject[i]->groups.used;
	check_order(st, &w->report);
	if (form == FORM_STAT && !store_report(&st->out, &w->report, &layout))
		no_memory();
	if (form != FORM_STAT)
		print(st, &w->report, windows.length == 0 ? &counts : NULL);
}

/* Values that a record has go to its group. */
static void
add_values(const struct plan *p, struct group *g, const struct rec *rec)
{
	for (unsigned i = 0; i < p->nvalues; i++) {
		size_t n;
		const char *text = rec_text(rec, p->value[i].field, &n);
		struct tally *t;
		nano v;

		if (n == 1 && *text == '-')
			continue;
		t = group_value(g, (uint32_t)p->value[i].number);
		if (t == NULL)
			no_memory();
		if (nano_scan(text, n, &v) == 0 ||
		    nano_magnitude(v) > (nano_size)MOMENTS_MAX ||
		    !moments_add(&t->moments, v))
			own[BAD_VALUES].value++;
		else if (!histogram_add(&t->histogram, v))
			no_memory();
	}
}

/* Add a record of an instant, 0 for none, to a report that begins at start. */
static void
add_to(struct plan *p, struct report *r, uint64_t id, uint64_t start,
    uint64_t instant, const struct rec *rec)
{
	struct subject *s = plan_subject(p, r, id);
	const char *key = "";
	size_t n = 0;

	if (s == NULL)
		errx(1, "%s: too many kinds or columns", p->what);
	subject_saw(s, start != 0 ? start : instant, instant);
	for (unsigned part = 0; plan_key(p, rec, part, &key, &n); part++) {
		struct group *g = subject_group(s, key, n);

		if (g == NULL)
			no_memory();
		g->records++;
		add_values(p, g, rec);
	}
}

/* Where records of this instant belong; what is over goes first. */
static struct window *
window_for(struct stage *st, uint64_t instant)
{
	struct window *w;

	if (instant != 0 && stage_clock(st, instant) && !hold &&
	    windows.length != 0)
		windows_end(&windows);
	if (!hold)
		windows_due(&windows, st->now);
	w = windows_at(&windows, instant != 0 ? instant : st->now);
	if (w == NULL)
		no_memory();
	return w;
}

/*
 * When a record happened: its time, and what it took; 0 for none.  Who calls a
 * column so in a table of theirs need not mean seconds, unless they want
 * windows.
 */
static uint64_t
instant_of(const struct plan *p, struct rec *rec)
{
	unsigned fields[] = { p->time, p->took };
	uint64_t sum = 0;

	for (int i = 0; i < 2 && fields[i] != 0; i++) {
		size_t n;
		const char *text = rec_text(rec, fields[i], &n);
		uint64_t ns;
		bool scanned = ns_scan(text, n, &ns) != 0;

		if ((n == 1 && *text == '-') ||
		    (!scanned && p->foreign && windows.length == 0))
			break;
		if (!scanned) {
			rec->bad = i == 0 ? "time" : "took";
			rec->why = "not a time";
			return 0;
		}
		sum += ns;
	}
	return sum;
}

static struct plan *
plan_for(const struct rec_head *head)
{
	struct plan **p = &plans[head->number];

	if (*p == NULL && (*p = calloc(1, sizeof **p)) == NULL)
		no_memory();
	if ((*p)->id != head->id)
		plan_make(*p, &wanted, head);
	return *p;
}

static void
take_plain(struct stage *st, struct rec *rec)
{
	struct plan *p = plan_for(rec->head);
	uint64_t instant;
	struct window *w;

	seen += p->asked;
	if (!p->wanted)
		return;
	instant = instant_of(p, rec);
	if (rec->why != NULL)
		return;
	own[RECORDS].value++;
	w = window_for(st, instant);
	add_to(p, &w->report, w->id, w->start, instant, rec);
	if (socket_path != NULL)
		add_to(p, &served.newest, served.id, 0, instant, rec);
}

static void
take_stat(struct stage *st, struct rec *rec)
{
	size_t n;
	const char *what = rec_field(rec, stat_what, &n);
	uint64_t instant = 0;
	struct window *w;

	if (rec_has(rec, stat_time) && rec_has(rec, stat_took))
		instant = rec_ns(rec, stat_time) + rec_ns(rec, stat_took);
	if (rec->why != NULL)
		return;
	seen += wanted_kind(&wanted, what, n);
	w = window_for(st, instant);
	if (!restore_record(&w->report, w->start, rec, &wanted))
		return;
	own[RECORDS].value++;
	if (socket_path != NULL)
		restore_record(&served.newest, 0, rec, &wanted);
}

/* With -o stat counts pass along, else they are part of what is printed. */
static void
take_count(struct stage *st, struct rec *rec)
{
	size_t nprog, nname;
	const char *prog = rec_field(rec, count_prog, &nprog);
	const char *name = rec_field(rec, count_name, &nname);
	uint64_t value = rec_num_to(rec, count_value, UINT64_MAX);

	if (rec->why != NULL)
		return;
	if (form == FORM_STAT)
		rec_pass(&st->out, REC_count, rec->head->text, rec->line,
		    rec->len);
	if (!counts_add(&counts, prog, nprog, name, nname, value))
		rec_bad(rec, count_name, "too many counts");
	if (wanted.kinds != NULL && list_has(wanted.kinds, "count", 5))
		take_plain(st, rec);
}

static void
on_record(struct stage *st, struct rec *rec)
{
	if (rec->kind == REC_stat)
		take_stat(st, rec);
	else if (rec->kind == REC_count)
		take_count(st, rec);
	else
		take_plain(st, rec);
	own[GROUPS].value = written_groups + pool.used;
	own[OTHER].value = pool.other;
}

static void
on_tick(struct stage *st)
{
	if (!hold)
		windows_due(&windows, st->now);
}

/* What was asked for and is in no record. */
static void
check_found(struct stage *st)
{
	struct list l = list_of_names(wanted.values);
	const char *name;
	size_t n;

	if (own[BAD_VALUES].value > 0)
		warnx("%" PRIu64 " values were no numbers",
		    own[BAD_VALUES].value);
	st->failed |= own[BAD_VALUES].value > 0;
	if (seen == 0 || (wanted.values == NULL && wanted.by == NULL))
		return;
	for (unsigned i = 0; wanted.found && list_next(&l, &name, &n); i++)
		if (wanted.lacks >> i & 1) {
			warnx("no column '%.*s' in any record", (int)n, name);
			st->failed = true;
		}
	if (wanted.found)
		return;
	warnx("no record has the columns of -g and -v");
	st->failed = true;
}

static void
on_end(struct stage *st)
{
	check_found(st);
	count_own(st);
	windows_end(&windows);
	if (form == FORM_STAT)
		count_write(&st->out, st->prog, st->now, own, COUNTS);
	else if (windows.length != 0)
		print(st, NULL, &counts);
}

static char *
answer(void *stage, const char *line, size_t *n)
{
	count_own(stage);
	return served_answer(&served, line, &counts, &layout, n);
}

static void
on_ready(struct stage *st)
{
	server_ready(&server);
	st->nwatch = server.n;
}

static int
enter_sandbox(struct stage *st)
{
	(void)st;
	return sandbox_enter_server(server.dir);
}

static void
close_server(void)
{
	server_close(&server);
}

static void
serve(struct stage *st)
{
	served_open(&served, &pool, UINT64_MAX / 2);
	server.answer = answer;
	server.once = layout.nested;	/* as who expects that expects */
	server.arg = st;
	if (server_open(&server, socket_path, socket_group) < 0) {
		if (errno == EINVAL)
			errx(2, "-G: %s: no such group", socket_group);
		if (errno == EEXIST)
			errx(1, "%s: is there, and no socket", socket_path);
		err(1, "%s", socket_path);
	}
	atexit(close_server);
	signal(SIGPIPE, SIG_IGN);	/* an end that removes the socket */
	st->watch = server.poll;
	st->nwatch = server.n;
	st->ready = on_ready;
	st->sandbox = enter_sandbox;
}

/* Another summarize, for what it has so far: nothing else is done. */
static void
ask(const char *text)
{
	const char *request = strrchr(text, '=');
	char *path = request == NULL ? NULL :
	    strndup(text, (size_t)(request - text));

	if (path == NULL)
		errx(2, "-A: %s: not path=request", text);
	if (server_ask(path, request + 1, STDOUT_FILENO) < 0)
		err(1, "%s", path);
	exit(0);
}

static void
scan_form(const char *text)
{
	if ((form = form_named(text)) == FORMS)
		errx(2, "-o: %s: not text, tsv, csv, json, jsonl, prom or stat",
		    text);
}

static void
read_table(struct stage *st, const char *name)
{
	bool tsv = strcmp(name, "tsv") == 0;

	if (!tsv && strcmp(name, "csv") != 0)
		errx(2, "-i: %s: not csv or tsv", name);
	if (foreign_open(&foreign, name, tsv ? '\t' : ',') < 0)
		err(1, NULL);
	st->in.read = foreign_read;
	st->in.arg = &foreign;
}

/* "records", "p99", or "rtt_seq:p99". */
static void
scan_statistic(char *text)
{
	char *colon = strrchr(text, ':');
	const char *name = colon != NULL ? colon + 1 : text;

	order.figure = figure_named(&figures, name);
	if (order.figure == figures.n && strcmp(name, "records") != 0)
		errx(2, "-s: %s: not records, %s ... %s", name,
		    figures.name[0], figures.name[figures.n - 1]);
	if (colon == NULL)
		return;
	*colon = '\0';
	order.value = text;
}

static void
option(struct stage *st, int c)
{
	switch (c) {
	case 'A':
		ask(optarg);
		break;
	case 'g':
		wanted.by = optarg;
		break;
	case 'G':
		socket_group = optarg;
		break;
	case 'i':
		read_table(st, optarg);
		break;
	case 'k':
		wanted.kinds = optarg;
		break;
	case 'n':
		pool.max = stage_number(c, optarg, 1, 1000000000);
		break;
	case 'N':
		layout.nested = true;
		break;
	case 'o':
		scan_form(optarg);
		break;
	case 'q':
		percentiles = optarg;
		break;
	case 's':
		statistic = optarg;
		break;
	case 't':
		order.top = stage_number(c, optarg, 1, UINT32_MAX);
		break;
	case 'U':
		socket_path = optarg;
		break;
	case 'v':
		wanted.values = optarg;
		break;
	case 'w':
		windows.length = stage_seconds(c, optarg, 1e9);
		break;
	default:
		stage_option(st, c);
	}
}

/* What options say together. */
static void
check_options(void)
{
	if (!figures_scan(&figures, percentiles))
		errx(2, "-q: %s: not percentiles as 50,99.9", percentiles);
	order.by_key = statistic == NULL && order.top == 0;
	order.by_birth = layout.nested && order.by_key;
	order.figure = figures.n;
	if (statistic != NULL)
		scan_statistic(statistic);
	if (!wanted_check(&wanted))
		errx(2, "-g or -v: too many columns, or no prefix");
	if (form == FORM_PROM && windows.length != 0)
		errx(2, "-o prom: has one time, and no windows (-w)");
	if (socket_group != NULL && socket_path == NULL)
		errx(2, "-G: is of use with -U only");
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_open(&st, "summarize");
	st.synopsis = synopsis;
	st.help = help;
	st.writes = REC_stat;
	for (int c; (c = getopt(argc, argv,
	    ":A:Fg:G:hi:k:n:No:q:s:t:U:v:Vw:")) != -1;)
		option(&st, c);
	check_options();
	pool.seed = stage_seed();
	hold = argc - optind > 1;
	windows.close = on_close;
	windows.arg = &st;
	if (windows.length == 0 && windows_at(&windows, 0) == NULL)
		no_memory();
	st.sink = st.in.all = true;
	st.record = on_record;
	st.tick = windows.length != 0 ? on_tick : NULL;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = own;
	st.ncounts = COUNTS;
	for (enum rec_col c = stat_what; c <= stat_sketch; c++)
		if (c != stat_mean && c != stat_stddev)
			rec_need(&st.in, c);
	rec_need(&st.in, count_prog);
	rec_need(&st.in, count_name);
	rec_need(&st.in, count_value);
	if (socket_path != NULL)
		serve(&st);
	return stage_run(&st, argv + optind, argc - optind);
}
