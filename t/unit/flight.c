/* Probes in flight: their numbers, and which one has waited longest. */
#include <stddef.h>

#include "check.h"
#include "probe/flight.h"

static struct flight f;

static uint16_t
send_at(uint64_t ns)
{
	struct flight_probe *p = flight_next(&f);

	if (p == NULL)
		return UINT16_MAX;
	*p = (struct flight_probe){ .sent = ns, .state = FLIGHT_WAITING };
	return flight_sent(&f);
}

int
main(void)
{
	CHECK_NUM(flight_open(&f, 4), 0);
	CHECK(flight_waits_since(&f) == UINT64_MAX);
	CHECK(flight_oldest(&f, UINT64_MAX) == NULL);
	for (uint16_t i = 0; i < 3; i++)
		CHECK_NUM(send_at(10 + i), i);
	CHECK(flight_next(&f) == NULL);
	CHECK_NUM(flight_waits_since(&f), 10);
	CHECK(flight_oldest(&f, 9) == NULL);
	CHECK(flight_oldest(&f, 10) == flight_at(&f, 0));
	flight_at(&f, 1)->state = FLIGHT_ANSWERED;
	CHECK(flight_next(&f) == NULL);
	flight_at(&f, 0)->state = FLIGHT_LOST;
	CHECK_NUM(flight_waits_since(&f), 12);
	/* Numbers increase; a place has the newest of its numbers. */
	CHECK_NUM(send_at(20), 3);
	CHECK_NUM(send_at(21), 4);
	CHECK(flight_next(&f) == NULL);
	CHECK(flight_at(&f, 4) == flight_at(&f, 0));
	CHECK_NUM(flight_at(&f, 4)->sent, 21);
	flight_at(&f, 2)->state = flight_at(&f, 3)->state = FLIGHT_LOST;
	CHECK_NUM(flight_waits_since(&f), 21);
	flight_at(&f, 4)->state = FLIGHT_ANSWERED;
	for (uint32_t i = 5; i < 70000; i++) {
		CHECK_NUM(send_at(i), (uint16_t)i);
		flight_oldest(&f, UINT64_MAX)->state = FLIGHT_ANSWERED;
	}
	CHECK(flight_waits_since(&f) == UINT64_MAX);
	flight_close(&f);
	/* With a place for each number, full is not mistaken for empty. */
	CHECK_NUM(flight_open(&f, FLIGHT_MAX), 0);
	for (uint32_t i = 0; i < FLIGHT_MAX - 1; i++)
		CHECK_NUM(send_at(i), i);
	CHECK(flight_next(&f) == NULL);
	CHECK_NUM(flight_waits_since(&f), 0);
	flight_oldest(&f, 0)->state = FLIGHT_LOST;
	CHECK_NUM(send_at(FLIGHT_MAX), FLIGHT_MAX - 1);
	CHECK_NUM(flight_waits_since(&f), 1);
	flight_close(&f);
	return check_failures != 0;
}
