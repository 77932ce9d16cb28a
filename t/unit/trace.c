/* Traces of simulated paths, and how they update what is known of a path. */
#include <stdlib.h>

#include "check.h"
#include "probe/path.h"
#include "probe/trace.h"

#define MS	UINT64_C(1000000)

/*
 * A path as text, a letter for the router at each distance: '.' is a silent
 * one, a capital the target.  '!' after a letter: it reports the target
 * unreachable; ':' after a letter: it answers the second probe only.
 */
struct router {
	char name;
	bool unreach, second;
};

static struct router routers[64];
static unsigned nrouters, sent;
static bool thorough;

static void
set_path(const char *text)
{
	nrouters = 0;
	for (; *text != '\0'; text++)
		if (*text == '!')
			routers[nrouters - 1].unreach = true;
		else if (*text == ':')
			routers[nrouters - 1].second = true;
		else
			routers[nrouters++] = (struct router){ .name = *text };
}

static void
answer(struct trace *t, unsigned ttl, uint64_t now)
{
	const struct router *r = &routers[ttl <= nrouters ? ttl - 1 :
	    nrouters - 1];
	struct trace_reply reply = { .rtt = 5 * MS, .stamp = now };

	if (r->name == '.' || (r->second && t->hop[ttl - 1].tries < 2))
		return;
	reply.from.b[0] = (uint8_t)r->name;
	reply.what = r->unreach ? TRACE_UNREACH : r->name <= 'Z' ?
	    TRACE_REACHED : TRACE_PASSED;
	trace_answer(t, ttl, &reply);
}

/* Run a trace whose answers come at once, or never.  Returns how long it
 * took. */
static uint64_t
run(struct trace *t)
{
	uint64_t now = 1000 * MS, due;
	unsigned ttl;

	sent = 0;
	for (int steps = 0; steps < 100000; steps++) {
		ttl = trace_step(t, now, &due);
		if (t->end != TRACE_RUNNING)
			return now - 1000 * MS;
		if (ttl == 0) {
			CHECK(due > now && due != UINT64_MAX);
			now = due;
			continue;
		}
		trace_sent(t, ttl, now, now);
		sent++;
		answer(t, ttl, now);
	}
	CHECK(!"the trace ends");
	return 0;
}

/* The hops and the end of a trace of that path, as text: "ab.C reached". */
static const char *
found(const char *path, unsigned max)
{
	static char text[400];
	struct trace *t = trace_new(max, 10 * MS);
	size_t n = 0;

	t->thorough = thorough;
	set_path(path);
	run(t);
	for (unsigned i = 0; i < t->last; i++)
		text[n++] = t->hop[i].answered ?
		    (char)t->hop[i].reply.from.b[0] : '.';
	snprintf(text + n, sizeof text - n, " %s", trace_end_name(t->end));
	free(t);
	return text;
}

static void
check_ends(void)
{
	CHECK_TEXT(found("A", 30), "A reached");
	CHECK_NUM(sent, 1);
	CHECK_TEXT(found("abcD", 30), "abcD reached");
	CHECK_NUM(sent, 4);
	CHECK_TEXT(found("a..d.F", 30), "a..d.F reached");
	/* A router that is silent, with others beyond it, is asked again by the
	 * next trace, if there is one; a target that is silent, at once. */
	CHECK_TEXT(found("ab:cD", 30), "a.cD reached");
	CHECK_NUM(sent, 4);
	thorough = true;
	CHECK_TEXT(found("ab:cD", 30), "abcD reached");
	CHECK_NUM(sent, 5);
	thorough = false;
	CHECK_TEXT(found("abc!", 30), "abc unreach");
	CHECK_TEXT(found("a.....", 30), "a..... silent");
	CHECK_TEXT(found(".", 30), "..... silent");
	CHECK_NUM(sent, 5 * TRACE_TRIES);
	CHECK_TEXT(found("....E", 30), "....E reached");
	CHECK_TEXT(found("abcabcabc", 30), "abca loop");
	CHECK_TEXT(found("aabbC", 30), "aabbC reached");
	CHECK_TEXT(found("abcdefgH", 4), "abcd max");
	CHECK_TEXT(found("abc.", 4), "abc. max");
	CHECK_TEXT(found("a", 1), "a max");
}

/* Hops are probed five at once: five silent ones take no longer than one. */
static void
check_time(void)
{
	struct trace *t = trace_new(30, 10 * MS);
	uint64_t took;

	set_path(".");
	took = run(t);
	CHECK(took < TRACE_TRIES * TRACE_WAIT_FIRST_NS + 500 * MS);
	free(t);
	t = trace_new(30, 10 * MS);
	set_path("abcdefghI");
	took = run(t);
	CHECK_NUM(took, 80 * MS);
	free(t);
}

/* The target may answer a probe from beyond its distance first. */
static void
check_order(void)
{
	struct trace *t = trace_new(30, MS);
	uint64_t due;

	set_path("aB");
	for (unsigned ttl = 1; ttl <= 4; ttl++) {
		CHECK_NUM(trace_step(t, ttl * MS, &due), ttl);
		trace_sent(t, ttl, ttl * MS, 0);
	}
	answer(t, 4, 5 * MS);
	answer(t, 3, 5 * MS);
	CHECK_NUM(trace_step(t, 5 * MS, &due), 0);
	CHECK_NUM(t->end, TRACE_RUNNING);
	answer(t, 1, 5 * MS);
	answer(t, 2, 5 * MS);
	answer(t, 2, 5 * MS);
	CHECK_NUM(trace_step(t, 6 * MS, &due), 0);
	CHECK_NUM(t->end, TRACE_END_REACHED);
	CHECK_NUM(t->last, 2);
	free(t);
}

static struct path known;

/* Update the known path by a trace of that one.  Returns what is known then,
 * followed by "=" if the path is unchanged. */
static const char *
becomes(const char *path)
{
	static char text[80];
	struct trace *t = trace_new(30, MS);
	struct path was;
	int r;

	set_path(path);
	run(t);
	r = path_update(&known, t, &was);
	free(t);
	for (unsigned i = 0; i < known.n; i++)
		text[i] = known.hop[i].known ?
		    (char)known.hop[i].addr.b[0] : '.';
	text[known.n] = '\0';
	if (r == 1)
		path_close(&was);
	else
		strcat(text, "=");
	return text;
}

static void
check_paths(void)
{
	CHECK_TEXT(becomes("a.C"), "a.C");
	/* More of the same path is known. */
	CHECK_TEXT(becomes("abC"), "abC");
	CHECK_TEXT(becomes("..C"), "abC=");
	/* The target did not answer where it does, but farther away. */
	CHECK_TEXT(becomes("ab.C"), "abC=");
	CHECK_TEXT(becomes("ab.dC"), "ab.dC");
	CHECK_TEXT(becomes("abC"), "abC");
	/* The target is down: that is no change of the path. */
	CHECK_TEXT(becomes("ab."), "abC=");
	CHECK_TEXT(becomes("."), "abC=");
	CHECK_TEXT(becomes("adC"), "adC");
	CHECK_TEXT(becomes("a.eC"), "a.eC");
	CHECK_TEXT(becomes("aC"), "aC");
	CHECK_TEXT(becomes("abC"), "abC");
	/* A router reports unreachable: the same path, as far as it goes. */
	CHECK_TEXT(becomes("ab!"), "abC=");
	CHECK_TEXT(becomes("af!"), "af");
	CHECK_TEXT(becomes("afgH"), "afgH");
	path_close(&known);
	CHECK_TEXT(becomes("ab.C"), "ab.C");
	CHECK_TEXT(becomes("abC"), "abC");
	path_close(&known);
	CHECK_TEXT(becomes("a"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	path_close(&known);
}

int
main(void)
{
	check_ends();
	check_time();
	check_order();
	check_paths();
	return check_failures != 0;
}
