/* Lists of hosts: what connmonitor accepts, and what it should refuse. */
#include <stdlib.h>

#include "check.h"
#include "probe/hostlist.h"

#define MS	1000000

static struct hostlist list;

static bool
parses(const char *text)
{
	hostlist_free(&list);
	return hostlist_parse(&list, text, strlen(text)) == 0;
}

/* Why a list is refused, as "line: reason"; "" if it is not. */
static const char *
refusal(const char *text)
{
	static char out[400];

	if (parses(text))
		return "";
	snprintf(out, sizeof out, "%u: %s", list.error.line, list.error.text);
	return out;
}

static void
check_defaults(void)
{
	const struct hostlist_entry *e;

	CHECK(parses("Example.ORG\n"));
	CHECK_NUM(list.n, 1);
	e = &list.entries[0];
	CHECK_TEXT(e->host, "Example.ORG");
	CHECK_NUM(e->line, 1);
	CHECK_NUM(e->ping_ns, 500 * MS);
	CHECK_NUM(e->numpings, 10);
	CHECK_NUM(e->payload, 41);
	CHECK_NUM(e->trace_ns, 0);
	CHECK_NUM(e->hops, 30);
	CHECK_NUM(e->scan_ns, 0);
	CHECK(!e->json);
	CHECK(e->timestamp);
	CHECK_NUM(e->nports, 3);
	CHECK_NUM(e->ports[0], 80);
	CHECK_NUM(e->ports[1], 443);
	CHECK_NUM(e->ports[2], 3306);
	CHECK_NUM(e->interval_ns, 10 * MS);
	CHECK_NUM(e->family, 0);
	CHECK(!e->udp);
	CHECK_NUM(e->flow, 0);
}

static void
check_lines(void)
{
	CHECK(parses("\n \t\na\r\n\n# b\n  c  # ping=x\n#d\ne"));
	CHECK_NUM(list.n, 3);
	CHECK_TEXT(list.entries[0].host, "a");
	CHECK_NUM(list.entries[0].line, 3);
	CHECK_TEXT(list.entries[1].host, "c");
	CHECK_NUM(list.entries[1].line, 6);
	CHECK_TEXT(list.entries[2].host, "e");
	CHECK_NUM(list.entries[2].line, 8);
	CHECK(parses(""));
	CHECK_NUM(list.n, 0);
	/* Unicode's spaces: no-break, em, ideographic, next line. */
	CHECK(parses("a\u00a0ping=20\u2003hops=3\u3000json=1\xc2\x85" "scan=30"));
	CHECK_NUM(list.n, 1);
	CHECK_NUM(list.entries[0].hops, 3);
	CHECK_NUM(list.entries[0].scan_ns, 30 * MS);
	/* The same host twice is two entries. */
	CHECK(parses("a\na\n"));
	CHECK_NUM(list.n, 2);
}

static uint64_t
ping(const char *value)
{
	char text[64];

	snprintf(text, sizeof text, "a ping=%s", value);
	return parses(text) ? list.entries[0].ping_ns : UINT64_MAX;
}

/* Milliseconds are what Python parses as a float, if not negative. */
static void
check_milliseconds(void)
{
	static const char *const bad[] = { "", "x", "1s", "5=6", "0x10",
		"-5", "nan", "inf", "-inf", "infinity", "1__0", "_1", "1_",
		"1e", "1,5", "nan(1)", "1e300" };

	CHECK_NUM(ping("500"), 500 * MS);
	CHECK_NUM(ping("0"), 0);
	CHECK_NUM(ping("-0"), 0);
	CHECK_NUM(ping("+20"), 20 * MS);
	CHECK_NUM(ping("1e3"), 1000 * (int64_t)MS);
	CHECK_NUM(ping("1E3"), 1000 * (int64_t)MS);
	CHECK_NUM(ping("12.5"), 12500000);
	CHECK_NUM(ping("12."), 12 * MS);
	CHECK_NUM(ping("1_000"), 1000 * (int64_t)MS);
	/* Less than 10 ms becomes 10 ms. */
	CHECK_NUM(ping(".5"), 10 * MS);
	CHECK_NUM(ping("9.99"), 10 * MS);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (ping(bad[i]) != UINT64_MAX) {
			printf("accepted: ping=%s\n", bad[i]);
			check_failures++;
		}
}

static void
check_numbers(void)
{
	CHECK(parses("a numpings=+2 payload=1_0 hops=007"));
	CHECK_NUM(list.entries[0].numpings, 2);
	CHECK_NUM(list.entries[0].payload, 10);
	CHECK_NUM(list.entries[0].hops, 7);
	CHECK(!parses("a numpings=0x10"));
	CHECK(!parses("a numpings=1.5"));
	CHECK(!parses("a numpings=1e1"));
	CHECK(!parses("a numpings="));
	CHECK(!parses("a numpings=0"));
	CHECK(!parses("a numpings=-1"));
	CHECK(!parses("a numpings=99999999999999999999"));
	CHECK(!parses("a hops=0"));
	CHECK(!parses("a hops=256"));
	CHECK(parses("a payload=0"));
	CHECK(parses("a payload=65507"));
	CHECK(!parses("a payload=65508"));
}

static void
check_booleans(void)
{
	CHECK(parses("a json=True timestamp=FALSE"));
	CHECK(list.entries[0].json);
	CHECK(!list.entries[0].timestamp);
	CHECK(parses("a json=-3 timestamp=00"));
	CHECK(list.entries[0].json);
	CHECK(!list.entries[0].timestamp);
	CHECK(!parses("a json=yes"));
	CHECK(!parses("a json="));
	CHECK(!parses("a json=1.0"));
}

static void
check_additions(void)
{
	const struct hostlist_entry *e;

	CHECK(parses("a PORTS=1,65535 Interval=1.5 FAMILY=6 proto=UDP flow=9"));
	e = &list.entries[0];
	CHECK_NUM(e->nports, 2);
	CHECK_NUM(e->ports[1], 65535);
	CHECK_NUM(e->interval_ns, 1500000);
	CHECK_NUM(e->family, 6);
	CHECK(e->udp);
	CHECK_NUM(e->flow, 9);
	CHECK(!parses("a ports=0"));
	CHECK(!parses("a ports=65536"));
	CHECK(!parses("a ports=80,"));
	CHECK(parses("a ports=80-90,7"));
	CHECK_NUM(list.entries[0].nports, 12);
	CHECK(!parses("a ports=90-80"));
	CHECK(!parses("a ports=1-1025"));
	CHECK(!parses("a ports=80-"));
	CHECK(!parses("a ports="));
	CHECK(!parses("a interval=0"));
	CHECK(!parses("a family=5"));
	CHECK(parses("a proto=tcp port=80"));
	CHECK(list.entries[0].tcp && list.entries[0].port == 80);
	CHECK(!parses("a proto=sctp"));
	CHECK(!parses("a flow=10000"));
}

static void
check_reasons(void)
{
	char nul[] = "a ping=5 0";

	CHECK_TEXT(refusal("a\n\nb x=1\n"), "3: x=1: unknown option");
	CHECK_TEXT(refusal("a json"),
	    "1: json: not an option, which is NAME=VALUE");
	CHECK_TEXT(refusal("a ping = 5"),
	    "1: ping: not an option, which is NAME=VALUE");
	CHECK_TEXT(refusal("a ping=5=6"),
	    "1: ping=5=6: must be a time in milliseconds, 0 to 1e11");
	CHECK_TEXT(refusal("a Ping=5 pING=6"), "1: pING=6: given twice");
	CHECK_TEXT(refusal("ping=5"), "1: ping=5: not a host name");
	CHECK_TEXT(refusal("a hops=0"),
	    "1: hops=0: must be a whole number from 1 to 255");
	CHECK_TEXT(refusal("a \x1b[m=1"), "1: ?[m=1: unknown option");
	CHECK_TEXT(refusal("a ping\u2003ping=5"),
	    "1: ping: not an option, which is NAME=VALUE");
	nul[8] = '\0';
	hostlist_free(&list);
	CHECK_NUM(hostlist_parse(&list, nul, sizeof nul - 1), -1);
}

static void
check_long(void)
{
	size_t n = 100000;
	char *text = malloc(n + 1);

	memset(text, 'x', n);
	text[n] = '\0';
	CHECK(!parses(text));
	text[1] = ' ';
	CHECK(!parses(text));
	memcpy(text, "a ping=", 7);
	CHECK(!parses(text));
	memcpy(text, "a ports=", 8);
	CHECK(!parses(text));
	memset(text + 8, '1', n - 8);
	CHECK(!parses(text));
	free(text);
}

static void
check_compare(void)
{
	char options[HOSTLIST_OPTIONS_MAX];

	CHECK(parses("a\nb ping=20\na ping=500 ports=80,443,3306\na hops=9"));
	CHECK_NUM(hostlist_compare(&list.entries[0], &list.entries[2]), 0);
	CHECK(hostlist_compare(&list.entries[0], &list.entries[1]) < 0);
	CHECK(hostlist_compare(&list.entries[0], &list.entries[3]) != 0);
	CHECK(parses("a ping=12.5 json=1 ports=22 proto=udp family=4"));
	hostlist_options(&list.entries[0], options);
	CHECK_TEXT(options, "ping=12.5 numpings=10 payload=41 trace=0 hops=30 "
	    "scan=0 json=1 timestamp=1 ports=22 interval=10 family=4 "
	    "proto=udp flow=0");
}

int
main(void)
{
	check_defaults();
	check_lines();
	check_milliseconds();
	check_numbers();
	check_booleans();
	check_additions();
	check_reasons();
	check_long();
	check_compare();
	hostlist_free(&list);
	return check_failures != 0;
}
