#include "handshake/evidence.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "wire/units.h"

struct line {
	char text[360];
	size_t n;
};

static const char *const events[ATTEMPT_EVENTS] = {
	[ATTEMPT_UNRELATED] = "not of this attempt, ignored",
	[ATTEMPT_LATE] = "after the verdict, ignored",
	[ATTEMPT_LATE_SYN] = "a late copy of the SYN of a live connection",
	[ATTEMPT_UNSEEN] = "its ACK is of bytes that were not captured",
	[ATTEMPT_BEFORE] = "of the connection before, ignored",
	[ATTEMPT_BEGIN] = "an attempt begins",
	[ATTEMPT_BEGIN_MIDSTREAM] =
	    "an attempt begins, whose SYN was not captured",
	[ATTEMPT_NEW_SYN] =
	    "another number or newer timestamp: a new attempt begins",
	[ATTEMPT_SYN_LATE] = "the SYN, captured after its answer",
	[ATTEMPT_SYN_AGAIN] = "the SYN retransmitted",
	[ATTEMPT_SYNACK] = "the server acknowledges the SYN",
	[ATTEMPT_SYNACK_AGAIN] = "the SYN/ACK retransmitted",
	[ATTEMPT_SERVER_SYN] = "the server sends a SYN: simultaneous open",
	[ATTEMPT_SERVER_SYN_AGAIN] = "the SYN of the server retransmitted",
	[ATTEMPT_SYN_ACKED] = "one end acknowledges the SYN of the other",
	[ATTEMPT_CLIENT_ACK] = "the client acknowledges the SYN/ACK",
	[ATTEMPT_CLIENT_DATA] =
	    "the client continues: it received an answer",
	[ATTEMPT_SERVER_ACK] =
	    "the server continues: it received the ACK",
	[ATTEMPT_RST] = "the server refuses: its RST acknowledges the SYN",
	[ATTEMPT_RST_AFTER_SYNACK] = "the server resets after its SYN/ACK",
	[ATTEMPT_CLIENT_RST] = "the client resets",
	[ATTEMPT_CLIENT_FIN] = "the client sends a FIN before an answer",
	[ATTEMPT_ICMP_HARD] = "an ICMP error ends the attempt",
	[ATTEMPT_ICMP_SOFT] = "the reason, if no answer follows",
};

static void add(struct line *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct line *l, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(l->text + l->n, sizeof l->text - l->n, format, ap);
	va_end(ap);
	l->n += n < 0 ? 0 : (size_t)n;
	if (l->n >= sizeof l->text)
		l->n = sizeof l->text - 1;
}

static void
add_time(struct line *l, uint64_t ns)
{
	add(l, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
}

static void
add_end(struct line *l, const struct endpoint *end)
{
	char text[ADDR_TEXT_MAX];
	int n = (int)addr_fmt(text, &end->addr);

	add(l, end->addr.v6 ? "[%.*s]:%u" : "%.*s:%u", n, text, end->port);
}

/* "time src > dst: " of a packet that the client or the server sent. */
static void
add_packet(struct line *l, uint64_t ns, const struct attempt *a,
    bool by_client)
{
	struct endpoint src = attempt_end(a, !by_client);
	struct endpoint dst = attempt_end(a, by_client);

	add_time(l, ns);
	add(l, " ");
	add_end(l, &src);
	add(l, " > ");
	add_end(l, &dst);
	add(l, ": ");
}

void
evidence_segment(const struct explain *e, unsigned topic,
    const struct attempt *a, bool by_client, uint64_t now,
    const struct tcp *tcp, enum attempt_event event)
{
	struct line l = { .n = 0 };

	add_packet(&l, now, a, by_client);
	for (unsigned i = 0; TCP_FLAG_LETTERS[i] != '\0'; i++)
		if (tcp->flags >> i & 1)
			add(&l, "%c", TCP_FLAG_LETTERS[i]);
	add(&l, " seq %" PRIu32, tcp->seq);
	if (tcp->flags & TCP_ACK)
		add(&l, " ack %" PRIu32, tcp->ack);
	if (tcp->len > 0)
		add(&l, " len %" PRIu32, tcp->len);
	explain_line(e, topic, "%s: %s", l.text, events[event]);
}

void
evidence_icmp(const struct explain *e, unsigned topic,
    const struct attempt *a, bool by_client, uint64_t now,
    enum icmp_kind kind, uint8_t code, uint32_t seq, enum attempt_event event)
{
	struct line l = { .n = 0 };

	add_packet(&l, now, a, by_client);
	explain_line(e, topic, "%sICMP %s %s about seq %" PRIu32 ": %s", l.text,
	    icmp_kind_name(kind),
	    icmp_why_name(attempt_end(a, 0).addr.v6, kind, code), seq,
	    events[event]);
}

static void
add_retransmits(struct line *l, unsigned n)
{
	if (n == 1)
		add(l, ", retransmitted once");
	else if (n > 1)
		add(l, ", retransmitted %u times", n);
}

/* When the SYN and the SYN/ACK came, and how often they were retransmitted. */
static void
add_handshake(struct line *l, const struct attempt *a, uint64_t first)
{
	add(l, attempt_has_syn(a) ? "SYN at " : "SYN not captured");
	if (attempt_has_syn(a))
		add_time(l, first);
	add_retransmits(l, a->syns);
	if (a->last_syn > 0) {
		add(l, ", last%s at ", attempt_has_synack(a) ?
		    " before the SYN/ACK" : "");
		add_time(l, first + a->last_syn);
	}
	if (attempt_has_synack(a)) {
		add(l, ", SYN/ACK at ");
		add_time(l, first + a->synack);
	}
	add_retransmits(l, a->synacks);
}

/* The event that decided it, or what did not come in time. */
static void
add_decision(struct line *l, const struct attempt *a, uint64_t at)
{
	const char *what = a->event != ATTEMPT_UNRELATED ? events[a->event] :
	    a->why == WHY_NEW_SYN ? "another attempt begins" :
	    a->why == WHY_FORGOTTEN ? "the table is full" : NULL;

	add(l, what != NULL ? "; at " : "; after ");
	add_time(l, at);
	if (what != NULL)
		add(l, " %s", what);
	else
		add(l, " no %s%s", a->why == WHY_NO_ACK ? "ACK" : "answer",
		    a->why == WHY_ICMP ? " after an ICMP error" : "");
}

void
evidence_verdict(const struct explain *e, unsigned topic,
    const struct attempt *a, const struct verdict *v, uint64_t now,
    const char *because)
{
	struct line l = { .n = 0 };

	add_packet(&l, v->time, a, true);
	add(&l, "%s", verdict_result_name(v->result));
	if (v->why != WHY_NONE)
		add(&l, " %s", verdict_why_name(v));
	add(&l, ": ");
	add_handshake(&l, a, v->time);
	add_decision(&l, a, v->time + v->took);
	if (because == NULL)
		add(&l, "; not reported, since no filter matches");
	else {
		add(&l, "; reported at ");
		add_time(&l, now);
		add(&l, ": %s", because);
	}
	explain_line(e, topic, "%s", l.text);
}
