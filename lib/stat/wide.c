#include "stat/wide.h"

#include <math.h>

bool
wide_add(struct wide *a, const struct wide *b)
{
	nano_size sum = 0;

	for (unsigned i = 0; i < WIDE_WORDS; i++) {
		sum += (nano_size)a->w[i] + b->w[i];
		a->w[i] = (uint64_t)sum;
		sum >>= 64;
	}
	return sum == 0;
}

void
wide_sub(struct wide *a, const struct wide *b)
{
	uint64_t borrow = 0;

	for (unsigned i = 0; i < WIDE_WORDS; i++) {
		nano_size less = (nano_size)b->w[i] + borrow;

		borrow = a->w[i] < less;
		a->w[i] -= (uint64_t)less;
	}
}

bool
wide_mul(struct wide *a, uint64_t n)
{
	nano_size carry = 0;

	for (unsigned i = 0; i < WIDE_WORDS; i++) {
		carry += (nano_size)a->w[i] * n;
		a->w[i] = (uint64_t)carry;
		carry >>= 64;
	}
	return carry == 0;
}

int
wide_cmp(const struct wide *a, const struct wide *b)
{
	for (unsigned i = WIDE_WORDS; i-- > 0;)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

double
wide_double(const struct wide *a)
{
	double d = 0;

	for (unsigned i = WIDE_WORDS; i-- > 0;)
		d = ldexp(d, 64) + (double)a->w[i];
	return d;
}

size_t
wide_fmt(char *out, const struct wide *a)
{
	size_t n = 0;

	for (unsigned nibble = WIDE_WORDS * 16; nibble-- > 0;) {
		unsigned v = a->w[nibble / 16] >> 4 * (nibble % 16) & 15;

		if (n > 0 || v != 0 || nibble == 0)
			out[n++] = "0123456789abcdef"[v];
	}
	out[n] = '\0';
	return n;
}

size_t
wide_scan(const char *text, size_t n, struct wide *a)
{
	*a = (struct wide){ { 0 } };
	for (size_t i = 0; i < n; i++) {
		const char *digits = "0123456789abcdef";
		const char *d = text[i] == '\0' ? NULL :
		    strchr(digits, text[i]);

		if (d == NULL || !wide_mul(a, 16))
			return 0;
		a->w[0] |= (uint64_t)(d - digits);
	}
	return n;
}
