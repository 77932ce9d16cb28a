/* Addresses: formatted as inet_ntop(3) does, and accepted where inet_pton(3)
 * does, for random addresses and for damaged text. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "check.h"
#include "wire/addr.h"

#define ROUNDS	300000

static char padded[ADDR_TEXT_MAX + 64 + 2 * ADDR_PADDING];
static char *const text = padded + ADDR_PADDING;

/* Zeros are likely, in runs too, since the text of IPv6 depends on them. */
static struct addr
random_addr(void)
{
	struct addr a = { .v6 = lrand48() & 1 };
	int n = a.v6 ? 16 : 4;

	for (int i = 0; i < n; i++)
		a.b[i] = lrand48() % 3 != 0 ? (uint8_t)lrand48() : 0;
	for (int i = 0; a.v6 && i < n; i += 2)
		if (lrand48() & 1)
			a.b[i] = a.b[i + 1] = 0;
	if (a.v6 && lrand48() % 4 == 0)
		memset(a.b, 0, 10 + 2 * (size_t)(lrand48() & 1));
	if (a.v6 && lrand48() % 8 == 0) {
		memset(a.b, 0, 10);
		a.b[10] = a.b[11] = 0xff;
	}
	return a;
}

static void
check_text(const struct addr *a)
{
	char want[INET6_ADDRSTRLEN];
	struct addr back;
	size_t n = addr_fmt(text, a);

	text[n] = '\0';
	inet_ntop(a->v6 ? AF_INET6 : AF_INET, a->b, want, sizeof want);
	CHECK_TEXT(text, want);
	CHECK_NUM(addr_scan(text, n, &back), n);
	CHECK(back.v6 == a->v6 && memcmp(back.b, a->b, 16) == 0);
}

/* Change one or two characters of the text. */
static void
check_damaged(void)
{
	size_t n = strlen(text);
	struct in6_addr v6;
	struct in_addr v4;
	struct addr a;
	int is4, is6;

	text[(size_t)lrand48() % n] = ":.0g f%1/9"[lrand48() % 10];
	if (lrand48() & 1)
		text[(size_t)lrand48() % n] = ":.0"[lrand48() % 3];
	is4 = inet_pton(AF_INET, text, &v4) == 1;
	is6 = inet_pton(AF_INET6, text, &v6) == 1;
	if ((addr_scan(text, n, &a) != 0) != (is4 || is6)) {
		printf("'%s': inet_pton says %d %d\n", text, is4, is6);
		check_failures++;
	} else if (is6)
		CHECK(memcmp(a.b, &v6, 16) == 0);
	else if (is4)
		CHECK(memcmp(a.b, &v4, 4) == 0);
}

static bool
in(const char *prefix, const char *address)
{
	struct prefix p;
	struct addr a;

	CHECK(prefix_scan(prefix, &p) != 0);
	strcpy(text, address);
	CHECK(addr_scan(text, strlen(text), &a) != 0);
	return prefix_has(&p, &a);
}

static void
check_prefixes(void)
{
	struct prefix p;

	CHECK(in("10.0.0.0/8", "10.255.1.2"));
	CHECK(!in("10.0.0.0/8", "11.0.0.0"));
	CHECK(in("10.1.2.128/25", "10.1.2.200"));
	CHECK(!in("10.1.2.128/25", "10.1.2.127"));
	CHECK(in("0.0.0.0/0", "255.0.0.1"));
	CHECK(!in("0.0.0.0/0", "::1"));
	CHECK(in("192.0.2.1", "192.0.2.1"));
	CHECK(in("fd00::/7", "fc12::1"));
	CHECK(!in("2001:db8::/33", "2001:db8:8000::"));
	CHECK(prefix_scan("10.0.0.0/33", &p) == 0);
	CHECK(prefix_scan("10.0.0.0/", &p) == 0);
	CHECK(prefix_scan("10.0.0.0/-1", &p) == 0);
	CHECK(prefix_scan("10.0.0/8", &p) == 0);
	CHECK(prefix_scan("", &p) == 0);
}

static void
check_endpoint(const char *address, const char *want)
{
	struct endpoint e = { .port = 65535 };
	char got[ENDPOINT_TEXT_MAX];

	strcpy(text, address);
	CHECK(addr_scan(text, strlen(text), &e.addr) != 0);
	endpoint_fmt(got, &e);
	CHECK_TEXT(got, want);
}

int
main(void)
{
	srand48(1);
	for (int i = 0; i < ROUNDS && check_failures < 10; i++) {
		struct addr a = random_addr();

		check_text(&a);
		check_damaged();
	}
	check_prefixes();
	check_endpoint("255.255.255.255", "255.255.255.255:65535");
	check_endpoint("fd00::1", "[fd00::1]:65535");
	check_endpoint("1111:2222:3333:4444:5555:6666:7777:8888",
	    "[1111:2222:3333:4444:5555:6666:7777:8888]:65535");
	return check_failures != 0;
}
