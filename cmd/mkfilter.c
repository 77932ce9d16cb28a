/*
 * mkfilter - the pcap-filter expression that a job needs, for pcapsrc and
 * tcpdump.
 *
 * How an expression is put together is in filter/expression; here are the jobs,
 * what they take and miss in words, and what can be printed of them.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage/stage.h"
#include "sys/csvfile.h"
#include "filter/expression.h"
#include "filter/compile.h"
#include "sys/sandbox.h"

#define ETHERNET	1
/* What Linux takes into the kernel; BPF_MAXINSNS of linux/bpf_common.h. */
#define KERNEL_MAX	4096
/* libpcap takes the better part of a minute for so many, and then ever more. */
#define COMPARISONS_MAX	6000
/* All headers up to TCP's options, or up to what an ICMP error quotes. */
#define HEADERS		128
#define WRAPPED_HEADERS	160

enum { FIN = 1, SYN = 2, RST = 4 };

static const char synopsis[] =
"mkfilter [-46EehmnTVv] [-a host] [-f file] [-i device] [-p ports] "
"[-s snaplen] [-w file] [-x host] job";

static const char help[] =
"  -4         IPv4 only\n"
"  -6         IPv6 only\n"
"  -a host    only to or from this host, name or network; repeatable\n"
"  -E         also in PPPoE sessions\n"
"  -e         say what it takes and what it can miss, a line each\n"
"  -f file    only to or from these: CSV lines of address,ports\n"
"  -h         print this\n"
"  -i device  for -T: where to capture (any)\n"
"  -m         also in MPLS\n"
"  -n         print the number of BPF instructions instead\n"
"  -p ports   only to or from these: 80,8000-8100,https; repeatable\n"
"  -s snaplen  for -T: bytes of a packet (headers; for http and all 0: all)\n"
"  -T         print the tcpdump command line instead\n"
"  -V         print the version\n"
"  -v         also in frames with one or two VLAN tags\n"
"  -w file    for -T: what to write (JOB.pcap)\n"
"  -x host    but not to or from this host, name or network; repeatable\n"
"  job        http: what goes to ports (80); what ends connections from them\n"
"             handshake: SYN, SYN/ACK, RST, and ICMP errors about TCP\n"
"             rtt: all TCP\n"
"             conn: SYN, FIN, RST\n"
"             all: all TCP, and all ICMP errors about it\n"
"             classic: the filter of http_connection_monitor\n";

struct job {
	const char *name;
	unsigned flags;
	bool requests;
	enum expression_errors errors;
	bool headers;		/* are enough */
	const char *takes, *misses;
};

enum { HTTP, HANDSHAKE, RTT, CONN, ALL, CLASSIC, JOBS };

static const struct job jobs[JOBS] = {
	[HTTP] = { "http", FIN | RST, true, ERRORS_NONE, false,
	    "all that goes to the ports, and FIN and RST that come from them",
	    "responses, and so what became of a request: for them, 'all'" },
	[HANDSHAKE] = { "handshake", SYN | RST, false, ERRORS_FATAL, true,
	    "SYN and SYN/ACK (of ECN, too), RST, and ICMP errors about TCP: "
	    "unreachable, time exceeded, parameter problem",
	    "the ACK that completes a handshake: without it, hsclass finds no "
	    "success; for that, 'all'" },
	[RTT] = { "rtt", 0, false, ERRORS_NONE, true,
	    "every TCP segment", "ICMP errors: for them, 'all'" },
	[CONN] = { "conn", FIN | SYN | RST, false, ERRORS_NONE, true,
	    "SYN and SYN/ACK (of ECN, too), FIN and RST",
	    "ICMP errors, and connections of which nothing else is captured" },
	[ALL] = { "all", 0, false, ERRORS_ALL, false,
	    "every TCP segment, and every ICMP error about one", NULL },
	[CLASSIC] = { "classic", 0, false, ERRORS_NONE, false,
	    "as http_connection_monitor: all that goes to the ports, and FIN "
	    "that comes from them",
	    "RST; in IPv6 FIN, and all behind extension headers; all in "
	    "tagged frames, MPLS and PPPoE" },
};

static const struct job *job;
static struct expression want = { .v4 = true, .v6 = true };
static struct service *services;
static struct service by_port;		/* of -p: at any host */
static bool explain, number, command, for_command;
static const char *device = "any", *output;
static uint32_t snaplen;
static bool has_snaplen;

static void
add_service(const struct service *s)
{
	services = realloc(services, (want.nservices + 1) * sizeof *services);
	if (services == NULL)
		err(1, NULL);
	services[want.nservices++] = *s;
	want.services = services;
}

static bool
is_any(const char *text)
{
	return *text == '\0' || strcmp(text, "*") == 0 ||
	    strcmp(text, "%") == 0;
}

/* A line of -f. */
static int
on_line(void *arg, char *const *field, unsigned n, char *why, size_t nwhy)
{
	struct service s = { .ports = { 0 } };

	(void)arg;
	if (n != 2) {
		snprintf(why, nwhy, "not two fields: address,ports");
		return -1;
	}
	if ((is_any(field[0]) ||
	    hosts_add(&s.hosts, field[0], why, nwhy) == 0) &&
	    portset_add(&s.ports, is_any(field[1]) ? "0-65535" : field[1], why,
	    nwhy) == 0) {
		add_service(&s);
		return 0;
	}
	hosts_free(&s.hosts);
	portset_free(&s.ports);
	return -1;
}

static void
read_services(const char *name)
{
	char why[400];
	enum csvfile r = csvfile_read(name, on_line, NULL, why, sizeof why);

	if (r != CSVFILE_DONE)
		errx(r == CSVFILE_WRONG ? 2 : 1, "%s", why);
	if (want.nservices == 0)
		errx(2, "%s: no line of address,ports", name);
}

static void
add_hosts(int option, struct hosts *h, const char *text)
{
	char why[300];

	if (hosts_add(h, text, why, sizeof why) < 0)
		errx(2, "-%c: %s", option, why);
}

static void
add_ports(const char *text)
{
	char why[300];

	if (portset_add(&by_port.ports, text, why, sizeof why) < 0)
		errx(2, "-p: %s", why);
}

/* Options for the command line that -T prints. */
static void
command_option(int c)
{
	for_command = true;
	if (c == 'i')
		device = optarg;
	else if (c == 'w')
		output = optarg;
	else {
		snaplen = stage_number(c, optarg, 0, SAVEFILE_PACKET_MAX);
		has_snaplen = true;
	}
}

static void
option(struct stage *st, int c)
{
	static bool only4, only6;

	switch (c) {
	case '4':
		only4 = true;
		break;
	case '6':
		only6 = true;
		break;
	case 'a':
		add_hosts(c, &want.hosts, optarg);
		break;
	case 'E':
		want.pppoe = true;
		break;
	case 'e':
		explain = true;
		break;
	case 'f':
		read_services(optarg);
		break;
	case 'i':
	case 's':
	case 'w':
		command_option(c);
		break;
	case 'm':
		want.mpls = true;
		break;
	case 'n':
		number = true;
		break;
	case 'p':
		add_ports(optarg);
		break;
	case 'T':
		command = true;
		break;
	case 'v':
		want.tagged = true;
		break;
	case 'x':
		add_hosts(c, &want.excluded, optarg);
		break;
	default:
		stage_option(st, c);
	}
	want.v4 = only4 || !only6;
	want.v6 = only6 || !only4;
}

static void
choose_job(char **operands, int n)
{
	if (n != 1)
		errx(2, "%s job: http, handshake, rtt, conn, all or classic",
		    n == 0 ? "no" : "more than one");
	for (size_t i = 0; i < JOBS; i++)
		if (strcmp(operands[0], jobs[i].name) == 0)
			job = &jobs[i];
	if (job == NULL)
		errx(2, "'%s': not a job: http, handshake, rtt, conn, all or "
		    "classic", operands[0]);
}

/* Ports are services at any host; of HTTP, 80 where nothing is named. */
static void
choose_services(void)
{
	bool needs_ports = job == &jobs[HTTP] || job == &jobs[CLASSIC];

	if (needs_ports && by_port.ports.n == 0 && want.nservices == 0)
		add_ports("80");
	if (by_port.ports.n > 0)
		add_service(&by_port);
	want.flags = job->flags;
	want.requests = job->requests;
	want.errors = job->errors;
}

static void
check_options(void)
{
	if (number && command)
		errx(2, "-n and -T: one of them");
	if (for_command && !command)
		errx(2, "-i, -s and -w are for -T");
	if (job == &jobs[CLASSIC] && (want.hosts.n > 0 || want.excluded.n > 0 ||
	    want.nservices > 0 || !want.v4 || !want.v6 || want.tagged ||
	    want.mpls || want.pppoe))
		errx(2, "classic is as it is: of what it takes, -p alone can "
		    "be chosen");
}

static unsigned
comparisons(const char *text)
{
	unsigned n = 0;

	for (; (text = strchr(text, '=')) != NULL; text++)
		n++;
	return n;
}

/* Compiled as tcpdump would for Ethernet.  Returns how many instructions. */
static unsigned
check(const char *text)
{
	static struct filters filters;
	const struct filter *f;

	if (comparisons(text) > COMPARISONS_MAX)
		errx(2, "%u comparisons: too many for libpcap, of which %d are "
		    "asked at most: name fewer ports or hosts, or ranges and "
		    "networks", comparisons(text), COMPARISONS_MAX);
	filters.expression = text;
	f = filters_for(&filters, ETHERNET);
	if (f == NULL)
		errx(1, "%s", filters.error);
	if (filter_length(f) > KERNEL_MAX)
		warnx("%u instructions: too long for the Linux kernel, which "
		    "takes %d; it would copy every packet out to be filtered",
		    filter_length(f), KERNEL_MAX);
	return filter_length(f);
}

/* As one word for the shell. */
static void
put_word(const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,-";

	if (*word != '\0' && word[strspn(word, safe)] == '\0') {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static void
put_command(const char *text)
{
	bool wrapped = want.tagged || want.mpls || want.pppoe;

	if (!has_snaplen && job->headers)
		snaplen = wrapped ? WRAPPED_HEADERS : HEADERS;
	fputs("tcpdump -i ", stdout);
	put_word(device);
	printf(" -s %u -w ", snaplen);
	if (output != NULL)
		put_word(output);
	else
		printf("%s.pcap", job->name);
	putchar(' ');
	put_word(text);
	putchar('\n');
}

static void
put_takes(void)
{
	printf("takes: %s\n", job->takes);
	if (job == &jobs[CLASSIC])
		return;
	printf("takes: %s%s%s%s%s%s\n", want.v4 ? "IPv4 with any options" : "",
	    want.v4 && want.v6 ? "; " : "",
	    want.v6 ? "IPv6 with up to two extension headers: hop-by-hop, "
	    "routing, destination options, fragment" : "",
	    want.tagged ? "; one or two VLAN tags" : "",
	    want.mpls ? "; up to three MPLS labels" : "",
	    want.pppoe ? "; PPPoE sessions" : "");
	if (job->errors != ERRORS_NONE)
		puts("takes: ICMP errors by the addresses and ports of the "
		    "segment that they quote");
}

static void
put_misses(void)
{
	bool classic = job == &jobs[CLASSIC];

	if (job->misses != NULL)
		printf("misses: %s\n", job->misses);
	puts("misses: fragments but the first, which alone has ports");
	if (want.v6 && !classic)
		puts("misses: IPv6 behind more or other extension headers, as "
		    "of authentication (IPsec)");
	if (want.v6 && job->errors != ERRORS_NONE)
		puts("misses: ICMPv6 errors with more than one extension "
		    "header, before them or in what they quote");
	printf("misses: %s%s%stunnels: IP in IP, GRE, VXLAN, Ethernet in "
	    "MPLS\n", want.tagged || classic ? "" : "VLAN tags (-v); ",
	    want.mpls || classic ? "" : "MPLS (-m); ",
	    want.pppoe || classic ? "" : "PPPoE (-E); ");
	puts("misses: IP in 802.2 frames (LLC, SNAP) on Ethernet");
	if (want.tagged || want.mpls || want.pppoe)
		puts("misses: tags, MPLS and PPPoE on links other than "
		    "Ethernet, and on the device 'any'");
}

static void
put_explanation(unsigned length)
{
	put_takes();
	put_misses();
	puts("note: Linux takes the outer VLAN tag off before it filters what "
	    "it captures: one tag less is seen live than in a file");
	printf("note: %u BPF instructions; Linux takes up to %d\n", length,
	    KERNEL_MAX);
}

int
main(int argc, char **argv)
{
	struct stage st = { .prog = "mkfilter", .synopsis = synopsis,
	    .help = help };
	static char *text;
	unsigned length;
	int c;

	while ((c = getopt(argc, argv, ":46a:Eef:hi:mnp:s:TVvw:x:")) != -1)
		option(&st, c);
	choose_job(argv + optind, argc - optind);
	check_options();
	choose_services();
	if (sandbox_enter(SANDBOX_FILTER) < 0)
		err(1, "sandbox");
	text = job == &jobs[CLASSIC] ? expression_classic(&by_port.ports) :
	    expression_text(&want);
	if (text == NULL)
		err(1, NULL);
	if (*text == '\0')
		errx(2, "no packet can match: the hosts are of IPv4 or IPv6, "
		    "and the other is wanted");
	length = check(text);
	if (number)
		printf("%u\n", length);
	else if (command)
		put_command(text);
	else
		puts(text);
	if (explain)
		put_explanation(length);
	free(text);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	return 0;
}
