/*
 * vitals - connection vitals of hosts, for a person or a log: from the results
 * of probes, the round trips and loss of a burst, the path of a trace, the
 * services of a scan.
 *
 * vitals/vitals gathers results into runs, vitals/block formats a run; this is
 * the program around them.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stage/stage.h"
#include "vitals/block.h"
#include "vitals/vitals.h"

#define TEXT_MAX	4096	/* bytes of a host name or a reason */

static const struct opt opts[] = {
	{ 'b', "bundle", NULL, "print one block for each host, at the end" },
	{ 'e', "extended", NULL, "add percentiles, jitter, late, dup, ttl, "
	    "reasons" },
	{ 'F', "columns", NULL, "list the columns written (none)" },
	OPT_HELP,
	{ 'n', "max-probes", "n", "keep results of at most n probes (1000000)" },
	OPT_VERSION,
	{ 'w', "warnings", NULL, "report failures on standard error as WW: "
	    "lines" },
	{ 0 }
};

static const struct command command = {
	.prog = "vitals", .operands = "[file ...]", .opts = opts,
};

enum { PROBES, BLOCKS, SAME_PATH, CUT, FORGOTTEN, BAD_LINES, COUNTS };

static struct count counts[COUNTS] = {
	[PROBES] = { "probes", 0 },
	[BLOCKS] = { "blocks", 0 },
	[SAME_PATH] = { "same_path", 0 },
	[CUT] = { "cut", 0 },
	[FORGOTTEN] = { "forgotten", 0 },
	[BAD_LINES] = { "bad_lines", 0 },
};

static struct vitals vitals;
static uint32_t max_probes = 1000000;
static struct block_form form;
static bool warnings;

/* The columns of a kind of probe. */
struct columns {
	enum rec_col time, host, addr, line, run, index, of, rtt, from, ttl,
	    state, info, took, id;
};

#define COLUMNS(k) { k##_time, k##_host, k##_addr, k##_line, k##_run, \
    k##_index, k##_of, k##_rtt, k##_from, k##_ttl, k##_state, k##_info, \
    k##_took, k##_id }
static const struct columns columns[VITALS_KINDS] = {
	[VITALS_PING] = COLUMNS(ping),
	[VITALS_TRACE] = COLUMNS(hop),
	[VITALS_SCAN] = COLUMNS(port),
};

static void
no_memory(void)
{
	errx(1, "out of memory: use a smaller -n");
}

/* Print runs of a line, a burst first if there is one, by one write(2): blocks
 * of several processes in one file do not mix. */
static void
print(struct stage *st, struct vitals_line *l, const struct vitals_run *runs,
    unsigned n)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	form.now = st->now;
	if (f == NULL || !block_print(f, &form, l, runs, n) ||
	    fclose(f) != 0)
		no_memory();
	rec_add(&st->out, text, size);
	free(text);
	stage_flush(&st->out);
	counts[BLOCKS].value++;
	if (runs->kind == VITALS_PING)
		l->dup = l->late = 0;
}

static void
warn_port(struct stage *st, const struct vitals_line *l,
    const struct vitals_probe *p)
{
	int error = p->state == VITALS_CLOSED ? ECONNREFUSED : EHOSTUNREACH;

	if (p->state == VITALS_OPEN)
		return;
	fprintf(stderr, "WW: Could not connect to %s:%u - ",
	    block_addr(&l->addr), p->port);
	if (p->state == VITALS_FILTERED)
		fputs("timed out", stderr);
	else if (p->state == VITALS_ERROR)
		fputs(p->info != NULL ? p->info : "-", stderr);
	else
		fprintf(stderr, "[Errno %d] %s", error, strerror(error));
	fprintf(stderr, " -\t %s\n", block_date(st->now));
}

static void
warn_run(struct stage *st, const struct vitals_line *l,
    const struct vitals_run *r)
{
	uint32_t failed = 0;
	const char *why = NULL;

	for (uint32_t i = 0; i < r->of; i++) {
		const struct vitals_probe *p = &r->probe[i];

		if (r->kind == VITALS_SCAN)
			warn_port(st, l, p);
		else if (p->state == VITALS_ERROR && !vitals_is_stopped(p)) {
			failed++;
			why = p->info;
		}
	}
	if (failed > 0)
		fprintf(stderr, "WW: Could not probe %s: %" PRIu32 " of %"
		    PRIu32 " - %s -\t %s\n", block_addr(&l->addr), failed,
		    r->of, why != NULL ? why : "-", block_date(st->now));
}

static void
on_done(void *stage, struct vitals_line *l, struct vitals_run *r)
{
	struct stage *st = stage;

	if (vitals_is_cut(r)) {
		counts[CUT].value++;
		return;
	}
	if (warnings)
		warn_run(st, l, r);
	if (form.bundle)
		return;
	if (r->kind == VITALS_TRACE && !vitals_path_changed(l, r)) {
		counts[SAME_PATH].value++;
		return;
	}
	print(st, l, r, 1);
	if (r->kind == VITALS_TRACE && !vitals_keep_path(l, r))
		no_memory();
}

/* Copy the text of a column to out[TEXT_MAX + 1]; NULL if it has no value. */
static const char *
text_of(struct rec *rec, enum rec_col c, char *out)
{
	size_t n;
	const char *text = rec_field(rec, c, &n);

	if (!rec_has(rec, c))
		return NULL;
	if (n > TEXT_MAX) {
		rec_bad(rec, c, "too long");
		return NULL;
	}
	memcpy(out, text, n);
	out[n] = '\0';
	return out;
}

static const char *
host_of(struct rec *rec, enum rec_col c)
{
	static char host[TEXT_MAX + 1];
	const char *text = text_of(rec, c, host);

	if (text == NULL)
		rec_bad(rec, c, "no host name");
	return text;
}

static enum vitals_state
state_of(struct rec *rec, enum rec_col c)
{
	size_t n;
	const char *text = rec_field(rec, c, &n);
	enum vitals_state state = vitals_state_named(text, n);

	if (state == VITALS_NONE)
		rec_bad(rec, c, "not a state");
	return state;
}

static struct vitals_probe
probe_in(struct rec *rec, const struct columns *c)
{
	static char info[TEXT_MAX + 1];
	struct vitals_probe p = {
		.state = state_of(rec, c->state),
		.has_rtt = rec_has(rec, c->rtt),
		.has_from = rec_has(rec, c->from),
		.has_ttl = rec_has(rec, c->ttl),
	};

	if (p.has_rtt)
		p.rtt = rec_ns(rec, c->rtt);
	if (p.has_from)
		p.from = rec_addr(rec, c->from);
	if (p.has_ttl)
		p.ttl = (uint8_t)rec_num_to(rec, c->ttl, UINT8_MAX);
	if (p.state == VITALS_OK && !p.has_rtt)
		rec_bad(rec, c->rtt, "missing, although state is ok");
	if (text_of(rec, c->info, info) != NULL)
		p.info = info;
	return p;
}

/* The number of the host: probesrc's, or of its line in older records. */
static uint64_t
number_of(struct rec *rec, enum rec_col id, enum rec_col line)
{
	return rec_num_to(rec, rec_has(rec, id) ? id : line, UINT64_MAX);
}

/* When a probe's outcome was certain. */
static uint64_t
end_of(struct rec *rec, const struct columns *c, const struct vitals_probe *p)
{
	return rec_ns(rec, c->time) +
	    (rec_has(rec, c->took) ? rec_ns(rec, c->took) : p->rtt);
}

/* Report the fault of a result, if there is one; true if there is none. */
static bool
check(struct rec *rec, const struct columns *c, enum vitals_fault fault)
{
	switch (fault) {
	case VITALS_FINE:
		return true;
	case VITALS_INDEX:
		rec_bad(rec, c->index, "must be 1 to of");
		break;
	case VITALS_OF:
		rec_bad(rec, c->of, "differs within the run, or exceeds -n");
		break;
	case VITALS_AGAIN:
		rec_bad(rec, c->index, "had a result already");
		break;
	case VITALS_MEMORY:
		no_memory();
	}
	return false;
}

static void
add_probe(struct stage *st, struct rec *rec, enum vitals_kind kind)
{
	const struct columns *c = &columns[kind];
	struct addr addr = rec_addr(rec, c->addr);
	struct vitals_probe p = probe_in(rec, c);
	struct vitals_place at = {
		.host = host_of(rec, c->host),
		.line = number_of(rec, c->id, c->line),
		.kind = kind,
		.run = rec_u32(rec, c->run),
		.index = rec_u32(rec, c->index),
		.of = rec_u32(rec, c->of),
	};
	uint64_t end = end_of(rec, c, &p);

	if (kind == VITALS_SCAN)
		p.port = rec_u16(rec, port_port);
	if (kind == VITALS_SCAN && rec_has(rec, port_wait))
		p.wait = rec_ns(rec, port_wait);
	if (rec->why != NULL)
		return;
	stage_clock(st, end);
	if (!check(rec, c, vitals_add(&vitals, &at, &addr, &p)))
		return;
	counts[PROBES].value++;
	counts[FORGOTTEN].value = vitals.forgotten;
}

/* Does a text have that word? */
static bool
has_word(const char *text, size_t n, const char *word)
{
	const char *end = text + n, *blank;

	for (; text < end; text = blank + 1) {
		blank = memchr(text, ' ', (size_t)(end - text));
		if (blank == NULL)
			blank = end;
		if (strlen(word) == (size_t)(blank - text) &&
		    memcmp(word, text, strlen(word)) == 0)
			return true;
	}
	return false;
}

static void
set_format(struct rec *rec)
{
	const char *host = host_of(rec, conf_host), *options;
	uint64_t number = number_of(rec, conf_id, conf_line);
	struct vitals_line *l;
	size_t n;

	if (rec->why != NULL)
		return;
	if ((l = vitals_line(&vitals, host, number)) == NULL)
		no_memory();
	options = rec_field(rec, conf_info, &n);
	l->json = has_word(options, n, "json=1");
	l->no_stamp = has_word(options, n, "timestamp=0");
}

static void
on_record(struct stage *st, struct rec *rec)
{
	switch (rec->kind) {
	case REC_ping:
		add_probe(st, rec, VITALS_PING);
		break;
	case REC_hop:
		add_probe(st, rec, VITALS_TRACE);
		break;
	case REC_port:
		add_probe(st, rec, VITALS_SCAN);
		break;
	case REC_conf:
		set_format(rec);
		break;
	default:
		break;
	}
}

static void
print_newest(void *stage, struct vitals_line *l)
{
	for (int k = 0; k < VITALS_KINDS; k++)
		if (l->newest[k].probe != NULL) {
			print(stage, l, l->newest, VITALS_KINDS);
			return;
		}
}

static void
sum_up(struct stage *st)
{
	counts[BAD_LINES].value = st->bad_lines;
}

static void
on_end(struct stage *st)
{
	if (form.bundle && !vitals_each(&vitals, print_newest, st))
		no_memory();
	if (vitals.forgotten > 0)
		warnx("%" PRIu64 " incomplete bursts, traces or scans were "
		    "dropped: raise -n", vitals.forgotten);
	vitals_close(&vitals);
}

static void
options(int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		switch (c) {
		case 'b':
			form.bundle = true;
			break;
		case 'e':
			form.extended = true;
			break;
		case 'n':
			max_probes = opt_number(c, optarg, 1, 100000000);
			break;
		case 'w':
			warnings = true;
			break;
		}
}

static void
need_all(struct rec_reader *in, enum rec_kind kind, enum rec_col last)
{
	for (enum rec_col c = rec_kind_first(kind); c <= last; c++)
		rec_need(in, c);
}

int
main(int argc, char **argv)
{
	struct stage st;

	stage_begin(&st, &command);
	options(argc, argv);
	if (vitals_open(&vitals, max_probes, stage_seed()) < 0)
		no_memory();
	vitals.keep = form.bundle;
	vitals.done = on_done;
	vitals.arg = &st;
	tzset();	/* reads a file, which the sandbox will deny */
	st.sink = true;
	st.record = on_record;
	st.end = on_end;
	st.sum_up = sum_up;
	st.counts = counts;
	st.ncounts = COUNTS;
	need_all(&st.in, REC_ping, ping_info);
	need_all(&st.in, REC_hop, hop_info);
	need_all(&st.in, REC_port, port_info);
	rec_need(&st.in, conf_host);
	rec_need(&st.in, conf_line);
	rec_need(&st.in, conf_info);
	return stage_run(&st, argv + optind, argc - optind);
}
