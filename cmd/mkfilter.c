/*
 * mkfilter - print the pcap-filter expression that a job needs, for pcapsrc and
 * tcpdump.
 *
 * filter/expression writes the expression.  This file has the jobs, what they
 * match and miss in words, and the forms of output.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter/expression.h"
#include "filter/packetfilter.h"
#include "stage/option.h"
#include "sys/csvfile.h"
#include "sys/sandbox.h"

#define ETHERNET	1	/* link type */
/* Instructions that Linux accepts; BPF_MAXINSNS of linux/bpf_common.h. */
#define KERNEL_MAX	4096
/* libpcap compiles these in most of a minute; the time grows with the square. */
#define COMPARISONS_MAX	6000
/* Bytes of a packet that hold its headers with all options of TCP, or what an
 * ICMP error quotes; and the same in tagged frames, MPLS or PPPoE. */
#define HEADERS		128
#define WRAPPED_HEADERS	160

#define JOB_NAMES	"http, handshake, rtt, conn, all or classic"

static const struct opt opts[] = {
	{ '4', "ipv4", NULL, "match IPv4 only" },
	{ '6', "ipv6", NULL, "match IPv6 only" },
	{ 'a', "host", "host", "match packets to or from host only; "
	    "repeatable" },
	{ 'E', "pppoe", NULL, "match in PPPoE sessions as well" },
	{ 'e', "explain", NULL, "print also what the expression matches and "
	    "misses" },
	OPT_COLUMNS,
	{ 'f', "services", "file", "match packets to or from services in file "
	    "only" },
	OPT_HELP,
	{ 'i', "interface", "device", "capture from device, with -T (any)" },
	{ 'm', "mpls", NULL, "match in MPLS as well" },
	{ 'n', "length", NULL, "print the number of BPF instructions instead" },
	{ 'p', "ports", "ports", "match packets to or from ports only; "
	    "repeatable" },
	{ 's', "snapshot-length", "snaplen", "capture snaplen bytes of a "
	    "packet, with -T" },
	{ 'T', "tcpdump", NULL, "print the tcpdump command line instead" },
	OPT_VERSION,
	{ 'v', "vlan", NULL, "match in frames with one or two VLAN tags as "
	    "well" },
	{ 'w', "write", "file", "write to file, with -T (JOB.pcap)" },
	{ 'x', "exclude", "host", "match no packets to or from host; "
	    "repeatable" },
	{ 0 }
};

static const char notes[] =
"hosts are addresses, networks (10.0.0.0/8) or names\n"
"ports are numbers, ranges or names of services: 80,8000-8100,https\n"
"services are CSV lines of address,ports\n"
"jobs:\n"
"  http        segments to the ports (80), and FIN and RST from them\n"
"  handshake   SYN, SYN/ACK, RST, and ICMP errors about TCP\n"
"  rtt         all TCP\n"
"  conn        SYN, FIN, RST\n"
"  all         all TCP, and all ICMP errors about it\n"
"  classic     the filter of http_connection_monitor\n";

static const struct command command = {
	.prog = "mkfilter", .operands = "job", .opts = opts, .notes = notes,
};

enum { FIN = 1, SYN = 2, RST = 4 };

struct filter_job {
	const char *name;
	unsigned flags;
	bool requests;
	enum expression_errors errors;
	bool headers;		/* its users need no payload */
	const char *matches, *misses;
};

enum { HTTP, HANDSHAKE, RTT, CONN, ALL, CLASSIC, JOBS };

static const struct filter_job jobs[JOBS] = {
	[HTTP] = { "http", FIN | RST, true, ERRORS_NONE, false,
	    "all segments to the ports, and FIN and RST from the ports",
	    "responses, and with them the outcome of a request; 'all' has "
	    "them" },
	[HANDSHAKE] = { "handshake", SYN | RST, false, ERRORS_FATAL, true,
	    "SYN and SYN/ACK (those of ECN as well), RST, and ICMP errors "
	    "about TCP: unreachable, time exceeded, parameter problem",
	    "the ACK that completes a handshake, without which hsclass finds "
	    "no success; 'all' has it" },
	[RTT] = { "rtt", 0, false, ERRORS_NONE, true,
	    "every TCP segment", "ICMP errors; 'all' has them" },
	[CONN] = { "conn", FIN | SYN | RST, false, ERRORS_NONE, true,
	    "SYN and SYN/ACK (those of ECN as well), FIN and RST",
	    "ICMP errors, and connections of which only other segments are "
	    "captured" },
	[ALL] = { "all", 0, false, ERRORS_ALL, false,
	    "every TCP segment, and every ICMP error about one", NULL },
	[CLASSIC] = { "classic", 0, false, ERRORS_NONE, false,
	    "what http_connection_monitor captures: all segments to the "
	    "ports, and FIN from the ports",
	    "RST; in IPv6 FIN, and all segments after extension headers; all "
	    "segments in tagged frames, MPLS and PPPoE" },
};

static const struct filter_job *job;
static struct expression want = { .v4 = true, .v6 = true };
static struct service *services;
static struct service by_port;		/* -p: at any host */
static bool wants_matches, wants_length, wants_tcpdump;
static bool has_tcpdump_option;
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

/* Add the service that a line of -f has. */
static int
on_line(void *arg, char *const *field, unsigned n, char *why, size_t nwhy)
{
	struct service s = { .ports = { 0 } };

	(void)arg;
	if (n != 2) {
		snprintf(why, nwhy, "must have two fields: address,ports");
		return -1;
	}
	if ((is_any(field[0]) ||
	    hostset_add(&s.hosts, field[0], why, nwhy) == 0) &&
	    portset_add(&s.ports, is_any(field[1]) ? "0-65535" : field[1], why,
	    nwhy) == 0) {
		add_service(&s);
		return 0;
	}
	hostset_free(&s.hosts);
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
add_hosts(int option, struct hostset *h, const char *text)
{
	char why[300];

	if (hostset_add(h, text, why, sizeof why) < 0)
		opt_wrong("-%c: invalid host %s", option, why);
}

static void
add_ports(const char *text)
{
	char why[300];

	if (portset_add(&by_port.ports, text, why, sizeof why) < 0)
		opt_wrong("-p: invalid port %s", why);
}

/* An option for the command line that -T prints. */
static void
tcpdump_option(int c)
{
	has_tcpdump_option = true;
	if (c == 'i')
		device = optarg;
	else if (c == 'w')
		output = optarg;
	else {
		snaplen = opt_number(c, optarg, 0, SAVEFILE_PACKET_MAX);
		has_snaplen = true;
	}
}

static void
option(int c)
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
		wants_matches = true;
		break;
	case 'f':
		read_services(optarg);
		break;
	case 'i':
	case 's':
	case 'w':
		tcpdump_option(c);
		break;
	case 'm':
		want.mpls = true;
		break;
	case 'n':
		wants_length = true;
		break;
	case 'p':
		add_ports(optarg);
		break;
	case 'T':
		wants_tcpdump = true;
		break;
	case 'v':
		want.tagged = true;
		break;
	case 'x':
		add_hosts(c, &want.excluded, optarg);
		break;
	}
	want.v4 = only4 || !only6;
	want.v6 = only6 || !only4;
}

static void
choose_job(char **operands, int n)
{
	if (n == 0)
		opt_wrong("no job: must be " JOB_NAMES);
	if (n > 1)
		opt_wrong("more than one job: '%s', '%s'", operands[0],
		    operands[1]);
	for (size_t i = 0; i < JOBS; i++)
		if (strcmp(operands[0], jobs[i].name) == 0)
			job = &jobs[i];
	if (job == NULL)
		opt_wrong("invalid job '%s': must be " JOB_NAMES, operands[0]);
}

/* The ports of -p are a service at any host.  Jobs that need a service have
 * port 80 unless another is given. */
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
	if (wants_length && wants_tcpdump)
		opt_wrong("-n and -T cannot be combined");
	if (has_tcpdump_option && !wants_tcpdump)
		opt_wrong("-i, -s and -w require -T");
	if (job == &jobs[CLASSIC] && (want.hosts.n > 0 || want.excluded.n > 0 ||
	    want.nservices > 0 || !want.v4 || !want.v6 || want.tagged ||
	    want.mpls || want.pppoe))
		opt_wrong("job classic: the only option that selects packets "
		    "is -p");
}

static unsigned
comparisons(const char *text)
{
	unsigned n = 0;

	for (; (text = strchr(text, '=')) != NULL; text++)
		n++;
	return n;
}

/* Compile it, as tcpdump would for Ethernet.  Returns its length. */
static unsigned
check(const char *text)
{
	static struct packetfilter filter;
	const struct packetfilter_program *program;
	unsigned n = comparisons(text);

	if (n > COMPARISONS_MAX)
		opt_wrong("too many ports and hosts: %u comparisons, and "
		    "libpcap can compile %d: name ranges and networks instead",
		    n, COMPARISONS_MAX);
	filter.expression = text;
	program = packetfilter_for(&filter, ETHERNET);
	if (program == NULL)
		errx(1, "%s", filter.error);
	n = packetfilter_length(program);
	if (n > KERNEL_MAX)
		warnx("%u instructions: Linux accepts %d, and copies every "
		    "packet to the capturing program to be filtered there", n,
		    KERNEL_MAX);
	return n;
}

/* Print a word, quoted for the shell if it has to be. */
static void
print_quoted(const char *word)
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
print_tcpdump(const char *text)
{
	bool wrapped = want.tagged || want.mpls || want.pppoe;

	if (!has_snaplen && job->headers)
		snaplen = wrapped ? WRAPPED_HEADERS : HEADERS;
	fputs("tcpdump -i ", stdout);
	print_quoted(device);
	printf(" -s %u -w ", snaplen);
	if (output != NULL)
		print_quoted(output);
	else
		printf("%s.pcap", job->name);
	putchar(' ');
	print_quoted(text);
	putchar('\n');
}

static void
print_matches(void)
{
	printf("matches: %s\n", job->matches);
	if (job == &jobs[CLASSIC])
		return;
	printf("matches: %s%s%s%s%s%s\n",
	    want.v4 ? "IPv4 with any options" : "",
	    want.v4 && want.v6 ? "; " : "",
	    want.v6 ? "IPv6 with at most two extension headers: hop-by-hop, "
	    "routing, destination options, fragment" : "",
	    want.tagged ? "; one or two VLAN tags" : "",
	    want.mpls ? "; at most three MPLS labels" : "",
	    want.pppoe ? "; PPPoE sessions" : "");
	if (job->errors != ERRORS_NONE)
		puts("matches: ICMP errors, by the addresses and ports of the "
		    "segment that they quote");
}

static void
print_misses(void)
{
	bool classic = job == &jobs[CLASSIC];

	if (job->misses != NULL)
		printf("misses: %s\n", job->misses);
	puts("misses: fragments after the first, which alone has ports");
	if (want.v6 && !classic)
		puts("misses: IPv6 with more or other extension headers, such "
		    "as authentication (IPsec)");
	if (want.v6 && job->errors != ERRORS_NONE)
		puts("misses: ICMPv6 errors with more than one extension "
		    "header, before the error or in what it quotes");
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
print_explanation(unsigned length)
{
	print_matches();
	print_misses();
	puts("note: Linux removes the outer VLAN tag before it filters a live "
	    "capture: -v matches one tag more there than in a file");
	printf("note: %u BPF instructions; Linux accepts at most %d\n", length,
	    KERNEL_MAX);
}

int
main(int argc, char **argv)
{
	char *text;
	unsigned length;

	for (int c; (c = opt_next(&command, argc, argv)) != -1;)
		option(c);
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
		opt_wrong("no packet can match: -4, -6, -a and -f together "
		    "leave no address");
	length = check(text);
	if (wants_length)
		printf("%u\n", length);
	else if (wants_tcpdump)
		print_tcpdump(text);
	else
		puts(text);
	if (wants_matches)
		print_explanation(length);
	free(text);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	return 0;
}
