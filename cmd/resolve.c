/*
 * resolve - host names for the addresses in records of any kind.
 *
 * names/cache has the names found so far, names/resolver the queries to name
 * servers, stage/held the records that wait for an answer; this is the program
 * around them.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names/cache.h"
#include "names/hostsfile.h"
#include "names/resolver.h"
#include "stage/columns.h"
#include "stage/held.h"
#include "stage/stage.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "wire/units.h"

#define COLUMNS_MAX	16	/* of -c */
#define HELD_MAX	(16u << 20)	/* bytes waiting before reading stops */
#define TTL_MIN		60u	/* seconds: spares the name servers */
#define TTL_MAX		86400u
#define RETRY_SECS	30u	/* after a failed query */

static const struct opt opts[] = {
	{ 'a', "append", NULL, "keep addresses, append columns such as "
	    "src_name" },
	{ 'c', "addresses", "columns", "look up these columns (src,dst)" },
	OPT_COLUMNS,
	OPT_HELP,
	{ 'H', "hosts", "file", "read names from file first (/etc/hosts)" },
	{ 'n', "max-names", "names", "keep at most names names (100000)" },
	{ 's', "servers", "servers", "query these servers: "
	    "address[:port],..." },
	{ 't', "timeout", "secs", "hold a record at most secs seconds (2)" },
	OPT_VERSION,
	{ 0 }
};

static const enum rec_kind writes[] = { REC_count };

static const struct command command = {
	.prog = "resolve", .operands = "[file ...]", .opts = opts,
	.writes = writes,
};

enum {
	ADDRESSES, NAMED, UNNAMED, LATE, ASKED, RESULTS,
	OVERDUE = RESULTS + RESOLVER_RESULTS, FORGOTTEN, BAD_LINES, COUNTS
};

static struct count counts[COUNTS] = {
	[ADDRESSES] = { "addresses", 0 },
	[NAMED] = { "named", 0 },
	[UNNAMED] = { "unnamed", 0 },
	[LATE] = { "late", 0 },
	[ASKED] = { "asked", 0 },
	[RESULTS + RESOLVER_ANSWERED] = { "answered", 0 },
	[RESULTS + RESOLVER_NOT_FOUND] = { "not_found", 0 },
	[RESULTS + RESOLVER_FAILED] = { "failed", 0 },
	[RESULTS + RESOLVER_TIMED_OUT] = { "timed_out", 0 },
	[OVERDUE] = { "overdue", 0 },
	[FORGOTTEN] = { "forgotten", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

/* Where the records of one header have their addresses. */
struct address_fields {
	uint64_t head;		/* the header's id; 0: none yet */
	unsigned time;		/* the field with the time; 0: none */
	unsigned n, field[COLUMNS_MAX];		/* in ascending order */
};

static char *columns[COLUMNS_MAX];
static bool found[COLUMNS_MAX];
static unsigned ncolumns;
static bool chosen;		/* columns are from -c */
static bool append;		/* -a */
static uint32_t max_names = 100000;
static uint64_t limit = 2 * NS_PER_S;
static const char *servers, *hosts_file;

static struct address_fields all_fields[REC_KINDS + REC_OTHERS_MAX];
static struct hostsfile hosts;
static struct cache names;
static struct resolver resolver;
static struct held held;
static uint64_t now;		/* CLOCK_MONOTONIC: names expire in real time */

static void
no_memory(void)
{
	errx(1, "out of memory: keep fewer names (-n)");
}

static void
on_result(void *arg, uint32_t i, enum resolver_result result,
    const char *name, uint32_t ttl)
{
	(void)arg;
	if (ttl < TTL_MIN)
		ttl = TTL_MIN;
	if (ttl > TTL_MAX)
		ttl = TTL_MAX;
	counts[RESULTS + result].value++;
	if (result == RESOLVER_FAILED || result == RESOLVER_TIMED_OUT)
		cache_fail(&names, i, now + RETRY_SECS * NS_PER_S);
	else if (cache_answer(&names, i, name, now + ttl * NS_PER_S) < 0)
		no_memory();
}

static void
query(uint32_t i, const struct addr *a)
{
	counts[ASKED].value++;
	cache_queried(&names, i);
	resolver_send(&resolver, a, i);
}

/*
 * Write a line with the name of each address in its place, or after it with
 * -a.  An address without a name, or whose name is not known yet, stays.
 */
static void
write_line(struct rec_writer *w, const char *text, size_t len,
    const struct held_field *f, unsigned n)
{
	size_t from = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct cache_entry *e = f[i].id == 0 ? NULL :
		    cache_at(&names, f[i].id);
		const char *name = e != NULL ? e->name : NULL;
		/* rec_put_text() writes the TAB before a name. */
		size_t to = append ? f[i].at + f[i].len : f[i].at - 1;

		if (e != NULL)
			counts[!e->known ? LATE : name == NULL ? UNNAMED :
			    NAMED].value++;
		if (name == NULL && !append)
			continue;
		rec_add(w, text + from, to - from);
		from = f[i].at + f[i].len;
		if (name != NULL)
			rec_put_text(w, name, strlen(name));
		else
			rec_put_none(w);
	}
	rec_add(w, text + from, len - from);
	rec_end(w);
}

/* Does a line have an address whose name is worth waiting for? */
static bool
must_wait(const struct held_field *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].id != 0 && cache_is_awaited(&names, f[i].id))
			return true;
	return false;
}

/* A line is written without the names it still waits for. */
static void
stop_waiting(const struct held_field *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].id != 0 && cache_is_awaited(&names, f[i].id)) {
			cache_timed_out(&names, f[i].id);
			counts[OVERDUE].value++;
		}
}

static void
release_names(const struct held_field *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].id != 0)
			cache_release(&names, f[i].id);
}

/* Write the first lines that have nothing left to wait for. */
static void
write_ready(struct stage *st)
{
	const struct held_line *l;

	while ((l = held_first(&held)) != NULL) {
		if (must_wait(l->field, l->nfields)) {
			if (now < l->due)
				return;
			stop_waiting(l->field, l->nfields);
		}
		write_line(&st->out, held_text(l), l->len, l->field,
		    l->nfields);
		release_names(l->field, l->nfields);
		held_drop(&held);
	}
}

static void
on_ready(struct stage *st)
{
	now = clock_ns(CLOCK_MONOTONIC);
	resolver_ready(&resolver);
	write_ready(st);
}

/* How long poll(2) may last: the first line times out, or a query does. */
static int64_t
patience(struct stage *st)
{
	const struct held_line *l = held_first(&held);
	int64_t due = resolver_timeout(&resolver), own;

	st->nwatch = resolver.npoll;
	if (l == NULL)
		return due;
	now = clock_ns(CLOCK_MONOTONIC);
	own = l->due > now ? (int64_t)(l->due - now) : 0;
	return due < 0 || own < due ? own : due;
}

/* Wait for answers and not for input: no more lines can be held. */
static void
wait_once(struct stage *st)
{
	stage_flush(&st->out);
	stage_wait(st);
}

/*
 * Make an entry for an address and query its name.  Returns 0 if no room for
 * either appears within the time that a record may wait.
 */
static uint32_t
add_name(struct stage *st, const struct addr *a)
{
	const char *local = hostsfile_name(&hosts, a);
	uint64_t until;
	uint32_t i;

	now = clock_ns(CLOCK_MONOTONIC);
	until = now + limit;
	while (!cache_has_room(&names) || (local == NULL &&
	    resolver_full(&resolver))) {
		if (cache_is_silent(&names) || now >= until)
			return 0;
		wait_once(st);
	}
	i = cache_add(&names, a);
	if (local == NULL)
		query(i, a);
	else if (cache_set(&names, i, local, UINT64_MAX) < 0)
		no_memory();
	return i;
}

/* The cache entry of an address, in use until release_names(); 0: none. */
static uint32_t
use_name(struct stage *st, const struct addr *a)
{
	uint32_t i = cache_find(&names, a);

	if (i == 0)
		i = add_name(st, a);
	else if (cache_is_expired(&names, i, now) && !resolver_full(&resolver))
		query(i, a);
	if (i != 0)
		cache_use(&names, i);
	return i;
}

/* An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) has the name of the
 * IPv4 address. */
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

/* Collect the fields of a record that get a name, or a column after them. */
static unsigned
find_addresses(struct stage *st, const struct rec *rec,
    const struct address_fields *af, struct held_field *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < af->n; i++) {
		size_t len;
		const char *text = rec_text(rec, af->field[i], &len);
		struct held_field f = { .at = rec->start[af->field[i]],
		    .len = (uint32_t)len };
		struct addr a;

		if (addr_scan(text, len, &a) != 0) {
			unmap(&a);
			counts[ADDRESSES].value++;
			f.id = use_name(st, &a);
			counts[LATE].value += f.id == 0;
		}
		if (f.id != 0 || append)
			out[n++] = f;
	}
	return n;
}

/* Write a line at once, or hold it if it or one before it must wait. */
static void
put_line(struct stage *st, const char *text, size_t len,
    const struct held_field *f, unsigned n)
{
	if (held_first(&held) == NULL && !must_wait(f, n)) {
		write_line(&st->out, text, len, f, n);
		release_names(f, n);
	} else if (held_push(&held, text, len, f, n, now + limit) < 0)
		no_memory();
}

/* Write a header, with the columns that -a appends. */
static void
put_header(struct stage *st, const struct rec_head *head,
    const struct address_fields *af)
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
		if (append && next < af->n && af->field[next] == i) {
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

/* The address fields of a header, which is written when it is new. */
static const struct address_fields *
fields_for(struct stage *st, const struct rec_head *head)
{
	struct address_fields *af = &all_fields[head->number];

	if (af->head == head->id)
		return af;
	*af = (struct address_fields){ .head = head->id,
	    .time = rec_field_named(head, "time", 4) };
	for (unsigned i = 0; i < ncolumns; i++) {
		unsigned f = rec_field_named(head, columns[i],
		    strlen(columns[i]));

		if (f == 0)
			continue;
		found[i] = true;
		af->field[af->n++] = f;
	}
	qsort(af->field, af->n, sizeof *af->field, compare_fields);
	put_header(st, head, af);
	return af;
}

static void
on_record(struct stage *st, struct rec *rec)
{
	const struct address_fields *af = fields_for(st, rec->head);
	struct held_field fields[COLUMNS_MAX];
	uint64_t ns;
	unsigned n;

	if (af->time != 0) {
		const char *text;
		size_t len;

		text = rec_text(rec, af->time, &len);
		if (ns_scan(text, len, &ns) != 0)
			stage_clock(st, ns);
	}
	while (held_size(&held) > HELD_MAX)
		wait_once(st);
	n = find_addresses(st, rec, af, fields);
	put_line(st, rec->line, rec->len, fields, n);
}

/* Report columns of -c that no record has. */
static void
check_found(struct stage *st)
{
	bool any = false, all = true;

	for (unsigned i = 0; i < REC_KINDS + REC_OTHERS_MAX; i++)
		any |= all_fields[i].head != 0;
	for (unsigned i = 0; any && chosen && i < ncolumns; i++) {
		if (!found[i])
			columns_missing('c', columns[i], strlen(columns[i]));
		all &= found[i];
	}
	if (all)
		return;
	columns_print(&st->in, NULL);
	st->failed = true;
}

static void
on_end(struct stage *st)
{
	while (held_first(&held) != NULL)
		wait_once(st);
	resolver_close(&resolver);
	check_found(st);
	cache_close(&names);
	hostsfile_free(&hosts);
	held_free(&held);
}

static void
sum_up(struct stage *st)
{
	counts[FORGOTTEN].value = names.evicted;
	counts[BAD_LINES].value = st->bad_lines;
}

static int
enter_sandbox(struct stage *st)
{
	(void)st;
	return sandbox_enter(SANDBOX_RESOLVER);
}

/* Use the columns of a list, separated by commas. */
static void
set_columns(char *list)
{
	char *name;

	for (ncolumns = 0; (name = strsep(&list, ",")) != NULL; ncolumns++) {
		if (*name == '\0')
			opt_wrong("-c: invalid column '': must not be empty");
		if (ncolumns == COLUMNS_MAX)
			opt_wrong("-c: invalid column '%s': must be at most "
			    "%d columns", name, COLUMNS_MAX);
		for (unsigned i = 0; i < ncolumns; i++)
			if (strcmp(columns[i], name) == 0)
				opt_wrong("-c: invalid column '%s': must be "
				    "named only once", name);
		columns[ncolumns] = name;
	}
}

static void
option(struct stage *st, int c)
{
	switch (c) {
	case 'a':
		append = true;
		break;
	case 'c':
		set_columns(optarg);
		chosen = true;
		break;
	case 'H':
		hosts_file = optarg;
		break;
	case 'n':
		max_names = opt_number(c, optarg, COLUMNS_MAX, 1000000000);
		break;
	case 's':
		servers = optarg;
		break;
	case 't':
		limit = opt_seconds(c, optarg, 3600);
		break;
	default:
		stage_shared(st, c);
	}
}

/* Read the files that names come from, before the sandbox closes them off. */
static void
open_names(void)
{
	char why[160];

	if (hostsfile_read(&hosts, hosts_file != NULL ? hosts_file :
	    HOSTSFILE) < 0 && (hosts_file != NULL || errno != ENOENT))
		err(1, "%s", hosts_file != NULL ? hosts_file : HOSTSFILE);
	if (cache_open(&names, max_names, stage_seed()) < 0)
		err(1, "-n: %u names", max_names);
	if (resolver_open(&resolver, servers, limit, why, sizeof why) < 0) {
		if (servers != NULL && errno == EINVAL)
			opt_wrong("-s: invalid servers '%s': %s", servers, why);
		errx(1, "name servers: %s", why);
	}
	resolver.result = on_result;
}

int
main(int argc, char **argv)
{
	static char usual[] = "src,dst";
	struct stage st;

	stage_begin(&st, &command);
	set_columns(usual);
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		option(&st, c);
	open_names();
	signal(SIGPIPE, SIG_IGN);	/* a name server may close its socket */
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
