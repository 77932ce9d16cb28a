/*
 * pcapsrc: the packets of network devices and capture files, merged by time,
 * as one pcap stream.  It captures and reads; it decodes nothing.
 *
 * What it may do narrows step by step, never back:
 *
 *	as started	files, devices and names are opened, filters compiled
 *	user		in the -C directory, as the -Z user; nothing read yet
 *	sandbox		reads what is open, writes, waits; parses packets
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/clock.h"
#include "capture/device.h"
#include "filter/packetfilter.h"
#include "sys/io.h"
#include "capture/merge.h"
#include "capture/outfile.h"
#include "sys/privilege.h"
#include "sys/sandbox.h"
#include "sys/signals.h"
#include "capture/source.h"
#include "sys/version.h"
#include "wire/cooked.h"
#include "wire/savefile.h"
#include "wire/units.h"

#define NEVER		UINT64_MAX
#define ETHERNET	1
/* So long after the end, devices are asked for what came before it. */
#define GRACE_NS	(NS_PER_S / 20)

static struct {
	const char *filter, *user, *chroot_dir, *counts;
	uint32_t snaplen;
	int buffer_bytes;
	bool promisc;
	uint64_t count, limit_ns;
	double speed;			/* of a replay; 0: none */
} opt = {
	.snaplen = SAVEFILE_PACKET_MAX, .buffer_bytes = 16 << 20,
	.promisc = true, .count = NEVER, .limit_ns = NEVER,
};

static struct merge in;
static bool devices;			/* is one of the inputs a device? */
static struct packetfilter filter;
static struct outfile out;

static FILE *counts;
static uint64_t counts_due;		/* by the stream's clock */
static uint64_t stream_ns;		/* that clock */

static uint64_t first_ns = NEVER;	/* the first packet's stamp */
static uint64_t begun_ns;		/* and when it was replayed */
static uint64_t end_ns = NEVER;		/* later packets are not wanted */
static bool done, failed;

#define complain(...)	(failed = true, warnx(__VA_ARGS__))

/* Time. */

/* a + b, where NEVER and what would be beyond it stay NEVER. */
static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > NEVER - b ? NEVER : a + b;
}

/* Counts: of every second on -S, and on SIGUSR1. */

static void
count_line(const char *what, const char *name, uint64_t value)
{
	fprintf(counts, "count\t%" PRIu64 ".%09" PRIu64 "\tpcapsrc\t%s",
	    stream_ns / NS_PER_S, stream_ns % NS_PER_S, what);
	if (name != NULL)
		putc(':', counts);
	for (; name != NULL && *name != '\0'; name++)
		if (*name < ' ' || *name > '~' || *name == '\\')
			fprintf(counts, "\\x%02x", (unsigned char)*name);
		else
			putc(*name, counts);
	fprintf(counts, "\t%" PRIu64 "\n", value);
}

static void
count_source(const struct source *s)
{
	struct device_counts c;

	if (!s->is_device) {
		count_line("received", source_name(s), s->packets);
		return;
	}
	device_count(&s->device, &c);
	count_line("received", source_name(s), c.received);
	count_line("dropped", source_name(s), c.dropped);
	count_line("ifdropped", source_name(s), c.ifdropped);
}

static void
write_counts(void)
{
	if (counts == NULL)
		return;
	for (size_t i = 0; i < in.n; i++)
		count_source(&in.sources[i]);
	count_line("unconverted", NULL, out.unconverted);
	count_line("other-link", NULL, out.other_link);
	count_line("written", NULL, out.written);
	if (fflush(counts) == EOF) {
		complain("%s: %s", opt.counts, strerror(errno));
		counts = NULL;
	}
}

static void
tick(uint64_t ns)
{
	stream_ns = ns;
	if (ns < counts_due)
		return;
	if (counts_due > 0)
		write_counts();
	counts_due = counts != NULL ? (ns / NS_PER_S + 1) * NS_PER_S : NEVER;
}

static void
say_counts(void)
{
	struct device_counts c;

	for (size_t i = 0; i < in.n; i++) {
		const struct source *s = &in.sources[i];

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
	warnx("%" PRIu64 " packets written", out.written);
}

/* Output. */

static void
flush(void)
{
	if (outfile_flush(&out) < 0)
		err(1, "standard output");
}

/*
 * A replay waits until as much time has passed as had in the capture.  False
 * when it was told to stop.
 */
static bool
wait_for(uint64_t time_ns)
{
	uint64_t due, now;

	if (opt.speed == 0 || time_ns <= first_ns)
		return true;
	due = begun_ns + (uint64_t)((double)(time_ns - first_ns) / opt.speed);
	if (clock_ns(CLOCK_MONOTONIC) < due)
		flush();
	while ((now = clock_ns(CLOCK_MONOTONIC)) < due && !signals_stop()) {
		signals_wait(-1, (int64_t)(due - now));
		if (signals_counts())
			say_counts();
	}
	return !signals_stop();
}

static void
begin(uint64_t time_ns)
{
	first_ns = time_ns;
	begun_ns = clock_ns(CLOCK_MONOTONIC);
	if (!devices)
		end_ns = later(time_ns, opt.limit_ns);
}

static void
emit(const struct packet *pkt)
{
	if (first_ns == NEVER)
		begin(pkt->time_ns);
	if (pkt->time_ns > end_ns || !wait_for(pkt->time_ns)) {
		done = true;
		return;
	}
	if (!devices)
		tick(pkt->time_ns);
	if (outfile_put(&out, pkt) < 0)
		err(1, "standard output");
	if (out.written == opt.count)
		done = true;
}

/* Merging. */

/* Write what can go, until a source runs empty. */
static void
drain(void)
{
	struct source *s;
	uint64_t until;

	while (!done && (s = merge_next(&in, &until)) != NULL) {
		do {
			emit(&s->head);
			source_advance(s);
		} while (!done && s->has_head && s->head.time_ns <= until);
		if (!s->has_head && !s->ended)
			return;
	}
}

/* When something is to be done although nothing comes. */
static uint64_t
due_ns(void)
{
	uint64_t due = merge_due(&in);

	if (devices && counts_due < due)
		due = counts_due;
	if (devices && later(end_ns, GRACE_NS) < due)
		due = later(end_ns, GRACE_NS);
	return due;
}

/* The end of one input is not that of the others. */
static void
tell_ends(void)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.sources[i].ended && in.sources[i].error != NULL) {
			complain("%s", in.sources[i].error);
			in.sources[i].error = NULL;
		}
}

/*
 * On SIGINT the devices give what they have captured till now; nobody waits
 * for the rest of a file.
 */
static void
heed_signals(void)
{
	if (signals_counts())
		say_counts();
	if (!signals_stop())
		return;
	if (!devices)
		done = true;
	if (end_ns > clock_ns(CLOCK_REALTIME))
		end_ns = clock_ns(CLOCK_REALTIME);
	for (size_t i = 0; i < in.n; i++)
		if (!in.sources[i].is_device) {
			in.sources[i].has_head = false;
			in.sources[i].ended = true;
		}
}

static bool
finished(void)
{
	return done || merge_ended(&in) ||
	    (devices && clock_ns(CLOCK_REALTIME) > later(end_ns, GRACE_NS));
}

static void
merge(void)
{
	if (devices)
		end_ns = later(clock_ns(CLOCK_REALTIME), opt.limit_ns);
	for (size_t i = 0; i < in.n; i++)
		source_advance(&in.sources[i]);	/* what looking had read */
	drain();
	heed_signals();		/* that came meanwhile */
	while (!finished()) {
		merge_fill(&in, due_ns());
		drain();
		flush();
		if (devices)
			tick(clock_ns(CLOCK_REALTIME));
		tell_ends();
		heed_signals();
	}
}

/* One pcap file and nothing to do to it: its bytes as they are. */

static bool
is_passed_through(void)
{
	const struct source *s = &in.sources[0];

	return in.n == 1 && !s->is_device && s->is_pcap &&
	    opt.filter == NULL && opt.snaplen == SAVEFILE_PACKET_MAX &&
	    opt.count == NEVER && opt.limit_ns == NEVER && opt.speed == 0;
}

/* All whole packets in the buffer; false when the file is damaged. */
static bool
pass_buffer(struct source *s)
{
	uint64_t from = s->file.offset;
	struct packet pkt;
	int r;

	while ((r = capfile_next(&s->file, &pkt)) == 1) {
		tick(pkt.time_ns);
		s->packets++;
		out.written++;
	}
	if (capfile_pass(&s->file, from, STDOUT_FILENO) < 0)
		err(1, "standard output");
	return r == 0;
}

static void
pass_through(struct source *s)
{
	int r;

	io_widen_pipe(STDOUT_FILENO);
	while (pass_buffer(s)) {
		heed_signals();
		if (done)
			return;
		if (signals_wait(s->file.fd, -1) == 0)
			continue;
		r = capfile_fill(&s->file);
		if (r == 0)
			return;
		if (r < 0)
			break;
	}
	complain("%s", s->file.error);
}

/* Setting up, in the order of the steps at the top. */

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
	devices |= is_device;
}

static bool
take_first(const char *name, bool is_up, const char *words)
{
	(void)is_up, (void)words;
	add_input(strdup(name), true);
	return false;
}

static void
add_default_device(void)
{
	char why[160];

	if (device_list(take_first, why, sizeof(why)) < 0)
		errx(1, "%s", why);
	if (ninputs == 0)
		errx(1, "no device to capture from; -r reads a file");
}

static int
open_input(struct source *s, const struct input *which)
{
	struct device_options how = { .snaplen = opt.snaplen,
	    .buffer_bytes = opt.buffer_bytes, .promisc = opt.promisc,
	    .filter = opt.filter };

	if (which->is_device)
		return source_open_device(s, which->name, &how);
	return source_open_file(s, which->name, opt.filter ? &filter : NULL);
}

static void
open_inputs(bool is_device)
{
	for (size_t i = 0; i < ninputs; i++) {
		struct source *s = &in.sources[i];

		if (inputs[i].is_device != is_device)
			continue;
		if (open_input(s, &inputs[i]) < 0)
			errx(1, "%s", s->error);
		if (is_device && s->device.error[0] != '\0')
			warnx("%s", s->device.error);
	}
}

/* Files first: their decompressors shall not inherit a packet socket. */
static void
open_all(void)
{
	if (ninputs == 0)
		add_default_device();
	io_raise_file_limit();
	if (merge_open(&in, ninputs) < 0)
		err(1, NULL);
	open_inputs(false);
	open_inputs(true);
	if (opt.counts != NULL) {
		counts = fopen(opt.counts, "we");
		if (counts == NULL)
			err(1, "%s", opt.counts);
		fputs("#count\ttime\tprog\tname\tvalue\n", counts);
	}
}

static void
shut_in(void)
{
	char why[160];

	if (privilege_drop(opt.user, opt.chroot_dir, why, sizeof(why)) < 0)
		errx(1, "%s", why);
	if (sandbox_enter(devices ? SANDBOX_CAPTURE : SANDBOX_FILTER) < 0)
		err(1, "sandbox");
}

static uint32_t
choose_link(void)
{
	struct links links = { .any = false };
	bool known = true;

	for (size_t i = 0; i < in.n; i++)
		if (!source_look(&in.sources[i], in.n == 1, &links))
			known = false;
	if (links.several || (!known && in.n > 1))
		return COOKED_LINK;
	return links.any ? links.link : ETHERNET;
}

static void
run(void)
{
	uint32_t link = choose_link();

	if (is_passed_through()) {
		pass_through(&in.sources[0]);
		return;
	}
	if (outfile_open(&out, STDOUT_FILENO, link, opt.snaplen) < 0)
		err(1, NULL);
	flush();
	merge();
	flush();
}

/* What was left out, and all that went wrong without stopping the stream. */
static void
tell_losses(void)
{
	struct device_counts c;

	for (size_t i = 0; i < in.n; i++) {
		const struct source *s = &in.sources[i];

		if (!s->is_device)
			continue;
		device_count(&s->device, &c);
		if (c.dropped > 0)
			warnx("%s: %" PRIu64 " packets dropped by the kernel",
			    source_name(s), c.dropped);
	}
	if (out.unconverted > 0)
		complain("%" PRIu64 " packets left out: their link layer "
		    "cannot be made Linux cooked", out.unconverted);
	if (out.other_link > 0)
		complain("%" PRIu64 " packets left out: of a link type that "
		    "came after the output had begun with another",
		    out.other_link);
}

static void
close_all(void)
{
	for (size_t i = 0; i < in.n; i++)
		if (source_close(&in.sources[i]) < 0)
			complain("%s", in.sources[i].error);
	if (counts != NULL && fclose(counts) == EOF)
		complain("%s: %s", opt.counts, strerror(errno));
	if (close(STDOUT_FILENO) < 0)
		complain("standard output: %s", strerror(errno));
}

/* Options. */

static const char synopsis[] =
    "usage: pcapsrc [-hpV] [-B KiB] [-C directory] [-c count] [-e [speed]]\n"
    "               [-i device] [-r file] [-S file] [-s snaplen]\n"
    "               [-t seconds] [-Z user] [-f filter | filter ...]\n"
    "       pcapsrc -D\n";

static const char help[] =
    "  -i device     capture from it; any number of times, beside -r\n"
    "  -r file       read it: pcap or pcapng, .gz .zst .xz; - is stdin\n"
    "  -f filter     only packets that it matches; see pcap-filter(7)\n"
    "  -s snaplen    cut packets to so many bytes\n"
    "  -c count      stop after so many packets\n"
    "  -t seconds    stop after so long\n"
    "  -e [speed]    replay files as it happened, or so many times faster\n"
    "  -p            not in promiscuous mode\n"
    "  -B KiB        size of the kernel's buffer for a device; 16384\n"
    "  -S file       write counts to it, every second and at the end\n"
    "  -Z user       become this user; nobody\n"
    "  -C directory  make it the root directory\n"
    "  -D            list devices\n"
    "  -h            this help\n"
    "  -V            the version\n";

#define usage(...)	(warnx(__VA_ARGS__), fputs(synopsis, stderr), exit(2))

static uint64_t
whole(int option, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    n < min || n > max)
		usage("-%c: '%s' is no number from %" PRIu64 " to %" PRIu64,
		    option, text, min, max);
	return n;
}

static double
decimal(int option, const char *text, double min, double max)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end != '\0' || !(n >= min && n <= max))
		usage("-%c: '%s' is no number from %g to %g", option, text,
		    min, max);
	return n;
}

/*
 * The argument of -e may be left out, which getopt() does not know: what is
 * no number was the next option or operand, and is handed back.
 */
static double
replay_speed(char **argv)
{
	char *end;

	strtod(optarg, &end);
	if (*end == '\0' || optarg != argv[optind - 1])
		return decimal('e', optarg, 0.001, 1e6);
	optind--;
	return 1;
}

static bool
show(const char *name, bool is_up, const char *words)
{
	printf("%s\t%s\t%s\n", name, is_up ? "up" : "down", words);
	return true;
}

static void
list_devices(void)
{
	char why[160];

	if (device_list(show, why, sizeof(why)) < 0)
		errx(1, "%s", why);
}

/* Written to standard output, and nothing else is done. */
static void
leave(void)
{
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	exit(0);
}

static void
option(int c, char **argv)
{
	switch (c) {
	case 'B':
		opt.buffer_bytes = (int)whole(c, optarg, 1, 2097151) * 1024;
		break;
	case 'C':
		opt.chroot_dir = optarg;
		break;
	case 'c':
		opt.count = whole(c, optarg, 1, NEVER - 1);
		break;
	case 'D':
		list_devices();
		leave();
		break;
	case 'e':
		opt.speed = replay_speed(argv);
		break;
	case 'f':
		opt.filter = optarg;
		break;
	case 'h':
		printf("%s%s", synopsis, help);
		leave();
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
		opt.snaplen = (uint32_t)whole(c, optarg, 0,
		    SAVEFILE_PACKET_MAX);
		if (opt.snaplen == 0)
			opt.snaplen = SAVEFILE_PACKET_MAX;
		break;
	case 't':
		opt.limit_ns = (uint64_t)(decimal(c, optarg, 0.001, 1e9) * 1e9);
		break;
	case 'V':
		puts("pcapsrc " CONNPIPE_VERSION);
		leave();
		break;
	case 'Z':
		opt.user = optarg;
		break;
	case ':':
		if (optopt != 'e')
			usage("-%c: needs an argument", optopt);
		opt.speed = 1;
		break;
	default:
		usage("-%c: no such option", optopt);
	}
}

/* Operands are one expression, as tcpdump takes them. */
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
		usage("a filter by -f and by operands");
	if (*operands != NULL)
		opt.filter = joined(operands);
	for (size_t i = 0; i < ninputs; i++)
		if (!inputs[i].is_device && strcmp(inputs[i].name, "-") == 0)
			stdins++;
	if (stdins > 1)
		usage("-r -: there is one standard input");
	if (opt.speed != 0 && (devices || ninputs == 0))
		usage("-e: only files (-r) can be replayed");
	if (isatty(STDOUT_FILENO))
		usage("standard output is a terminal: pipe packets into "
		    "tcpdecode, or tcpdump -r -");
}

int
main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, ":B:C:c:De:f:hi:pr:S:s:t:VZ:")) != -1)
		option(c, argv);
	check_options(argv + optind);
	open_all();
	if (opt.filter != NULL && packetfilter_compile(&filter, opt.filter) < 0)
		errx(2, "%s", filter.error);
	if (signals_setup() < 0)
		err(1, "signals");
	shut_in();
	run();
	write_counts();
	tell_losses();
	close_all();
	return failed;
}
