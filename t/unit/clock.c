/* The capture's clock: stamps that step become one time line. */
#include "check.h"
#include "stage/clock.h"

#define S	NS_PER_S

static void
late_packets_keep_their_stamps(void)
{
	struct clock c = clock_for_packets();

	CHECK_NUM(clock_packet(&c, 100 * S), 100 * S);
	CHECK_NUM(clock_packet(&c, 100 * S - 150 * NS_PER_MS),
	    100 * S - 150 * NS_PER_MS);
	CHECK_NUM(c.now, 100 * S);
	CHECK_NUM(c.late, 1);
	CHECK_NUM(c.back, 0);
}

static void
a_step_back_goes_on(void)
{
	struct clock c = clock_for_packets();
	uint64_t a, b;

	clock_packet(&c, 1000 * S);
	a = clock_packet(&c, 400 * S);
	CHECK(a >= 1000 * S && a < 1010 * S);
	CHECK_NUM(c.now, a);
	b = clock_packet(&c, 401 * S);
	CHECK_NUM(b - a, S);
	CHECK_NUM(clock_stamp(&c, a), 400 * S);
	CHECK_NUM(clock_stamp(&c, b), 401 * S);
	/* What came before still has its own stamp. */
	CHECK_NUM(clock_stamp(&c, 1000 * S), 1000 * S);
	/* Late by half a second, in the new epoch. */
	b = clock_packet(&c, 400 * S + S / 2);
	CHECK_NUM(clock_stamp(&c, b), 400 * S + S / 2);
	CHECK_NUM(c.back, 1);
}

static void
strays_do_not_move_it(void)
{
	struct clock c = clock_for_packets();
	uint64_t a, b;

	clock_packet(&c, 1000 * S);
	/* One far ahead, and back again. */
	CHECK_NUM(clock_packet(&c, 90000 * S), 90000 * S);
	CHECK_NUM(clock_packet(&c, 1000 * S), 1000 * S);
	CHECK_NUM(clock_packet(&c, 9000000 * S), 1000 * S);
	CHECK_NUM(c.now, 1000 * S);
	CHECK_NUM(clock_packet(&c, 1001 * S), 1001 * S);
	CHECK_NUM(c.now, 1001 * S);
	/* One far back, and on again: no deadline is reached by that. */
	a = clock_packet(&c, 300 * S);
	b = clock_packet(&c, 1002 * S);
	CHECK(a - 1001 * S < 5 * S && b - a < 5 * S);
	CHECK_NUM(clock_stamp(&c, a), 300 * S);
	CHECK_NUM(clock_stamp(&c, b), 1002 * S);
	CHECK_NUM(clock_stamp(&c, clock_packet(&c, 1003 * S)), 1003 * S);
}

static void
silence_is_believed_when_confirmed(void)
{
	struct clock c = clock_for_packets();

	clock_packet(&c, 1000 * S);
	CHECK_NUM(clock_packet(&c, 5000 * S), 5000 * S);
	CHECK_NUM(c.now, 1000 * S);
	CHECK_NUM(clock_packet(&c, 5000 * S + 1), 5000 * S + 1);
	CHECK_NUM(c.now, 5000 * S + 1);
	CHECK_NUM(c.forward, 1);
	clock_packet(&c, 7000 * S);
	clock_end(&c);
	CHECK_NUM(c.now, 7000 * S);
}

static void
many_steps_keep_the_latest_stamps(void)
{
	struct clock c = clock_for_packets();
	uint64_t time = 0;

	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned k = 0; k < 20; k++)
			time = clock_packet(&c, (1000 + k) * S);
		CHECK_NUM(clock_stamp(&c, time), 1019 * S);
	}
	CHECK_NUM(c.back, 999);
}

int
main(void)
{
	late_packets_keep_their_stamps();
	a_step_back_goes_on();
	strays_do_not_move_it();
	silence_is_believed_when_confirmed();
	many_steps_keep_the_latest_stamps();
	return check_failures != 0;
}
