/*
 * reccut - one kind of record, chosen columns, in the form that another program
 * reads.
 *
 * cut/where has the conditions, cut/pick the columns and rows of a kind, cut/form,
 * cut/zeek and cut/grid the forms; this is the program around them.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cut/form.h"
#include "cut/grid.h"
#include "cut/pick.h"
#include "rec/parts.h"
#include "rec/text.h"
#include "stage/kinds.h"
#include "stage/stage.h"
#include "sys/clock.h"

#define KINDS_MAX	16
#define PATIENCE	(100 * NS_PER_MS)	/* that rows of a table wait */
#define CONDITIONS_MAX	64

static const struct opt opts[] = {
	{ 'a', "add", "name=value", "add a column with the same value in "
	    "every row; repeatable" },
	{ 'f', "from", "time", "drop records before time: a date, @seconds, "
	    "+10m after the first record, or -10m before now" },
	OPT_COLUMNS,
	OPT_HELP,
	{ 'H', "headings", "secs", "repeat the header line every secs "
	    "seconds" },
	{ 'N', "none", "text", "write text for no value, in tsv and csv "
	    "(empty)" },
	{ 'o', "output", "form", "tsv, csv, jsonl, json, sql, zeek or table "
	    "(table on a terminal, else tsv)" },
	{ 't', "to", "time", "drop records from time on" },
	OPT_VERSION,
	{ 'w', "where", "condition", "keep records that satisfy a condition "
	    "like 'rtt_seq > 100ms'; repeatable" },
	{ 0 }
};

static const char notes[] =
"kinds and columns are lists with commas; '-' is all columns\n"
"conditions: column op value, op of = != < <= > >= ~ !~ in !in\n";

static const struct command command = {
	.prog = "reccut", .operands = "kinds [columns [file ...]]",
	.opts = opts, .notes = notes,
};

static const struct form *const forms[] = { &form_tsv, &form_csv, &form_jsonl,
    &form_json, &form_sql, &form_zeek, &form_table, NULL };

static struct form_state state = { .none = "" };
static struct pick *picks[KINDS_MAX];
static unsigned npicks;
static struct pick_constant constants[PICK_CONSTANTS_MAX];
static unsigned nconstants;
static const char *conditions[CONDITIONS_MAX];
static unsigned nconditions;
static struct moment from, to;
static uint64_t repeat;		/* -H, 0: never */
static uint64_t headed;		/* when the last header line was written */
static uint64_t waiting;	/* since when rows of a table wait */

static void
parse_constant(char *text)
{
	char *value = strchr(text, '='), *escaped;

	if (value == NULL || value == text)
		opt_wrong("-a: invalid column '%s': must be NAME=VALUE", text);
	if (nconstants == PICK_CONSTANTS_MAX)
		opt_wrong("-a: at most %d columns", PICK_CONSTANTS_MAX);
	*value++ = '\0';
	if ((escaped = malloc(strlen(value) * TEXT_ESCAPED_MAX + 1)) == NULL)
		err(1, NULL);
	escaped[text_escape(escaped, value, strlen(value))] = '\0';
	constants[nconstants++] = (struct pick_constant){ text, escaped };
}

static void
parse_moment(int c, const char *text, struct moment *m)
{
	if (!moment_scan(text, clock_ns(CLOCK_REALTIME), m))
		opt_wrong("-%c: invalid time '%s': must be a date such as "
		    "2026-11-27T10:00, @SECONDS, +DURATION or -DURATION", c,
		    text);
}

static const struct form *
find_form(const char *name)
{
	for (const struct form *const *f = forms; *f != NULL; f++)
		if (strcmp((*f)->name, name) == 0)
			return *f;
	opt_wrong("-o: invalid form '%s': must be tsv, csv, jsonl, json, sql, "
	    "zeek or table", name);
}

static void
parse_option(int c)
{
	switch (c) {
	case 'a':
		parse_constant(optarg);
		break;
	case 'f':
		parse_moment(c, optarg, &from);
		break;
	case 'H':
		repeat = opt_seconds(c, optarg, 86400);
		break;
	case 'N':
		state.none = optarg;
		break;
	case 'o':
		state.form = find_form(optarg);
		break;
	case 't':
		parse_moment(c, optarg, &to);
		break;
	case 'w':
		if (nconditions == CONDITIONS_MAX)
			opt_wrong("-w: at most %d conditions", CONDITIONS_MAX);
		conditions[nconditions++] = optarg;
		break;
	}
}

static void
add_conditions(struct pick *p)
{
	char why[300];

	p->where = calloc(nconditions + 1, sizeof *p->where);
	if (p->where == NULL)
		err(1, NULL);
	for (; p->nwheres < nconditions; p->nwheres++)
		if (where_parse(&p->where[p->nwheres], p->number,
		    conditions[p->nwheres], why, sizeof why) < 0)
			opt_wrong("-w: %s", why);
}

static void
add_kind(const char *name, size_t n, const char *columns)
{
	struct pick *p = calloc(1, sizeof *p);

	if (p == NULL || (p->kind = strndup(name, n)) == NULL)
		err(1, NULL);
	if (npicks == KINDS_MAX)
		opt_wrong("at most %d kinds", KINDS_MAX);
	p->number = rec_kind_named(name, n);
	p->names = columns;
	p->constant = constants;
	p->nconstants = nconstants;
	p->from = &from;
	p->to = &to;
	add_conditions(p);
	picks[npicks++] = p;
}

static void
add_kinds(const char *list, const char *columns)
{
	struct parts kinds = parts_of_names(list);
	const char *kind;
	size_t n;

	if (columns != NULL && strcmp(columns, "-") == 0)
		columns = NULL;
	while (parts_next(&kinds, &kind, &n))
		add_kind(kind, n, columns);
	state.many = npicks > 1;
	if (npicks > 1 && state.form->one_kind)
		opt_wrong("-o %s: one kind only: tables of several kinds have "
		    "different columns", state.form->name);
}

static struct pick *
pick_of(const struct rec_head *head)
{
	for (unsigned i = 0; i < npicks; i++)
		if (strcmp(picks[i]->kind, head->kind) == 0)
			return picks[i];
	return NULL;
}

/* Fix the columns by a header that came; without a column asked for, end. */
static void
use_header(struct stage *st, struct pick *p, const struct rec_head *head)
{
	char why[4096];

	if (pick_header(p, head, why, sizeof why) == 0)
		return;
	stage_flush(&st->out);
	errx(1, "%s:%" PRIu64 ": %s", st->place, st->in.line, why);
}

/* -H: is it time for another header line? */
static bool
must_repeat(struct stage *st, const struct pick *p, const struct rec *rec)
{
	const char *text;
	uint64_t time;
	size_t n;

	if (repeat == 0 || p->time_field == 0)
		return false;
	text = rec_text(rec, p->time_field, &n);
	if (ns_scan(text, n, &time) == 0)
		return false;
	time = stage_clock(st, time);
	if (headed != 0 && time < headed + repeat)
		return false;
	headed = time;
	return true;
}

static void
on_record(struct stage *st, struct rec *rec)
{
	struct pick *p = pick_of(rec->head);

	if (p == NULL)
		return;
	if (p->head != rec->head->id)
		use_header(st, p, rec->head);
	p->records++;
	if (!pick_wants(p, rec))
		return;
	if (must_repeat(st, p, rec))
		state.table = NULL;
	form_row(&state, p, rec);
	p->rows++;
}

/* Rows of a table wait for others, to be aligned with them, but not long. */
static int64_t
patience(struct stage *st)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	(void)st;
	if (grid_rows(&state) == 0)
		return -1;
	if (waiting == 0)
		waiting = now;
	return now < waiting + PATIENCE ? (int64_t)(waiting + PATIENCE - now) :
	    0;
}

static void
ready(struct stage *st)
{
	if (patience(st) != 0)
		return;
	grid_print(&state);
	waiting = 0;
}

static void
on_end(struct stage *st)
{
	form_end(&state);
	for (unsigned i = 0; i < npicks; i++) {
		if (picks[i]->records == 0)
			st->failed |= kinds_report_missing(&st->in,
			    picks[i]->kind);
		pick_free(picks[i]);
		free(picks[i]);
	}
}

/* On a terminal a table, cut to its width. */
static void
choose_form(void)
{
	struct winsize size;

	if (state.form == NULL)
		state.form = isatty(STDOUT_FILENO) ? &form_table : &form_tsv;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		state.width = size.ws_col;
}

int
main(int argc, char **argv)
{
	struct stage st;
	int c, status;

	stage_begin(&st, &command);
	while ((c = opt_next(&command, argc, argv)) >= 0)
		parse_option(c);
	argc -= optind;
	argv += optind;
	if (argc < 1)
		opt_wrong("which kind of record? such as: reccut rtt "
		    "time,src,rtt_seq");
	choose_form();
	add_kinds(argv[0], argc > 1 ? argv[1] : NULL);
	state.out = &st.out;
	st.sink = true;
	st.in.all = true;
	st.record = on_record;
	st.end = on_end;
	st.patience = patience;
	st.ready = ready;
	status = stage_run(&st, argv + 2, argc > 2 ? argc - 2 : 0);
	for (unsigned i = 0; i < nconstants; i++)
		free((char *)(uintptr_t)constants[i].value);
	return status;
}
