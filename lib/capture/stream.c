#include "capture/stream.h"

#include <errno.h>

#include "sys/clock.h"
#include "sys/io.h"
#include "sys/signals.h"
#include "wire/cooked.h"
#include "wire/units.h"

#define NEVER		STREAM_NEVER
#define ETHERNET	1
/* How long devices are still read at the end, for what they have captured. */
#define GRACE_NS	(NS_PER_S / 20)
/* Of the window in which packets of several files are sorted. */
#define FILES_WINDOW_NS	NS_PER_S
/* A live packet comes at most this long after its stamp. */
#define LIVE_NS		(5 * NS_PER_S)

/* a + b, but at most NEVER. */
static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > NEVER - b ? NEVER : a + b;
}

/* The stream's clock is now. */
static void
tick(struct stream *s, uint64_t now)
{
	s->now = now;
	if (now >= s->tick_ns)
		s->tick_ns = s->tick(now);
}

/* --- output -------------------------------------------------------------- */

/* What r is -1 for cannot be recovered. */
static void
check(struct stream *s, int r)
{
	if (r == 0)
		return;
	s->error = errno;
	s->done = true;
}

static void
flush(struct stream *s)
{
	if (!s->held || s->out.written > 0)
		check(s, outfile_flush(&s->out));
}

/*
 * In a replay, wait until as much time has passed since the first packet as in
 * the capture.  False if a signal asked to stop.
 */
static bool
wait_until_due(struct stream *s, uint64_t time_ns)
{
	uint64_t due, now;

	if (s->speed == 0 || time_ns <= s->first_ns)
		return true;
	due = s->begun_ns +
	    (uint64_t)((double)(time_ns - s->first_ns) / s->speed);
	if (clock_ns(CLOCK_MONOTONIC) < due)
		flush(s);
	while ((now = clock_ns(CLOCK_MONOTONIC)) < due && !signals_stop()) {
		signals_wait(-1, (int64_t)(due - now));
		if (signals_counts())
			s->counts();
	}
	return !signals_stop();
}

static void
begin(struct stream *s, uint64_t time_ns)
{
	s->first_ns = time_ns;
	s->begun_ns = clock_ns(CLOCK_MONOTONIC);
	if (!s->devices)
		s->end_ns = later(time_ns, s->limit_ns);
}

static void
note_order(struct stream *s, uint64_t time_ns)
{
	s->unsorted += time_ns < s->last_ns;
	s->last_ns = time_ns;
}

static void
emit(struct stream *s, const struct packet *pkt)
{
	if (s->first_ns == NEVER)
		begin(s, pkt->time_ns);
	if (pkt->time_ns > s->end_ns || !wait_until_due(s, pkt->time_ns)) {
		s->done = true;
		return;
	}
	if (!s->devices)
		tick(s, pkt->time_ns);
	note_order(s, pkt->time_ns);
	check(s, outfile_put(&s->out, pkt));
	if (s->out.written == s->count)
		s->done = true;
}

/* --- sorting ------------------------------------------------------------- */

/* Write the packets that have waited long enough at this time. */
static void
release(struct stream *s, uint64_t now)
{
	const struct packet *pkt;

	while (!s->done && (pkt = window_next(&s->window, now)) != NULL)
		emit(s, pkt);
}

/* Were the packets that wait just captured?  Then the machine's clock shows
 * that time has passed, else only packets do. */
static bool
window_is_live(const struct stream *s)
{
	const struct window *w = &s->window;

	return w->n > 0 && later(w->newest, w->span + LIVE_NS) >
	    clock_ns(CLOCK_REALTIME);
}

static bool
any_is_live(const struct merge *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->sources[i].live)
			return true;
	return false;
}

/* Files are sorted where several are merged, live packets only on request. */
static void
choose_window(struct stream *s)
{
	s->window.span = s->window_ns;
	if (!s->has_window && s->in.n > 1 && !any_is_live(&s->in))
		s->window.span = FILES_WINDOW_NS;
}

static void
sort(struct stream *s, const struct packet *pkt)
{
	if (s->last_ns == 0 && s->window.order == 0)
		choose_window(s);
	if (s->window.span == 0) {
		emit(s, pkt);
		return;
	}
	check(s, window_add(&s->window, pkt));
	release(s, 0);
}

/* --- merging ------------------------------------------------------------- */

/* Write packets until a source runs empty. */
static void
drain(struct stream *s)
{
	struct source *from;
	uint64_t until;

	while (!s->done && (from = merge_next(&s->in, &until)) != NULL) {
		do {
			sort(s, &from->head);
			source_advance(from);
		} while (!s->done && from->has_head &&
		    from->head.time_ns <= until);
		if (!from->has_head && !from->ended)
			return;
	}
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* When there is something to do even without input. */
static uint64_t
due_ns(const struct stream *s)
{
	uint64_t due = merge_due(&s->in);

	if (s->devices)
		due = sooner(due, sooner(s->tick_ns,
		    later(s->end_ns, GRACE_NS)));
	return window_is_live(s) ? sooner(due, window_due(&s->window)) : due;
}

/* One input has ended by an error; the others continue. */
static void
report_ends(struct stream *s)
{
	for (size_t i = 0; i < s->in.n; i++) {
		struct source *from = &s->in.sources[i];

		if (from->ended && from->error != NULL) {
			s->ended(from->error);
			s->broken = true;
			from->error = NULL;
		}
	}
}

/*
 * At SIGINT devices are read to the packets captured by now; the rest of files
 * is not read.
 */
static void
handle_signals(struct stream *s)
{
	if (signals_counts())
		s->counts();
	if (!signals_stop())
		return;
	if (!s->devices) {
		release(s, NEVER);
		s->done = true;
	}
	s->end_ns = sooner(s->end_ns, clock_ns(CLOCK_REALTIME));
	for (size_t i = 0; i < s->in.n; i++)
		if (!s->in.sources[i].is_device) {
			s->in.sources[i].has_head = false;
			s->in.sources[i].ended = true;
		}
}

static bool
finished(const struct stream *s)
{
	return s->done || merge_ended(&s->in) || (s->devices &&
	    clock_ns(CLOCK_REALTIME) > later(s->end_ns, GRACE_NS));
}

static void
merge(struct stream *s)
{
	if (s->devices)
		s->end_ns = later(clock_ns(CLOCK_REALTIME), s->limit_ns);
	for (size_t i = 0; i < s->in.n; i++)	/* read by source_look() */
		source_advance(&s->in.sources[i]);
	drain(s);
	handle_signals(s);		/* that came before */
	while (!finished(s)) {
		merge_fill(&s->in, due_ns(s));
		drain(s);
		if (window_is_live(s))
			release(s, clock_ns(CLOCK_REALTIME));
		flush(s);
		if (s->devices)
			tick(s, clock_ns(CLOCK_REALTIME));
		report_ends(s);
		handle_signals(s);
	}
	release(s, NEVER);
	window_free(&s->window);
}

/* --- copying ------------------------------------------------------------- */

/* Copy all complete packets in the buffer; false if the file is damaged. */
static bool
pass_buffer(struct stream *s, struct source *from, int fd)
{
	uint64_t start = from->file.offset;
	struct packet pkt;
	int r;

	while ((r = capfile_next(&from->file, &pkt)) == 1) {
		tick(s, pkt.time_ns);
		note_order(s, pkt.time_ns);
		from->packets++;
		s->out.written++;
	}
	check(s, capfile_pass(&from->file, start, fd));
	return r == 0;
}

static void
pass_through(struct stream *s, struct source *from, int fd)
{
	int r;

	io_widen_pipe(fd);
	while (pass_buffer(s, from, fd)) {
		handle_signals(s);
		if (s->done)
			return;
		if (signals_wait(from->file.fd, -1) == 0)
			continue;
		r = capfile_fill(&from->file);
		if (r == 0)
			return;
		if (r < 0)
			break;
	}
	s->ended(from->file.error);
}

/* The link type of the stream, by those of all inputs. */
static uint32_t
choose_link(struct stream *s)
{
	struct merge *in = &s->in;
	struct source_links links = { .any = false };
	bool known = true;

	for (size_t i = 0; i < in->n; i++)
		if (!source_look(&in->sources[i], in->n == 1, &links))
			known = false;
	if (links.several || (!known && in->n > 1))
		return COOKED_LINK;
	s->held = !links.any && known;
	return links.any ? links.link : ETHERNET;
}

int
stream_run(struct stream *s, int fd, bool as_is)
{
	uint32_t link = choose_link(s);

	s->first_ns = s->end_ns = NEVER;
	if (as_is && s->in.n == 1 && s->in.sources[0].is_pcap) {
		pass_through(s, &s->in.sources[0], fd);
	} else {
		check(s, outfile_open(&s->out, fd, link, s->snaplen));
		flush(s);
		merge(s);
		s->held &= s->broken;
		flush(s);
	}
	errno = s->error;
	return s->error == 0 ? 0 : -1;
}
