/*
 * pcapsrc - packets of network devices and capture files, merged by time, as
 * one pcap stream (capture/stream).  It captures and reads; it decodes nothing.
 *
 * Its rights narrow step by step and are never regained:
 *
 *	as started	opens files and devices, looks up names, compiles the
 *			filter
 *	user		is in the -C directory, as the -Z user
 *	sandbox		reads open descriptors, writes, waits; only now parses
 *			packets
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/device.h"
#include "capture/source.h"
#include "capture/stream.h"
#include "filter/packetfilter.h"
#include "rec/write.h"
#include "stage/option.h"
#include "sys/io.h"
#include "sys/privilege.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "wire/savefile.h"
#include "wire/units.h"

#define NEVER		STREAM_NEVER

#define FANOUT		OPT_LONG
#define FANOUT_MAX	256	/* as in the kernel */

static const struct opt opts[] = {
	{ 'B', "buffer-size", "KiB",
	    "size of the kernel's buffer of a device (16384)" },
	{ 'C', "chroot", "directory", "change the root directory, as root" },
	{ 'c', "count", "count", "stop after count packets" },
	{ 'D', "list-interfaces", NULL, "list the devices" },
	{ 'e', "replay", "[speed]",
	    "replay files in real time, or speed times as fast" },
	OPT_COLUMNS,
	{ FANOUT, "fanout", "n/id",
	    "capture a part of n of a device's packets, in group id" },
	{ 'f', "filter", "filter",
	    "write only packets that match; see pcap-filter(7)" },
	{ 'g', "follow", NULL, "wait for more at the end of files" },
	OPT_HELP,
	{ 'i', "interface", "device",
	    "capture from device (the first one); repeatable" },
	{ 'p', "no-promiscuous-mode", NULL,
	    "do not capture in promiscuous mode" },
	{ 'r', "read", "file",
	    "read a capture file, - for standard input; repeatable" },
	{ 'S', "counts", "file",
	    "write counts to file, at once, every second and at the end" },
	{ 's', "snapshot-length", "snaplen",
	    "cut packets to snaplen bytes (262144)" },
	{ 't', "time", "seconds", "stop after seconds" },
	OPT_VERSION,
	{ 'v', "verbose", NULL, "report each device when it is open" },
	{ 'w', "window", "secs",
	    "sort packets within secs (0; 1 if several files are read)" },
	{ 'Z', "relinquish-privileges", "user",
	    "drop root to the rights of user (nobody)" },
	{ 0 }
};

static const enum rec_kind writes[] = { REC_count };

static const struct command command = {
	.prog = "pcapsrc", .operands = "[filter ...]", .opts = opts,
	.writes = writes,
};

static struct {
	const char *filter, *user, *chroot_dir, *counts;
	int buffer_bytes;
	bool promisc, verbose, follow;
	uint32_t fanout[2];		/* members and group, or 0 */
} opt = {
	.buffer_bytes = 16 << 20, .promisc = true,
};

static struct stream stream = {
	.count = NEVER, .limit_ns = NEVER, .snaplen = SAVEFILE_PACKET_MAX,
};
static struct packetfilter filter;
static struct rec_writer counts;	/* -S; its fd is -1 without it */
static bool failed;

#define complain(...)	(failed = true, warnx(__VA_ARGS__))

/* Counts: every second on -S, and on SIGUSR1. */

static void
put_count(const char *what, const char *name, uint64_t value)
{
	char text[PATH_MAX + 32];
	int n = snprintf(text, sizeof text, "%s%s%.*s", what,
	    name != NULL ? ":" : "", PATH_MAX, name != NULL ? name : "");

	rec_begin(&counts, REC_count);
	rec_put_ns(&counts, stream.now);
	rec_put_word(&counts, command.prog);
	rec_put_text(&counts, text, (size_t)n);
	rec_put_num(&counts, value);
	rec_end(&counts);
}

static void
put_counts_of(const struct source *s)
{
	struct device_counts c;

	if (!s->is_device) {
		put_count("received", source_name(s), s->packets);
		return;
	}
	device_count(&s->device, &c);
	put_count("received", source_name(s), c.received);
	put_count("dropped", source_name(s), c.dropped);
	put_count("ifdropped", source_name(s), c.ifdropped);
}

static void
write_counts(void)
{
	if (counts.fd < 0)
		return;
	for (size_t i = 0; i < stream.in.n; i++)
		put_counts_of(&stream.in.sources[i]);
	put_count("unconverted", NULL, stream.out.unconverted);
	put_count("other-link", NULL, stream.out.other_link);
	put_count("unsorted", NULL, stream.unsorted);
	put_count("written", NULL, stream.out.written);
	if (rec_flush(&counts) < 0) {
		complain("%s: %s", opt.counts, strerror(counts.error));
		counts.fd = -1;
	}
}

static uint64_t
tick(uint64_t now)
{
	write_counts();
	return counts.fd >= 0 ? (now / NS_PER_S + 1) * NS_PER_S : NEVER;
}

static void
print_counts(void)
{
	struct device_counts c;

	for (size_t i = 0; i < stream.in.n; i++) {
		const struct source *s = &stream.in.sources[i];

		if (!s->is_device) {
			warnx("%s: %" PRIu64 " packets read", source_name(s),
			    s->packets);
			continue;
		}
		device_count(&s->device, &c);
		warnx("%s: %" PRIu64 " packets received, %" PRIu64 " dropped "
		    "by the kernel, %" PRIu64 " by the device", source_name(s),
		    c.received, c.dropped, c.ifdropped);
	}
	warnx("%" PRIu64 " packets written", stream.out.written);
}

/* Setting up, in the order of the model above. */

static struct input {
	const char *name;
	bool is_device;
} *inputs;
static size_t ninputs;

static void
add_input(const char *name, bool is_device)
{
	inputs = realloc(inputs, (ninputs + 1) * sizeof(*inputs));
	if (inputs == NULL)
		err(1, NULL);
	inputs[ninputs++] = (struct input){ name, is_device };
	stream.devices |= is_device;
}

static bool
add_first(const char *name, bool is_up, const char *words)
{
	(void)is_up, (void)words;
	add_input(strdup(name), true);
	return false;
}

static void
add_default_device(void)
{
	char why[160];

	if (device_list(add_first, why, sizeof(why)) < 0)
		errx(1, "%s", why);
	if (ninputs == 0)
		errx(1, "no device to capture from; -r file reads a file");
}

static int
open_input(struct source *s, const struct input *which)
{
	struct device_options how = { .snaplen = stream.snaplen,
	    .buffer_bytes = opt.buffer_bytes, .promisc = opt.promisc,
	    .filter = opt.filter, .members = opt.fanout[0],
	    .group = (uint16_t)opt.fanout[1] };

	if (which->is_device)
		return source_open_device(s, which->name, &how);
	return source_open_file(s, which->name, opt.follow,
	    opt.filter ? &filter : NULL);
}

static const char capture_rights[] =
    " (capture needs root or CAP_NET_RAW: try sudo, or setcap "
    "cap_net_raw,cap_net_admin+ep pcapsrc)";

/* In tcpdump's words. */
static void
report_device(const struct device *d)
{
	int link = pcap_datalink(d->pcap);
	const char *name = pcap_datalink_val_to_name(link),
	    *words = pcap_datalink_val_to_description(link);

	if (name != NULL && words != NULL)
		fprintf(stderr, "listening on %s, link-type %s (%s), capture "
		    "size %" PRIu32 " bytes\n", d->name, name, words,
		    stream.snaplen);
	else
		fprintf(stderr, "listening on %s, link-type %d, capture "
		    "size %" PRIu32 " bytes\n", d->name, link, stream.snaplen);
}

static void
open_inputs(bool is_device)
{
	for (size_t i = 0; i < ninputs; i++) {
		struct source *s = &stream.in.sources[i];

		if (inputs[i].is_device != is_device)
			continue;
		if (open_input(s, &inputs[i]) < 0)
			errx(1, "%s%s", s->error,
			    s->denied ? capture_rights : "");
		if (is_device && s->device.error[0] != '\0')
			warnx("%s", s->device.error);
		if (is_device && opt.verbose)
			report_device(&s->device);
	}
}

static void
open_counts(void)
{
	int fd = open(opt.counts, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0666);

	if (fd < 0)
		err(1, "%s", opt.counts);
	if (rec_writer_open(&counts, fd) < 0)
		err(1, NULL);
}

/* Files first, so that their decompressors inherit no packet socket. */
static void
open_all(void)
{
	counts.fd = -1;
	if (ninputs == 0)
		add_default_device();
	io_raise_file_limit();
	if (merge_open(&stream.in, ninputs) < 0)
		err(1, NULL);
	open_inputs(false);
	/* Not before: the first signal ends the wait for a pipe's writer. */
	if (signals_setup() < 0)
		err(1, "signals");
	open_inputs(true);
	if (opt.counts != NULL)
		open_counts();
}

static void
drop_rights(void)
{
	char why[160];

	if (privilege_drop(opt.user, opt.chroot_dir, why, sizeof(why)) < 0)
		errx(1, "%s", why);
	if (sandbox_enter(stream.devices ? SANDBOX_CAPTURE :
	    SANDBOX_FILTER) < 0)
		err(1, "sandbox");
}

static void
report_end(const char *why)
{
	complain("%s", why);
}

/* Does no option change the stream? */
static bool
is_as_is(void)
{
	return !stream.devices && opt.filter == NULL && !opt.follow &&
	    stream.snaplen == SAVEFILE_PACKET_MAX && stream.count == NEVER &&
	    stream.limit_ns == NEVER && stream.speed == 0 &&
	    stream.window_ns == 0;
}

static void
run(void)
{
	stream.tick = tick;
	stream.counts = print_counts;
	stream.ended = report_end;
	if (stream_run(&stream, STDOUT_FILENO, is_as_is()) < 0)
		err(1, errno == ENOMEM ? NULL : "standard output");
}

/* Report lost packets, and errors that did not end the stream. */
static void
report_losses(void)
{
	struct device_counts c;

	for (size_t i = 0; i < stream.in.n; i++) {
		const struct source *s = &stream.in.sources[i];

		if (!s->is_device)
			continue;
		device_count(&s->device, &c);
		if (c.dropped > 0)
			warnx("%s: %" PRIu64 " packets dropped by the kernel",
			    source_name(s), c.dropped);
	}
	if (stream.unsorted > 0 && stream.window.span > 0)
		warnx("packets out of order: %" PRIu64 ", whose time steps "
		    "back by more than %g seconds", stream.unsorted,
		    (double)stream.window.span / NS_PER_S);
	if (stream.out.unconverted > 0)
		complain("%" PRIu64 " packets omitted: their link layer "
		    "cannot be converted to Linux cooked",
		    stream.out.unconverted);
	if (stream.out.other_link > 0)
		complain("%" PRIu64 " packets omitted: their link type "
		    "appeared after the output had begun with another",
		    stream.out.other_link);
}

static void
close_all(void)
{
	for (size_t i = 0; i < stream.in.n; i++)
		if (source_close(&stream.in.sources[i]) < 0)
			complain("%s", stream.in.sources[i].error);
	if (counts.fd >= 0 && close(counts.fd) < 0)
		complain("%s: %s", opt.counts, strerror(errno));
	if (close(STDOUT_FILENO) < 0)
		complain("standard output: %s", strerror(errno));
}

/* Options. */

static uint64_t
packet_count(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    n < 1 || n == NEVER)
		opt_wrong("-c: invalid number '%s': must be at least 1", text);
	return n;
}

static bool
is_number(const char *text, double *v)
{
	char *end;

	*v = strtod(text, &end);
	return end > text && *end == '\0';
}

/*
 * The argument of -e may be left out.  Unlike other arguments of that kind it
 * may also be the next word, if that is a number.
 */
static double
replay_speed(char **argv)
{
	const char *text = optarg;
	double speed;

	if (text == NULL) {
		text = argv[optind];
		if (text == NULL || !is_number(text, &speed))
			return 1;
		optind++;
	}
	if (!is_number(text, &speed) || !(speed >= 0.001 && speed <= 1e6))
		opt_wrong("-e: invalid speed '%s': must be 0.001 to 1000000",
		    text);
	return speed;
}

static bool
show(const char *name, bool is_up, const char *words)
{
	printf("%s\t%s\t%s\n", name, is_up ? "up" : "down", words);
	return true;
}

static _Noreturn void
list_devices(void)
{
	char why[160];

	if (device_list(show, why, sizeof(why)) < 0)
		errx(1, "%s", why);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	exit(0);
}

static void
choose_group(const char *text)
{
	if (!opt_pair(text, opt.fanout) || opt.fanout[0] < 2 ||
	    opt.fanout[0] > FANOUT_MAX || opt.fanout[1] > UINT16_MAX)
		opt_wrong("--fanout: invalid group '%s': must be n/id, with n "
		    "from 2 to %d, and id up to %d", text, FANOUT_MAX,
		    UINT16_MAX);
}

static void
option(int c, char **argv)
{
	switch (c) {
	case 'B':
		opt.buffer_bytes = (int)opt_number(c, optarg, 1, 2097151) *
		    1024;
		break;
	case 'C':
		opt.chroot_dir = optarg;
		break;
	case 'c':
		stream.count = packet_count(optarg);
		break;
	case 'D':
		list_devices();
	case 'e':
		stream.speed = replay_speed(argv);
		break;
	case FANOUT:
		choose_group(optarg);
		break;
	case 'f':
		opt.filter = optarg;
		break;
	case 'g':
		opt.follow = true;
		break;
	case 'i':
	case 'r':
		add_input(optarg, c == 'i');
		break;
	case 'p':
		opt.promisc = false;
		break;
	case 'S':
		opt.counts = optarg;
		break;
	case 's':
		stream.snaplen = opt_number(c, optarg, 0, SAVEFILE_PACKET_MAX);
		if (stream.snaplen == 0)
			stream.snaplen = SAVEFILE_PACKET_MAX;
		break;
	case 't':
		stream.limit_ns = opt_seconds(c, optarg, 1e9);
		break;
	case 'v':
		opt.verbose = true;
		break;
	case 'w':
		stream.has_window = true;
		stream.window_ns = strcmp(optarg, "0") == 0 ? 0 :
		    opt_seconds(c, optarg, 3600);
		break;
	case 'Z':
		opt.user = optarg;
		break;
	}
}

/* The operands are one expression, as in tcpdump. */
static char *
joined(char **words)
{
	char *all;
	size_t len;
	FILE *f = open_memstream(&all, &len);

	if (f == NULL)
		err(1, NULL);
	for (char **w = words; *w != NULL; w++)
		fprintf(f, "%s%s", *w, w[1] != NULL ? " " : "");
	if (fclose(f) == EOF)
		err(1, NULL);
	return all;
}

static void
check_options(char **operands)
{
	size_t stdins = 0;

	if (*operands != NULL && opt.filter != NULL)
		opt_wrong("a filter in -f and in the operands");
	if (*operands != NULL)
		opt.filter = joined(operands);
	for (size_t i = 0; i < ninputs; i++)
		if (!inputs[i].is_device && strcmp(inputs[i].name, "-") == 0)
			stdins++;
	if (stdins > 1)
		opt_wrong("-r -: standard input can be read only once");
	if (stream.speed != 0 && (stream.devices || ninputs == 0))
		opt_wrong("-e: devices cannot be replayed, only files (-r)");
	if (stream.speed != 0 && opt.follow)
		opt_wrong("-e: a file that grows (-g) cannot be replayed");
	if (opt.fanout[0] != 0 && ninputs > 1)
		opt_wrong("--fanout: a group is of one device");
	if (opt.fanout[0] != 0 && ninputs == 1 && !stream.devices)
		opt_wrong("--fanout: files have no group; see --share of the "
		    "programs that read them");
	if (isatty(STDOUT_FILENO))
		opt_wrong("standard output is a terminal: pipe packets into "
		    "tcpdecode, or tcpdump -r -");
}

/*
 * Compile the filter for all common links, before devices compile it for
 * theirs.  A file among the operands was most likely meant to be read.
 */
static void
compile_filter(char **operands)
{
	if (opt.filter == NULL ||
	    packetfilter_compile(&filter, opt.filter) == 0)
		return;
	for (char **w = operands; *w != NULL; w++)
		if (access(*w, F_OK) == 0)
			errx(2, "%s; to read the file %s use -r %s",
			    filter.error, *w, *w);
	errx(2, "%s", filter.error);
}

int
main(int argc, char **argv)
{
	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		option(c, argv);
	check_options(argv + optind);
	compile_filter(argv + optind);
	open_all();
	drop_rights();
	run();
	write_counts();
	report_losses();
	close_all();
	return failed;
}
