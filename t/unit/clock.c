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
	CHECK_NUM(c.steps, 0);
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
	CHECK_NUM(c.steps, 1);
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
	CHECK_NUM(clock_packet(&c, 1001 * S), 1001 * S);
	CHECK_NUM(c.now, 1001 * S);
	/* One far back, and on again: no deadline is reached by that.  Then one
	 * by months ahead. */
	for (unsigned i = 0; i < 2; i++) {
		uint64_t now = c.now, stray = i == 0 ? 300 * S : 9000000 * S;

		a = clock_packet(&c, stray);
		b = clock_packet(&c, 1002 * S);
		CHECK(a - now < 5 * S && b - a < 5 * S);
		CHECK_NUM(clock_stamp(&c, a), stray);
		CHECK_NUM(clock_stamp(&c, b), 1002 * S);
		a = clock_packet(&c, 1003 * S);
		CHECK_NUM(a - b, S);
		CHECK_NUM(clock_stamp(&c, a), 1003 * S);
	}
}

static void
years_between_two_captures(void)
{
	struct clock c = clock_for_packets();
	uint64_t a, b;

	clock_packet(&c, 1000 * S);
	a = clock_packet(&c, 500000000 * S);
	b = clock_packet(&c, 500000000 * S + 1000);
	CHECK(a - 1000 * S < 5 * S);
	CHECK_NUM(b - a, 1000);
	CHECK_NUM(clock_stamp(&c, a), 500000000 * S);
	CHECK_NUM(clock_stamp(&c, b), 500000000 * S + 1000);
	CHECK_NUM(c.steps, 1);
}

static void
captures_that_overlap(void)
{
	struct clock c = clock_for_packets();
	uint64_t time = 0;

	/* The second one passes the end of the first: that is no return. */
	for (unsigned i = 0; i < 10; i++)
		clock_packet(&c, (1000 + i) * S);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t before = time;

		time = clock_packet(&c, (1006 + i) * S + 1);
		CHECK(i == 0 || time - before == S);
	}
	CHECK_NUM(c.steps, 1);
	CHECK_NUM(clock_stamp(&c, time), 1015 * S + 1);
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
	CHECK_NUM(c.silences, 1);
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
	CHECK_NUM(c.steps, 999);
}

int
main(void)
{
	late_packets_keep_their_stamps();
	a_step_back_goes_on();
	strays_do_not_move_it();
	years_between_two_captures();
	captures_that_overlap();
	silence_is_believed_when_confirmed();
	many_steps_keep_the_latest_stamps();
	return check_failures != 0;
}
