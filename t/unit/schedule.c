/* The heap of times, compared with a linear search for the earliest. */
#include <stdlib.h>

#include "check.h"
#include "probe/schedule.h"

#define DUES	200
#define ROUNDS	100000

static struct due dues[DUES];

static uint64_t
earliest(void)
{
	uint64_t at = SCHEDULE_NEVER;

	for (int i = 0; i < DUES; i++)
		if (dues[i].place != 0 && dues[i].at < at)
			at = dues[i].at;
	return at;
}

int
main(void)
{
	struct schedule s = { .n = 0 };
	uint64_t before = 0;
	uint32_t n = 0;

	srand48(1);
	CHECK_NUM(schedule_reserve(&s, DUES), 0);
	CHECK(schedule_first(&s) == NULL);
	for (int i = 0; i < ROUNDS && check_failures < 10; i++) {
		struct due *d = &dues[lrand48() % DUES];

		n -= d->place != 0;
		if (lrand48() % 4 == 0)
			schedule_drop(&s, d);
		else {
			schedule_set(&s, d, (uint64_t)lrand48() % 1000);
			n++;
		}
		CHECK_NUM(s.n, n);
		if (n > 0)
			CHECK_NUM(schedule_first(&s)->at, earliest());
	}
	while (s.n > 0) {
		struct due *d = schedule_first(&s);

		CHECK(d->at >= before);
		before = d->at;
		schedule_drop(&s, d);
		schedule_drop(&s, d);
	}
	schedule_close(&s);
	return check_failures != 0;
}
