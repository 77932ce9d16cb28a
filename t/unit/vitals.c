/* Runs: which results are refused, which paths differ, and that the bounds hold
 * for any input. */
#include <stdlib.h>

#include "check.h"
#include "vitals/vitals.h"

static struct vitals v;
static unsigned done;

static void
on_done(void *arg, struct vitals_line *l, struct vitals_run *r)
{
	(void)arg;
	(void)l;
	CHECK_NUM(r->got, r->of);
	done++;
}

static void
open_for(uint32_t max, bool keep)
{
	CHECK_NUM(vitals_open(&v, max, 1), 0);
	v.keep = keep;
	v.done = on_done;
	done = 0;
}

/* The trace of a path given as text, a letter a hop, '*' for a silent one. */
static struct vitals_run
path(struct vitals_probe *probe, const char *text)
{
	struct vitals_run r = { .kind = VITALS_TRACE, .probe = probe };

	for (; text[r.of] != '\0'; r.of++) {
		char hop = text[r.of];

		probe[r.of] = (struct vitals_probe){ .has_from = hop != '*' };
		if (hop != '*')
			probe[r.of].from.b[0] = (uint8_t)hop;
	}
	return r;
}

static void
check_paths(void)
{
	static const struct {
		const char *kept, *now;
		bool differs;
	} cases[] = {
		{ "abc", "abc", false }, { "abc", "adc", true },
		{ "abc", "a*c", false }, { "a*c", "abc", true },
		{ "abc", "ab*", false }, { "abc", "a***", false },
		{ "abc", "*****", true }, { "*****", "abc", true },
		{ "ab***", "abc", true }, { "abc", "ac", true },
		{ "abc", "ab", true }, { "ab", "abc", true },
		{ "a**d", "ad", true }, { "ad", "a**d", true },
		{ "abc", "abc*****", false }, { "*", "**", false },
		{ "abc", "ab*****", true }, { "abc", "ab****", false },
		{ "ab*****", "a*****", false },
	};
	struct vitals_probe probe[16];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct vitals_line l = { 0 };
		struct vitals_run r = path(probe, cases[i].kept);

		CHECK(vitals_path_changed(&l, &r));
		CHECK(vitals_keep_path(&l, &r));
		r = path(probe, cases[i].now);
		if (vitals_path_changed(&l, &r) != cases[i].differs) {
			printf("%s, %s\n", cases[i].kept, cases[i].now);
			check_failures++;
		}
		free(l.path);
	}
}

/* An outage and its end are printed once each. */
static void
check_outage(void)
{
	static const struct {
		const char *now;
		bool printed;
	} traces[] = {
		{ "abc", true }, { "a*c", false }, { "a*****", true },
		{ "a*****", false }, { "*****", false }, { "ab*", false },
		{ "a*c", true }, { "abc", false }, { "*****", true },
		{ "axc", true }, { "axc", false },
	};
	struct vitals_line l = { 0 };
	struct vitals_probe probe[16];

	for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
		struct vitals_run r = path(probe, traces[i].now);

		CHECK_NUM(vitals_path_changed(&l, &r), traces[i].printed);
		if (traces[i].printed)
			CHECK(vitals_keep_path(&l, &r));
	}
	free(l.path);
}

static enum vitals_fault
add(uint64_t line, uint32_t run, uint32_t index, uint32_t of)
{
	static char info[] = "why";
	struct vitals_place at = { "h", line, VITALS_PING, run, index, of };
	struct vitals_probe p = { .state = VITALS_LOST, .info = info };
	struct addr addr = { .v6 = false };

	return vitals_add(&v, &at, &addr, &p);
}

static void
check_faults(void)
{
	open_for(10, false);
	CHECK_NUM(add(1, 1, 0, 5), VITALS_INDEX);
	CHECK_NUM(add(1, 1, 6, 5), VITALS_INDEX);
	CHECK_NUM(add(1, 1, 1, 11), VITALS_OF);
	CHECK_NUM(add(1, 1, 1, 10), VITALS_FINE);
	CHECK_NUM(add(1, 1, 1, 10), VITALS_AGAIN);
	CHECK_NUM(add(1, 1, 2, 9), VITALS_OF);
	CHECK_NUM(v.probes, 10);
	CHECK_NUM(add(1, 2, 1, 1), VITALS_FINE);	/* drops run 1 */
	CHECK_NUM(v.forgotten, 1);
	CHECK_NUM(done, 1);
	CHECK_NUM(v.probes, 0);
	vitals_close(&v);
}

static void
check_bounds(bool keep)
{
	uint32_t random = 1, most = 0;

	open_for(100, keep);
	for (int i = 0; i < 100000; i++) {
		uint32_t of;

		random = random * 1664525 + 1013904223;
		of = (random >> 8) % 20 + 1;
		add((random >> 16) % 150, (random >> 24) % 4,
		    (random >> 28) % of + 1, of);
		CHECK(v.probes <= 100 && v.lines.used <= 100);
		if (v.probes > most)
			most = v.probes;
	}
	CHECK(most > 80 && done > 100 && v.forgotten > 0);
	vitals_close(&v);
	CHECK_NUM(v.probes, 0);
}

int
main(void)
{
	check_paths();
	check_outage();
	check_faults();
	check_bounds(false);
	check_bounds(true);
	return check_failures > 0;
}
