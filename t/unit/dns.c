/* Reverse domains, and the TTL of answers cut at every length. */
#include "check.h"
#include "wire/dns.h"

#define HEADER(questions, answers, authority)				\
	"\1\2\x81\x80" questions answers authority "\0\0"
#define QUESTION	"\1" "1\2" "10\7in-addr\4arpa\0" "\0\14\0\1"
#define PTR(ttl)	"\xc0\x0c" "\0\14\0\1" ttl "\0\4" "\1h\1x"
#define SOA(ttl)	"\0" "\0\6\0\1" ttl "\0\3" "abc"

static uint32_t
ttl_of(const char *message, size_t n)
{
	uint32_t ttl;

	return dns_ttl((const uint8_t *)message, n, &ttl) ? ttl : 12345;
}
#define TTL_OF(m)	ttl_of(m, sizeof m - 1)

static void
check_ttl(void)
{
	static const char two[] = HEADER("\0\1", "\0\2", "\0\0") QUESTION
	    PTR("\0\0\1\0") PTR("\0\0\0\7");
	static const char none[] = HEADER("\0\1", "\0\0", "\0\1") QUESTION
	    SOA("\0\0\2\0");
	static const char bare[] = HEADER("\0\1", "\0\0", "\0\0") QUESTION;
	static const char huge[] = HEADER("\0\0", "\0\1", "\0\0")
	    SOA("\x80\0\0\1");
	static const char lies[] = HEADER("\xff\xff", "\xff\xff", "\xff\xff")
	    QUESTION;

	CHECK_NUM(TTL_OF(two), 7);
	CHECK_NUM(TTL_OF(none), 512);
	CHECK_NUM(TTL_OF(bare), 12345);
	CHECK_NUM(TTL_OF(huge), 0);
	CHECK_NUM(TTL_OF(lies), 12345);
	for (size_t n = 0; n < sizeof two; n++)
		CHECK_NUM(ttl_of(two, n), n + 1 == sizeof two ? 7 :
		    n >= sizeof two - sizeof PTR("\0\0\0\7") ? 256 : 12345);
}

static void
check_reverse(void)
{
	struct addr v4 = { .b = { 10, 0, 200, 255 } };
	struct addr v6 = { .b = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0xf1 },
	    .v6 = true };
	char out[DNS_REVERSE_MAX];

	dns_reverse(out, &v4);
	CHECK_TEXT(out, "255.200.0.10.in-addr.arpa");
	dns_reverse(out, &v6);
	CHECK_TEXT(out, "1.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

int
main(void)
{
	check_ttl();
	check_reverse();
	return check_failures > 0;
}
