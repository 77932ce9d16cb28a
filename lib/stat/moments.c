#include "stat/moments.h"

#include <math.h>

bool
moments_merge(struct moments *m, const struct moments *from)
{
	struct moments both = *m;

	if (from->count == 0)
		return true;
	if (__builtin_add_overflow(m->count, from->count, &both.count) ||
	    __builtin_add_overflow(m->sum, from->sum, &both.sum) ||
	    !wide_add(&both.squares, &from->squares))
		return false;
	if (m->count == 0 || from->min < m->min)
		both.min = from->min;
	if (m->count == 0 || from->max > m->max)
		both.max = from->max;
	*m = both;
	return true;
}

/* Set *d to count * squares - sum * sum, which is count * count times the
 * variance; false if that is negative or overflows. */
static bool
spread(const struct moments *m, struct wide *d)
{
	struct wide square = { { 0 } };

	wide_add_square(&square, nano_magnitude(m->sum));
	*d = m->squares;
	if (!wide_mul(d, m->count) || wide_cmp(d, &square) < 0)
		return false;
	wide_sub(d, &square);
	return true;
}

bool
moments_sane(const struct moments *m)
{
	struct wide d;

	return m->min <= m->max && nano_magnitude(m->min) <= MOMENTS_MAX &&
	    nano_magnitude(m->max) <= MOMENTS_MAX &&
	    m->sum / (nano)m->count >= m->min &&
	    m->sum / (nano)m->count <= m->max && spread(m, &d);
}

double
moments_mean(const struct moments *m)
{
	return m->count == 0 ? 0 : (double)m->sum / (double)m->count / NANO;
}

double
moments_deviation(const struct moments *m)
{
	double n = (double)m->count;
	struct wide d;

	if (m->count < 2 || !spread(m, &d))
		return 0;
	return sqrt(wide_double(&d) / n / (n - 1)) / NANO;
}
