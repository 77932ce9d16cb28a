/*
 * resolve - names for the addresses in records of any kind.
 *
 * What is known of names is in names/cache, how name servers are asked in
 * names/resolver; this is the program around them, and the only one of these
 * filters that talks to anyone.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names/cache.h"
#include "stage/held.h"
#include "stage/stage.h"
#include "sys/clock.h"
#include "names/hostsfile.h"
#include "names/resolver.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "wire/units.h"

#define COLUMNS_MAX	16	/* of -c */
#define HELD_MAX	(16u << 20)	/* bytes; then no more is read */
#define KEEP_LEAST	60u	/* seconds: a stream is no reason to ask more */
#define KEEP_MOST	86400u
#define RETRY_SECS	30u	/* no answer, or a useless one */

static const char synopsis[] =
"resolve [-aFhV] [-c columns] [-H file] [-n names] [-s servers] [-t secs] "
"[file ...]";

static const char help[] =
"  -a          keep the addresses, and add columns: src_name beside src\n"
"  -c columns  those with the addresses (src,dst)\n"
"  -F          print the columns that are written\n"
"  -h          print this\n"
"  -H file     names to be taken before any server is asked (/etc/hosts)\n"
"  -n names    keep so many; the one unused longest goes (100000)\n"
"  -s servers  ask these: address[:port],...\n"
"  -t secs     a record waits for names so long (2)\n"
"  -V          print the version\n";

enum {
	ADDRESSES, NAMED, UNNAMED, LATE, ASKED, FIRST_END,
	OVERDUE = FIRST_END + RESOLVER_ENDS, FORGOTTEN, BAD_LINES, COUNTS
};

static struct count counts[COUNTS] = {
	[ADDRESSES] = { "addresses", 0 },
	[NAMED] = { "named", 0 },
	[UNNAMED] = { "unnamed", 0 },
	[LATE] = { "late", 0 },
	[ASKED] = { "asked", 0 },
	[FIRST_END + RESOLVER_NAME] = { "answered", 0 },
	[FIRST_END + RESOLVER_NONE] = { "not_found", 0 },
	[FIRST_END + RESOLVER_FAILED] = { "failed", 0 },
	[FIRST_END + RESOLVER_SILENT] = { "timed_out", 0 },
	[OVERDUE] = { "overdue", 0 },
	[FORGOTTEN] = { "forgotten", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

/* What the records of a header are about. */
struct plan {
	uint64_t id;		/* of the header; 0: none yet */
	unsigned time;		/* fields; 0: it has none */
	unsigned nfields, field[COLUMNS_MAX];	/* with addresses, in order */
};

static char *columns[COLUMNS_MAX];
static bool found[COLUMNS_MAX];
static unsigned ncolumns;
static bool chosen;		/* the columns are the user's choice */
static bool beside;		/* -a */
static uint32_t max_names = 100000;
static uint64_t limit = 2 * NS_PER_S;
static const char *servers, *hosts_file;

static struct plan plans[REC_KINDS + REC_OTHERS_MAX];
static struct hostsfile hosts;
static struct names names;
static struct resolver resolver;
static struct held held;
static uint64_t now;		/* by the machine's clock, since names are */

static void
no_memory(void)
{
	errx(1, "no memory for so many names");
}

/* A question has ended. */
static void
on_end_of(void *arg, uint32_t i, enum resolver_end how, const char *text,
    uint32_t ttl)
{
	(void)arg;
	if (ttl < KEEP_LEAST)
		ttl = KEEP_LEAST;
	if (ttl > KEEP_MOST)
		ttl = KEEP_MOST;
	counts[FIRST_END + how].value++;
	if (how == RESOLVER_FAILED || how == RESOLVER_SILENT)
		names_fail(&names, i, now + RETRY_SECS * NS_PER_S);
	else if (names_answer(&names, i, text, now + ttl * NS_PER_S) < 0)
		no_memory();
}

static void
ask(uint32_t i, const struct addr *a)
{
	counts[ASKED].value++;
	names_asked(&names, i);
	resolver_ask(&resolver, a, i);
}

/*
 * Write a line, with the name of each field in its place or behind it.  The
 * address stays where there is no name, or none yet.
 */
static void
write_line(struct rec_writer *w, const char *text, size_t len,
    const struct held_field *f, unsigned n)
{
	size_t from = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct name *name = f[i].id == 0 ? NULL :
		    names_at(&names, f[i].id);
		const char *known = name != NULL ? name->text : NULL;
		/* The TAB before a name is put with it. */
		size_t to = beside ? f[i].at + f[i].len : f[i].at - 1;

		if (name != NULL)
			counts[!name->known ? LATE : known == NULL ? UNNAMED :
			    NAMED].value++;
		if (known == NULL && !beside)
			continue;
		rec_add(w, text + from, to - from);
		from = f[i].at + f[i].len;
		if (known != NULL)
			rec_put_text(w, known, strlen(known));
		else
			rec_put_none(w);
	}
	rec_add(w, text + from, len - from);
	rec_end(w);
}

static bool
is_awaited(const struct held_field *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].id != 0 && names_awaited(&names, f[i].id))
			return true;
	return false;
}

/* What it waited for did not come. */
static void
give_up(const struct held_field *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].id != 0 && names_awaited(&names, f[i].id)) {
			names_late(&names, f[i].id);
			counts[OVERDUE].value++;
		}
}

static void
let_go(const struct held_field *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].id != 0)
			names_unuse(&names, f[i].id);
}

/* Write the lines that have nothing left to wait for. */
static void
release(struct stage *st)
{
	const struct held_line *l;

	while ((l = held_first(&held)) != NULL) {
		if (is_awaited(l->field, l->nfields)) {
			if (now < l->due)
				return;
			give_up(l->field, l->nfields);
		}
		write_line(&st->out, held_text(l), l->len, l->field,
		    l->nfields);
		let_go(l->field, l->nfields);
		held_drop(&held);
	}
}

static void
on_ready(struct stage *st)
{
	now = clock_ns(CLOCK_MONOTONIC);
	resolver_ready(&resolver);
	release(st);
}

/* For what the first line waits, or c-ares. */
static int64_t
patience(struct stage *st)
{
	const struct held_line *l = held_first(&held);
	int64_t due = resolver_due(&resolver), own;

	st->nwatch = resolver.npoll;
	if (l == NULL)
		return due;
	now = clock_ns(CLOCK_MONOTONIC);
	own = l->due > now ? (int64_t)(l->due - now) : 0;
	return due < 0 || own < due ? own : due;
}

/* Wait for names alone: what came so far is more than can be kept. */
static void
wait_once(struct stage *st)
{
	stage_flush(&st->out);
	stage_wait(st);
}

/*
 * An address not seen before, or forgotten: its number, or 0 where no question
 * can be asked.  That is waited for as long as for an answer.
 */
static uint32_t
new_name(struct stage *st, const struct addr *a)
{
	const char *local = hostsfile_name(&hosts, a);
	uint64_t until;
	uint32_t i;

	now = clock_ns(CLOCK_MONOTONIC);
	until = now + limit;
	while (!names_room(&names) || (local == NULL &&
	    resolver_full(&resolver))) {
		if (names_silent(&names) || now >= until)
			return 0;
		wait_once(st);
	}
	i = names_add(&names, a);
	if (local == NULL)
		ask(i, a);
	else if (names_set(&names, i, local, UINT64_MAX) < 0)
		no_memory();
	return i;
}

/* What is known of an address, to be used. */
static uint32_t
name_of(struct stage *st, const struct addr *a)
{
	uint32_t i = names_find(&names, a);

	if (i == 0)
		i = new_name(st, a);
	else if (names_old(&names, i, now) && !resolver_full(&resolver))
		ask(i, a);
	if (i != 0)
		names_use(&names, i);
	return i;
}

/* An IPv4 address that is written as IPv6 (RFC 4291, section 2.5.5.2) is
 * asked for as what it is. */
static void
unmap(struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!a->v6 || memcmp(a->b, mapped, sizeof mapped) != 0)
		return;
	memmove(a->b, a->b + 12, 4);
	memset(a->b + 4, 0, 12);
	a->v6 = false;
}

/* The fields of a record that have, or are to have, a name. */
static unsigned
find_fields(struct stage *st, const struct rec *rec, const struct plan *p,
    struct held_field *fields)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->nfields; i++) {
		size_t len;
		const char *text = rec_text(rec, p->field[i], &len);
		struct held_field f = { .at = rec->start[p->field[i]],
		    .len = (uint32_t)len };
		struct addr a;

		if (addr_scan(text, len, &a) != 0) {
			unmap(&a);
			counts[ADDRESSES].value++;
			f.id = name_of(st, &a);
			counts[LATE].value += f.id == 0;
		}
		if (f.id != 0 || beside)
			fields[n++] = f;
	}
	return n;
}

/* Write a line now, or behind those that are held. */
static void
put_line(struct stage *st, const char *text, size_t len,
    const struct held_field *f, unsigned n)
{
	if (held_first(&held) == NULL && !is_awaited(f, n)) {
		write_line(&st->out, text, len, f, n);
		let_go(f, n);
	} else if (held_push(&held, text, len, f, n, now + limit) < 0)
		no_memory();
}

/* The header of the records from now on, which -a makes longer. */
static void
put_header(struct stage *st, const struct rec_head *head, const struct plan *p)
{
	const char *name = head->text;
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		no_memory();
	for (unsigned i = 0, next = 0; i < head->nfields; i++) {
		int len = (int)strcspn(name, "\t");

		fprintf(f, "%s%.*s", i > 0 ? "\t" : "", len, name);
		if (beside && next < p->nfields && p->field[next] == i) {
			fprintf(f, "\t%.*s_name", len, name);
			next++;
		}
		name += len + 1;
	}
	if (fclose(f) != 0)
		no_memory();
	put_line(st, text, n, NULL, 0);
	free(text);
}

static int
compare_fields(const void *a, const void *b)
{
	unsigned one = *(const unsigned *)a, other = *(const unsigned *)b;

	return (one > other) - (one < other);
}

static const struct plan *
plan_for(struct stage *st, const struct rec_head *head)
{
	struct plan *p = &plans[head->number];

	if (p->id == head->id)
		return p;
	*p = (struct plan){ .id = head->id,
	    .time = rec_field_named(head, "time", 4) };
	for (unsigned i = 0; i < ncolumns; i++) {
		unsigned f = rec_field_named(head, columns[i],
		    strlen(columns[i]));

		if (f == 0)
			continue;
		found[i] = true;
		p->field[p->nfields++] = f;
	}
	qsort(p->field, p->nfields, sizeof *p->field, compare_fields);
	put_header(st, head, p);
	return p;
}

static void
on_record(struct stage *st, struct rec *rec)
{
	const struct plan *p = plan_for(st, rec->head);
	struct held_field fields[COLUMNS_MAX];
	uint64_t ns;
	unsigned n;

	if (p->time != 0) {
		const char *text;
		size_t len;

		text = rec_text(rec, p->time, &len);
		if (ns_scan(text, len, &ns) != 0)
			stage_clock(st, ns);
	}
	while (held_size(&held) > HELD_MAX)
		wait_once(st);
	n = find_fields(st, rec, p, fields);
	put_line(st, rec->line, rec->len, fields, n);
}

/* What was asked for and is in no record. */
static void
check_found(struct stage *st)
{
	bool any = false;

	for (unsigned i = 0; i < REC_KINDS + REC_OTHERS_MAX; i++)
		any |= plans[i].id != 0;
	for (unsigned i = 0; any && chosen && i < ncolumns; i++)
		if (!found[i]) {
			warnx("no column '%s' in any record", columns[i]);
			st->failed = true;
		}
}

static void
on_end(struct stage *st)
{
	while (held_first(&held) != NULL)
		wait_once(st);
	resolver_close(&resolver);
	check_found(st);
	names_close(&names);
	hostsfile_free(&hosts);
	held_free(&held);
}

static void
sum_up(struct stage *st)
{
	counts[FORGOTTEN].value = names.forgotten;
	counts[BAD_LINES].value = st->bad_lines;
}

static int
enter_sandbox(struct stage *st)
{
	(void)st;
	return sandbox_enter(SANDBOX_RESOLVER);
}

/* Names with commas between, each once. */
static void
add_columns(char *list)
{
	char *name;

	for (ncolumns = 0; (name = strsep(&list, ",")) != NULL; ncolumns++) {
		if (*name == '\0')
			errx(2, "-c: an empty name of a column");
		if (ncolumns == COLUMNS_MAX)
			errx(2, "-c: more than %d columns", COLUMNS_MAX);
		for (unsigned i = 0; i < ncolumns; i++)
			if (strcmp(columns[i], name) == 0)
				errx(2, "-c: %s: twice", name);
		columns[ncolumns] = name;
	}
}

static void
option(struct stage *st, int c)
{
	switch (c) {
	case 'a':
		beside = true;
		break;
	case 'c':
		add_columns(optarg);
		chosen = true;
		break;
	case 'H':
		hosts_file = optarg;
		break;
	case 'n':
		max_names = stage_number(c, optarg, COLUMNS_MAX,
		    1000000000);
		break;
	case 's':
		servers = optarg;
		break;
	case 't':
		limit = stage_seconds(c, optarg, 3600);
		break;
	default:
		stage_option(st, c);
	}
}

/* All that needs files, before the program is shut in. */
static void
open_names(void)
{
	char why[160];

	if (hostsfile_read(&hosts, hosts_file != NULL ? hosts_file :
	    HOSTSFILE) < 0 && (hosts_file != NULL || errno != ENOENT))
		err(1, "%s", hosts_file != NULL ? hosts_file : HOSTSFILE);
	if (names_open(&names, max_names, stage_seed()) < 0)
		err(1, "-n: %u names", max_names);
	if (resolver_open(&resolver, servers, limit, why, sizeof why) < 0) {
		if (servers != NULL && errno == EINVAL)
			errx(2, "-s: %s: %s", servers, why);
		errx(1, "name servers: %s", why);
	}
	resolver.end = on_end_of;
}

int
main(int argc, char **argv)
{
	static char usual[] = "src,dst";
	struct stage st;

	stage_open(&st, "resolve");
	st.synopsis = synopsis;
	st.help = help;
	add_columns(usual);
	for (int c; (c = getopt(argc, argv, ":ac:FhH:n:s:t:V")) != -1;)
		option(&st, c);
	open_names();
	signal(SIGPIPE, SIG_IGN);	/* name servers hang up, too */
	st.in.all = true;
	st.record = on_record;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = counts;
	st.ncounts = COUNTS;
	st.watch = resolver.poll;
	st.ready = on_ready;
	st.patience = patience;
	st.sandbox = enter_sandbox;
	return stage_run(&st, argv + optind, argc - optind);
}
