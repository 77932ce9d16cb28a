#include "stage/clock.h"

#include <string.h>

/* So many packets may have a wrong stamp before the right ones return. */
#define STRAYS	4

/* Does a stamp go on from where a few stray ones left?  The silence since then
 * counts. */
static bool
returns(const struct clock *c, uint64_t stamp)
{
	return c->steps > 0 && c->since < STRAYS &&
	    stamp + c->may_lag >= c->left && stamp < c->left + CLOCK_STRAY;
}

/* Stamps step: the time line goes on after all that is there. */
static uint64_t
step(struct clock *c, uint64_t stamp)
{
	/* What comes late still belongs to its own epoch. */
	bool back = returns(c, stamp);
	uint64_t time = c->now + 2 * c->may_lag +
	    (back && stamp > c->left ? stamp - c->left : 0);

	if (c->nepochs == CLOCK_EPOCHS) {
		memmove(c->epoch, c->epoch + 1,
		    (CLOCK_EPOCHS - 1) * sizeof *c->epoch);
		c->nepochs--;
	}
	c->left = c->now - c->offset;
	c->offset = time - stamp;
	c->epoch[c->nepochs++] = (struct clock_epoch){
	    time - c->may_lag, c->offset };
	c->since = back ? STRAYS : 0;
	c->steps++;
	c->ahead = 0;
	c->now = time;
	return time;
}

/* A time that is far ahead: the next packet confirms a silence. */
static uint64_t
jump(struct clock *c, uint64_t stamp)
{
	uint64_t time = stamp + c->offset;
	bool confirmed = c->ahead != 0 && time + c->may_lag >= c->ahead;

	c->ahead = 0;
	if (time - c->now > CLOCK_STRAY)
		return step(c, stamp);
	if (!confirmed)
		c->ahead = time;
	else {
		c->now = time;
		c->silences++;
	}
	return time;
}

uint64_t
clock_packet(struct clock *c, uint64_t stamp)
{
	uint64_t time = stamp + c->offset;

	c->since += c->since < STRAYS;
	if (c->now == 0 || (time >= c->now && time - c->now <= c->may_lead &&
	    c->since == STRAYS)) {
		c->ahead = 0;
		c->now = time;
		return time;
	}
	if (time > c->now) {
		if (time - c->now > c->may_lag && returns(c, stamp))
			return step(c, stamp);
		if (time - c->now > c->may_lead)
			return jump(c, stamp);
		c->now = time;
	} else if (time < c->now) {
		c->late++;
		if (c->now - time > c->may_lag)
			time = step(c, stamp);
	}
	c->ahead = 0;
	return time;
}

uint64_t
clock_stamp(const struct clock *c, uint64_t time)
{
	for (unsigned i = c->nepochs; i-- > 0;)
		if (time >= c->epoch[i].from)
			return time - c->epoch[i].offset;
	return time;
}
