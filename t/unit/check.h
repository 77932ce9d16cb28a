/* What the unit tests share: a check that says both values and goes on. */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int check_failures;

#define CHECK(truth) do {						\
	if (!(truth)) {							\
		printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #truth); \
		check_failures++;					\
	}								\
} while (0)

#define CHECK_NUM(got, want) do {					\
	int64_t g_ = (int64_t)(got), w_ = (int64_t)(want);		\
	if (g_ != w_) {							\
		printf("%s:%d: %s is %" PRId64 ", not %" PRId64 "\n",	\
		    __FILE__, __LINE__, #got, g_, w_);			\
		check_failures++;					\
	}								\
} while (0)

#define CHECK_TEXT(got, want) do {					\
	const char *g_ = (got), *w_ = (want);				\
	if (strcmp(g_, w_) != 0) {					\
		printf("%s:%d: %s is '%s', not '%s'\n", __FILE__,	\
		    __LINE__, #got, g_, w_);				\
		check_failures++;					\
	}								\
} while (0)

#endif
