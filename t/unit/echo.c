/* Echo requests have a constant checksum, and are parsed as they were built. */
#include <stdlib.h>

#include "check.h"
#include "wire/echo.h"

static uint8_t packet[ECHO_HEADER + 2000];

/* The checksum as RFC 1071, 4.1 computes it. */
static uint16_t
checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void
check_one(bool v6, size_t payload, uint16_t sum)
{
	struct echo e = { .id = (uint16_t)lrand48(),
	    .seq = (uint16_t)lrand48(), .cookie = (uint64_t)mrand48() << 20 };
	struct echo back;
	size_t n = echo_build(packet, v6, &e, payload, sum);

	CHECK_NUM(n, ECHO_HEADER + payload);
	if (!v6)
		CHECK_NUM(checksum(packet, n), 0);
	if (!v6 && payload >= ECHO_BALANCE)
		CHECK_NUM(packet[2] << 8 | packet[3], (uint16_t)~sum);
	if (v6 && payload >= ECHO_BALANCE)
		CHECK_NUM((uint16_t)~checksum(packet, n), sum);
	CHECK(echo_parse(view_of(packet, n), v6, &back));
	CHECK(!back.reply);
	CHECK_NUM(back.id, e.id);
	CHECK_NUM(back.seq, e.seq);
	CHECK_NUM(back.has_cookie, payload >= ECHO_BALANCE + ECHO_COOKIE);
	if (back.has_cookie)
		CHECK(back.cookie == e.cookie);
	CHECK(!echo_parse(view_of(packet, n), !v6, &back));
	CHECK(!echo_parse(view_of(packet, ECHO_HEADER - 1), v6, &back));
	packet[0] = v6 ? 129 : 0;
	CHECK(echo_parse(view_of(packet, ECHO_HEADER), v6, &back));
	CHECK(back.reply && !back.has_cookie);
	packet[1] = 1;
	CHECK(!echo_parse(view_of(packet, n), v6, &back));
}

static void
check_datagram(uint16_t sum)
{
	uint8_t out[ECHO_DATAGRAM];
	struct echo e = { .seq = (uint16_t)lrand48(),
	    .cookie = (uint64_t)mrand48() << 20 }, back;

	echo_build_datagram(out, &e, sum);
	CHECK_NUM((uint16_t)~checksum(out, sizeof out), sum);
	CHECK(echo_parse_datagram(view_of(out, sizeof out), &back));
	CHECK_NUM(back.seq, e.seq);
	CHECK(back.cookie == e.cookie);
	CHECK(!echo_parse_datagram(view_of(out, sizeof out - 1), &back));
}

int
main(void)
{
	srand48(3);
	for (size_t payload = 0; payload < 2000; payload++)
		for (int v6 = 0; v6 < 2; v6++)
			check_one(v6, payload, (uint16_t)(1 + payload % 9999));
	for (uint16_t i = 0; i < 10000; i++)
		check_datagram((uint16_t)(1 + i));
	return check_failures != 0;
}
