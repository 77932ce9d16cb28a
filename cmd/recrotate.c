/*
 * recrotate - cut a stream of records into files by time and size.
 *
 * rotate/keeper writes the files, in a process of its own; this is the program
 * that reads the records and says where a file ends.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rotate/keeper.h"
#include "stage/stage.h"
#include "sys/clock.h"

static const struct opt opts[] = {
	{ 'C', "size", "bytes", "begin a file after bytes bytes; k, M and G "
	    "may follow" },
	OPT_COLUMNS,
	{ 'G', "every", "secs", "begin a file every secs seconds" },
	OPT_HELP,
	{ 'M', "keep-bytes", "bytes", "keep at most bytes bytes of files, the "
	    "newest" },
	OPT_PASS,
	OPT_VERSION,
	{ 'W', "keep", "files", "keep at most files files, the newest" },
	{ 'Z', "compress", "program", "compress each whole file: gzip, xz or "
	    "zstd" },
	{ 'z', "run", "command", "run command with the name of each whole "
	    "file" },
	{ 0 }
};

static const char notes[] =
"name is that of a file, with the sequences of strftime(3) for its time, UTC\n";

static const struct command command = {
	.prog = "recrotate", .operands = "name [file ...]", .opts = opts,
	.notes = notes,
};

static const struct {
	const char *program, *command, *extension;
} compressors[] = {
	{ "gzip", "exec gzip -f", ".gz" },
	{ "xz", "exec xz -f", ".xz" },
	{ "zstd", "exec zstd -q -f --rm", ".zst" },
};

#define NCOMPRESSORS	(sizeof compressors / sizeof *compressors)

static struct keeper_rules rules;
static struct keeper keeper;
static struct rec_writer file;	/* to the keeper */
static uint64_t every, most;	/* ns, bytes; 0: no limit */
static uint64_t next_cut;	/* when the current file ends; 0: no file yet */
static uint64_t written;	/* bytes sent for the current file */
/* Where records go: the current file and, with -p, standard output. */
struct copy {
	struct rec_writer *to;
	/* The header of each kind that was written last, by its id. */
	uint64_t headed[REC_KINDS + REC_OTHERS_MAX];
};

static struct copy kept = { .to = &file };
static struct copy passed;	/* to NULL without -p */

static void
print(const char *text)
{
	warnx("%s", text);
}

static uint64_t
parse_bytes(int c, const char *text)
{
	char *end;
	double v = strtod(text, &end);
	double unit = *end == 'k' || *end == 'K' ? 1e3 : *end == 'M' ? 1e6 :
	    *end == 'G' ? 1e9 : 1;

	if (end == text || *(end + (unit > 1)) != '\0' || !(v > 0) ||
	    v * unit > 1e18)
		opt_wrong("-%c: invalid size '%s': must be bytes, such as "
		    "500000, 10M or 2G", c, text);
	return (uint64_t)(v * unit);
}

static void
choose_compressor(const char *name)
{
	for (size_t i = 0; i < NCOMPRESSORS; i++)
		if (strcmp(compressors[i].program, name) == 0) {
			rules.compressor = compressors[i].command;
			rules.extension = compressors[i].extension;
			return;
		}
	opt_wrong("-Z: invalid program '%s': must be gzip, xz or zstd", name);
}

static void
parse_option(struct stage *st, int c)
{
	switch (c) {
	case 'C':
		most = parse_bytes(c, optarg);
		break;
	case 'G':
		every = opt_seconds(c, optarg, 366 * 86400);
		break;
	case 'M':
		rules.bytes = parse_bytes(c, optarg);
		break;
	case 'W':
		rules.files = opt_number(c, optarg, 1, UINT32_MAX);
		break;
	case 'Z':
		choose_compressor(optarg);
		break;
	case 'z':
		rules.command = optarg;
		break;
	case 'p':
		passed.to = &st->out;
		break;
	}
}

static void
keeper_gone(void)
{
	err(1, "the process that writes files is gone");
}

static int
send_bytes(void *arg, int fd, const void *buf, size_t n)
{
	(void)arg;
	(void)fd;
	written += n;
	return keeper_write(&keeper, buf, n);
}

static void
put_line(struct copy *c, const char *line, size_t n)
{
	rec_pass(c->to, REC_KINDS, NULL, line, n);
}

static void
put_header(struct copy *c, const struct rec_head *head)
{
	if (c->headed[head->number] == head->id)
		return;
	c->headed[head->number] = head->id;
	put_line(c, head->text, strlen(head->text));
}

static void
put_record(struct copy *c, const struct rec *rec)
{
	put_header(c, rec->head);
	put_line(c, rec->line, rec->len);
}

/* The headers in force, at the beginning of a file. */
static void
put_headers(const struct rec_reader *in)
{
	for (unsigned i = 0; i < rec_nheads(in); i++) {
		const struct rec_head *head = rec_head_at(in, i);

		if (head == NULL)
			continue;
		kept.headed[i] = 0;
		put_header(&kept, head);
	}
}

static void
flush_file(void)
{
	if (rec_flush(&file) < 0)
		keeper_gone();
}

/* Begin a file at a time.  Files of -G begin at multiples of its seconds. */
static void
cut(struct stage *st, uint64_t time)
{
	if (every != 0)
		time -= time % every;
	flush_file();
	if (keeper_cut(&keeper, time) < 0)
		keeper_gone();
	next_cut = every != 0 ? time + every : UINT64_MAX;
	written = 0;
	put_headers(&st->in);
}

/* The fields that say when the records of a header were certain. */
struct time_fields {
	uint64_t head;		/* the header's id; 0: none yet */
	unsigned time, took;	/* 0: none */
};

static uint64_t
ns_of(const struct rec *rec, unsigned field)
{
	const char *text;
	uint64_t ns = 0;
	size_t n;

	if (field == 0)
		return 0;
	text = rec_text(rec, field, &n);
	return ns_scan(text, n, &ns) != 0 ? ns : 0;
}

/* The time at which a record was certain: its time plus what it took; 0 if
 * unknown. */
static uint64_t
time_of(const struct rec *rec)
{
	static struct time_fields all[REC_KINDS + REC_OTHERS_MAX];
	struct time_fields *f = &all[rec->head->number];

	if (f->head != rec->head->id)
		*f = (struct time_fields){ rec->head->id,
		    rec_field_named(rec->head, "time", 4),
		    rec_field_named(rec->head, "took", 4) };
	return ns_of(rec, f->time) + ns_of(rec, f->took);
}

static void
on_record(struct stage *st, struct rec *rec)
{
	uint64_t time = every != 0 || next_cut == 0 ? time_of(rec) : 0;

	if (time != 0)
		stage_clock(st, time);
	if (next_cut == 0 || (st->now >= next_cut && time != 0) ||
	    (most != 0 && written + file.len + rec->len >= most))
		cut(st, st->now != 0 ? st->now : clock_ns(CLOCK_REALTIME));
	put_record(&kept, rec);
	if (passed.to != NULL)
		put_record(&passed, rec);
}

/* A file of an idle live stream ends on time, too. */
static void
tick(struct stage *st)
{
	if (next_cut != 0 && st->now >= next_cut)
		cut(st, st->now);
}

/* What was read is written before the next wait. */
static int64_t
patience(struct stage *st)
{
	(void)st;
	return file.len > 0 ? 0 : -1;
}

static void
ready(struct stage *st)
{
	(void)st;
	flush_file();
}

static void
on_end(struct stage *st)
{
	flush_file();
	rec_writer_close(&file);
	if (keeper_end(&keeper) < 0)
		st->failed = true;
}

int
main(int argc, char **argv)
{
	struct stage st;
	int c;

	stage_begin(&st, &command);
	while ((c = opt_next(&command, argc, argv)) >= 0)
		parse_option(&st, c);
	if (optind == argc)
		opt_wrong("which name shall the files have? such as: recrotate "
		    "-G 3600 rtt-%%Y%%m%%dT%%H.tsv");
	rules.name = argv[optind];
	rules.report = print;
	if (rec_writer_open(&file, -1) < 0 || keeper_start(&keeper, &rules) < 0)
		err(1, NULL);
	file.write = send_bytes;
	signal(SIGPIPE, SIG_IGN);
	st.sink = true;
	st.in.all = true;
	st.record = on_record;
	st.tick = tick;
	st.end = on_end;
	st.patience = patience;
	st.ready = ready;
	return stage_run(&st, argv + optind + 1, argc - optind - 1);
}
