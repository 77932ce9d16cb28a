/*
 * summarize - counts, sums, means, deviations and percentiles of records, by
 * any columns, by window, of any kind.
 *
 * stat/plan finds the key and the values of a record, stat/report adds them up
 * (stat/moments, stat/histogram), stat/format and stat/store print the result;
 * this is the program around them.
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
#include "rec/parts.h"
#include "rec/text.h"
#include "stage/columns.h"
#include "stage/stage.h"
#include "stat/format.h"
#include "stat/hosts.h"
#include "stat/plan.h"
#include "stat/restore.h"
#include "stat/served.h"
#include "stat/store.h"
#include "stat/web.h"
#include "stat/windows.h"
#include "sys/sandbox.h"
#include "sys/server.h"

static const struct opt opts[] = {
	{ 'A', "ask", "path=request", "send GET, REFRESH or METRICS to "
	    "summarize -U path" },
	OPT_COLUMNS,
	{ 'g', "group", "columns", "group by columns: src,dport or src/24" },
	{ 'G', "socket-group", "group", "let this group use the socket of -U" },
	OPT_HELP,
	{ 'i', "input", "format", "read a table with a header line: csv or "
	    "tsv" },
	{ 'k', "kinds", "kinds", "read only records of these kinds" },
	{ 'l', "listen", "place", "serve the running totals by HTTP: port, "
	    "or address:port" },
	{ 'n', "max-groups", "groups", "keep at most groups groups, others as "
	    "one (100000)" },
	{ 'N', "nested", NULL, "with -o json: only sums, nested by key and "
	    "name" },
	{ 'o', "output", "format", "text, tsv, csv, json, jsonl, prom or stat "
	    "(text)" },
	{ 'q', "percentiles", "list", "report these percentiles (50,90,99)" },
	{ 's', "sort", "statistic", "sort by records, p99 or rtt_seq:p99, "
	    "largest first" },
	{ 't', "top", "number", "report only the number largest groups" },
	{ 'U', "socket", "path", "serve the running totals on a UNIX socket" },
	{ 'v', "values", "columns", "summarize the values of columns" },
	OPT_VERSION,
	{ 'w', "window", "secs", "report on every window of secs seconds" },
	{ 0 }
};

static const enum rec_kind writes[] = { REC_stat, REC_count };

static const struct command command = {
	.prog = "summarize", .operands = "[file ...]", .opts = opts,
	.writes = writes,
};

enum { RECORDS, GROUPS, OTHER, BAD_VALUES, BAD_LINES, COUNTS };

static struct count own[COUNTS] = {
	[RECORDS] = { "records", 0 },
	[GROUPS] = { "groups", 0 },
	[OTHER] = { "other", 0 },
	[BAD_VALUES] = { "bad_values", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

static enum format format = FORMAT_TEXT;
static struct selection selection;
static struct figures figures;
static struct order order;
static struct hosts hosts;	/* for metrics of probes */
static struct layout layout = { &figures, &order, false, NULL };
static const char *percentiles = "50,90,99", *socket_path, *socket_group;
static const char *web_place;
static char *statistic;
static struct foreign foreign;
static bool keep_open;		/* windows, to the end of the last file */

static struct plan *plans[REC_KINDS + REC_OTHERS_MAX];
static struct group_pool pool = { .max = 100000 };
static struct windows windows = { .pool = &pool };
static struct counts counts;	/* of upstream programs, and our own */
static uint64_t nselected;	/* records of the kinds of -k */
static uint64_t closed_groups;	/* of windows that were closed */
static bool serving;		/* -U or -l */
static struct served served;
static struct server server = { .dir = -1 };
static struct web web;
static int64_t web_due = -1;	/* ns until web_ready() is due */
/* What both wait for: the server's descriptors, and that of the web. */
static struct pollfd watched[1 + SERVER_CLIENTS_MAX + 1];

static void
no_memory(void)
{
	errx(1, "out of memory: keep fewer groups (-n)");
}

static void
sum_up(struct stage *st)
{
	own[BAD_LINES].value = st->bad_lines;
}

/* Add what our own counts have grown by to those of all programs. */
static void
add_own_counts(struct stage *st)
{
	static uint64_t added[COUNTS];

	sum_up(st);
	for (int i = 0; i < COUNTS; i++) {
		if (!counts_add(&counts, st->prog, strlen(st->prog),
		    own[i].name, strlen(own[i].name), own[i].value - added[i]))
			no_memory();
		added[i] = own[i].value;
	}
}

/* Print a report and counts to the output: see format_print(). */
static void
print(struct stage *st, const struct report *r, const struct counts *all)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL || !format_print(format, f, r, all, &layout) ||
	    fclose(f) != 0)
		no_memory();
	rec_add(&st->out, text, n);
	free(text);
}

/* Report a value of -s that the report lacks. */
static void
check_order(struct stage *st, const struct report *r)
{
	bool found = order.value == NULL || r->n == 0 || st->failed;

	for (unsigned i = 0; i < r->n; i++)
		for (unsigned v = 0; !found && v < r->section[i]->nvalues; v++)
			found = strcmp(r->section[i]->value[v].name,
			    order.value) == 0;
	if (found)
		return;
	warnx("-s: no value '%s' in the report", order.value);
	st->failed = true;
}

static void
on_window_closed(void *stage, struct window *w)
{
	struct stage *st = stage;

	for (unsigned i = 0; i < w->report.n; i++)
		closed_groups += w->report.section[i]->groups.used;
	check_order(st, &w->report);
	if (format != FORMAT_STAT)
		print(st, &w->report, windows.length == 0 ? &counts : NULL);
	else if (!store_report(&st->out, &w->report, &layout))
		no_memory();
}

/* Add the values of a record to a group. */
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

/* Add a record to a report.  start of the report and time of the record may be
 * 0, unknown. */
static void
add_to(struct plan *p, struct report *r, uint64_t id, uint64_t start,
    uint64_t time, const struct rec *rec)
{
	struct section *s = plan_section(p, r, id);
	const char *key = "";
	size_t n = 0;

	if (s == NULL)
		errx(1, "too many kinds or values of '%s' records: select "
		    "some with -k and -v", p->kind);
	section_extend(s, start != 0 ? start : time, time);
	for (unsigned part = 0; plan_key(p, rec, part, &key, &n); part++) {
		struct group *g = section_group(s, key, n);

		if (g == NULL)
			no_memory();
		g->records++;
		add_values(p, g, rec);
	}
}

/* Move the clock; does it step, in either direction?  Then what waits for its
 * time is of another capture. */
static bool
steps(struct stage *st, uint64_t time)
{
	uint64_t before = st->clock.steps + st->clock.silences;

	stage_clock(st, time);
	return st->clock.steps + st->clock.silences != before;
}

/* The window of a time, after closing those that the clock has passed. */
static struct window *
window_for(struct stage *st, uint64_t time)
{
	struct window *w;

	if (time != 0 && steps(st, time) && !keep_open &&
	    windows.length != 0)
		windows_close(&windows);
	if (!keep_open)
		windows_advance(&windows, st->now);
	w = windows_at(&windows, time != 0 ? time : st->now);
	if (w == NULL)
		no_memory();
	return w;
}

/*
 * The time at which a record ended: its time plus what it took; 0 if it has
 * none.  In foreign tables a column called time may hold anything: require a
 * time there only with -w.
 */
static uint64_t
time_of(const struct plan *p, struct rec *rec)
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
		plan_make(*p, &selection, head);
	return *p;
}

static void
add_record(struct stage *st, struct rec *rec)
{
	struct plan *p = plan_for(rec->head);
	uint64_t time;
	struct window *w;

	if (layout.hosts != NULL && !hosts_record(&hosts, rec))
		no_memory();
	nselected += p->selected;
	if (!p->used)
		return;
	time = time_of(p, rec);
	if (rec->why != NULL)
		return;
	own[RECORDS].value++;
	w = window_for(st, time);
	add_to(p, &w->report, w->id, w->start, time, rec);
	if (serving)
		add_to(p, &served.newest, served.id, 0, time, rec);
}

static void
add_stat(struct stage *st, struct rec *rec)
{
	size_t n;
	const char *what = rec_field(rec, stat_what, &n);
	uint64_t time = 0;
	struct window *w;

	if (rec_has(rec, stat_time) && rec_has(rec, stat_took))
		time = rec_ns(rec, stat_time) + rec_ns(rec, stat_took);
	if (rec->why != NULL)
		return;
	nselected += selection_has_kind(&selection, what, n);
	w = window_for(st, time);
	if (!restore_record(&w->report, w->start, rec, &selection))
		return;
	own[RECORDS].value++;
	if (serving)
		restore_record(&served.newest, 0, rec, &selection);
}

/* Count records pass along with -o stat, and are printed otherwise. */
static void
add_count(struct stage *st, struct rec *rec)
{
	size_t nprog, nname;
	const char *prog = rec_field(rec, count_prog, &nprog);
	const char *name = rec_field(rec, count_name, &nname);
	uint64_t value = rec_num_to(rec, count_value, UINT64_MAX);

	if (rec->why != NULL)
		return;
	if (format == FORMAT_STAT)
		rec_pass(&st->out, REC_count, rec->head->text, rec->line,
		    rec->len);
	if (!counts_add(&counts, prog, nprog, name, nname, value))
		rec_bad(rec, count_name, "too many counts");
	if (selection.kinds != NULL && parts_has(selection.kinds, "count", 5))
		add_record(st, rec);
}

static void
on_record(struct stage *st, struct rec *rec)
{
	if (rec->kind == REC_stat)
		add_stat(st, rec);
	else if (rec->kind == REC_count)
		add_count(st, rec);
	else
		add_record(st, rec);
	own[GROUPS].value = closed_groups + pool.used;
	own[OTHER].value = pool.other;
}

static void
on_tick(struct stage *st)
{
	if (!keep_open)
		windows_advance(&windows, st->now);
}

/* Do records of this kind not matter to -g and -v? */
static bool
is_skipped(const struct rec_head *head)
{
	return head->number == REC_stat || !selection_has_kind(&selection,
	    head->kind, strlen(head->kind));
}

/* Does a record have the column, or the one before a slash? */
static bool
is_column(struct stage *st, const char *name, size_t n)
{
	const char *slash = memchr(name, '/', n);

	return columns_have(&st->in, is_skipped, name, n) || (slash != NULL &&
	    columns_have(&st->in, is_skipped, name, (size_t)(slash - name)));
}

/* Report the columns of option c, those whose bit is set, that neither records
 * have nor the stat records that were skipped.  False if there are none. */
static bool
report_missing(struct stage *st, int c, const char *columns, uint64_t which,
    const char *skipped)
{
	struct parts names = parts_of_names(columns);
	const char *name;
	bool any = false;
	size_t n;

	for (unsigned i = 0; parts_next(&names, &name, &n); i++)
		if ((which >> i & 1) && !parts_has(skipped, name, n) &&
		    !is_column(st, name, n)) {
			columns_missing(c, name, n);
			any = true;
		}
	return any;
}

static void
print_stat_columns(const char *what, const char *columns)
{
	char text[sizeof selection.stat_by * TEXT_ESCAPED_MAX];
	size_t n = text_escape(text, columns, strlen(columns));

	if (n > 0)
		warnx("stat records %s %.*s", what, (int)n, text);
}

/* Report columns of -g and -v that no record has, or none has together. */
static void
check_columns(struct stage *st)
{
	const struct selection *s = &selection;
	bool any = false;

	if (nselected == 0 || (s->values == NULL && s->by == NULL) ||
	    (s->found && s->missing == 0))
		return;
	if (!s->found)
		any = report_missing(st, 'g', s->by, UINT64_MAX, s->stat_by);
	any |= report_missing(st, 'v', s->values, s->missing, s->stat_values);
	if (!any)
		warnx("no kind of records has all columns of -g and -v");
	columns_print(&st->in, is_skipped);
	print_stat_columns("are grouped by", s->stat_by);
	print_stat_columns("have the values", s->stat_values);
	st->failed = true;
}

static void
check_values(struct stage *st)
{
	uint64_t n = own[BAD_VALUES].value;

	if (n == 0)
		return;
	warnx("%" PRIu64 " value%s", n, n == 1 ? " is not a number" :
	    "s are not numbers");
	st->failed = true;
}

static void
on_end(struct stage *st)
{
	check_values(st);
	check_columns(st);
	add_own_counts(st);
	windows_close(&windows);
	if (format == FORMAT_STAT)
		count_write(&st->out, st->prog, st->now, own, COUNTS);
	else if (windows.length != 0)
		print(st, NULL, &counts);
}

static char *
answer(struct stage *st, enum served_request request, size_t *n)
{
	add_own_counts(st);
	return served_answer(&served, request, &counts, &layout, n);
}

/* For a client of the socket, and for one of the web server. */
static char *
answer_line(void *stage, const char *line, size_t *n)
{
	return answer(stage, served_scan(line), n);
}

static char *
make_page(void *stage, enum web_page page, size_t *n)
{
	static const enum served_request requests[WEB_PAGES] = {
		[WEB_REPORT] = SERVED_ALL, [WEB_METRICS] = SERVED_METRICS,
		[WEB_OPENMETRICS] = SERVED_OPENMETRICS,
	};

	return answer(stage, requests[page], n);
}

static void
watch(struct stage *st)
{
	unsigned n = server.n;

	memcpy(watched, server.poll, n * sizeof *watched);
	if (web_place != NULL)
		watched[n++] = (struct pollfd){ web.fd, POLLIN, 0 };
	st->nwatch = n;
}

static void
on_ready(struct stage *st)
{
	memcpy(server.poll, watched, server.n * sizeof *watched);
	if (socket_path != NULL)
		server_ready(&server);
	if (web_place != NULL)
		web_due = web_ready(&web);
	watch(st);
}

static int64_t
patience(struct stage *st)
{
	(void)st;
	return web_due;
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
open_socket(struct stage *st)
{
	st->keeps_user = true;
	server.answer = answer_line;
	/* tcpeekstat expects one answer per connection. */
	server.once = layout.nested;
	server.arg = st;
	if (server_open(&server, socket_path, socket_group) < 0) {
		if (errno == EINVAL)
			opt_wrong("-G: invalid group '%s': must be a group of "
			    "this system", socket_group);
		if (errno == EEXIST)
			errx(1, "%s exists and is not a socket", socket_path);
		err(1, "%s", socket_path);
	}
	atexit(close_server);
}

static void
open_web(struct stage *st)
{
	char why[100];

	web.make = make_page;
	web.arg = st;
	if (web_open(&web, web_place, why, sizeof why) < 0)
		errx(1, "-l: cannot listen at '%s': %s", web_place, why);
}

static void
serve(struct stage *st)
{
	served_open(&served, &pool, UINT64_MAX / 2);
	if (socket_path != NULL)
		open_socket(st);
	if (web_place != NULL)
		open_web(st);
	signal(SIGPIPE, SIG_IGN);	/* end by exit(3): remove the socket */
	st->watch = watched;
	watch(st);
	st->ready = on_ready;
	st->patience = patience;
	st->sandbox = enter_sandbox;
}

/* Print what another summarize has so far, and end the program. */
static void
ask(const char *text)
{
	const char *request = strrchr(text, '=');
	char *path = request == NULL ? NULL :
	    strndup(text, (size_t)(request - text));

	if (path == NULL)
		opt_wrong("-A: invalid request '%s': must be path=request",
		    text);
	if (server_ask(path, request + 1, STDOUT_FILENO) < 0)
		err(1, "%s", path);
	exit(0);
}

static void
set_format(const char *name)
{
	if ((format = format_find(name)) == FORMATS)
		opt_wrong("-o: invalid format '%s': must be text, tsv, csv, "
		    "json, jsonl, prom or stat", name);
}

static void
read_table(struct stage *st, const char *name)
{
	bool tsv = strcmp(name, "tsv") == 0;

	if (!tsv && strcmp(name, "csv") != 0)
		opt_wrong("-i: invalid format '%s': must be csv or tsv", name);
	if (foreign_open(&foreign, name, tsv ? '\t' : ',') < 0)
		err(1, NULL);
	st->in.read = foreign_read;
	st->in.arg = &foreign;
}

/* Sort by "records", "p99", or "rtt_seq:p99". */
static void
set_order(char *text)
{
	char *colon = strrchr(text, ':');
	const char *name = colon != NULL ? colon + 1 : text;

	order.figure = figures_find(&figures, name);
	if (order.figure == figures.n && strcmp(name, "records") != 0)
		opt_wrong("-s: invalid statistic '%s': must be records, %s ... "
		    "%s", name, figures.name[0], figures.name[figures.n - 1]);
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
		selection.by = optarg;
		break;
	case 'G':
		socket_group = optarg;
		break;
	case 'i':
		read_table(st, optarg);
		break;
	case 'k':
		selection.kinds = optarg;
		break;
	case 'l':
		web_place = optarg;
		break;
	case 'n':
		pool.max = opt_number(c, optarg, 1, 1000000000);
		break;
	case 'N':
		layout.nested = true;
		break;
	case 'o':
		set_format(optarg);
		break;
	case 'q':
		percentiles = optarg;
		break;
	case 's':
		statistic = optarg;
		break;
	case 't':
		order.top = opt_number(c, optarg, 1, UINT32_MAX);
		break;
	case 'U':
		socket_path = optarg;
		break;
	case 'v':
		selection.values = optarg;
		break;
	case 'w':
		windows.length = opt_seconds(c, optarg, 1e9);
		break;
	default:
		stage_shared(st, c);
	}
}

/* Check options that depend on others, and apply them. */
static void
check_options(void)
{
	char why[200];

	if (!figures_scan(&figures, percentiles))
		opt_wrong("-q: invalid percentiles '%s': must be more than 0 "
		    "and at most 100, as 50,99.9", percentiles);
	order.by_key = statistic == NULL && order.top == 0;
	order.by_arrival = layout.nested && order.by_key;
	order.figure = figures.n;
	if (statistic != NULL)
		set_order(statistic);
	if (!selection_check(&selection, why, sizeof why))
		opt_wrong("%s", why);
	if (format == FORMAT_PROM && windows.length != 0)
		opt_wrong("-o prom cannot be combined with -w: it reports "
		    "running totals");
	if (socket_group != NULL && socket_path == NULL)
		opt_wrong("-G requires -U");
}

static void
need_columns(struct rec_reader *in)
{
	for (enum rec_col c = stat_what; c <= stat_sketch; c++)
		if (c != stat_mean && c != stat_stddev)
			rec_need(in, c);
	rec_need(in, count_prog);
	rec_need(in, count_name);
	rec_need(in, count_value);
}

int
main(int argc, char **argv)
{
	struct stage st;
	int status;

	stage_begin(&st, &command);
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		option(&st, c);
	check_options();
	pool.seed = stage_seed();
	keep_open = argc - optind > 1;
	windows.closed = on_window_closed;
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
	need_columns(&st.in);
	serving = socket_path != NULL || web_place != NULL;
	if (serving || format == FORMAT_PROM)
		layout.hosts = &hosts;
	if (hosts_open(&hosts, stage_seed()) < 0)
		no_memory();
	if (serving)
		serve(&st);
	status = stage_run(&st, argv + optind, argc - optind);
	if (web_place != NULL)
		web_close(&web);
	return status;
}
