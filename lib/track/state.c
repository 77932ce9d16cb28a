#include "track/state.h"

#include <string.h>

#include "track/history.h"

static void
set_state(struct state_end *end, enum end_state state)
{
	if (end->now == state)
		return;
	end->before = end->now;
	end->now = state & 7;
}

/* The opener turns out to be the other end. */
static void
flip(struct state *s, uint64_t *spill)
{
	s->opener ^= 1;
	s->flipped = 1;
	history_flip(s, spill);
}

/* The first SYN of an end. */
static void
update_by_syn(struct state *s, uint64_t *spill, int from,
    const struct tcp *tcp, const struct state_facts *facts)
{
	struct state_end *end = &s->end[from], *peer = &s->end[!from];
	bool ack = tcp->flags & TCP_ACK;

	if (s->opener == (unsigned)from) {
		set_state(end, ack ? END_SYN_ACK_SENT : END_SYN_SENT);
		return;
	}
	if (!ack && peer->now == END_SYN_ACK_SENT && facts->acked) {
		/* The SYN was captured after the SYN/ACK that answers it. */
		flip(s, spill);
		s->roles = ROLES_SYN;
		set_state(peer, END_ESTABLISHED);
	}
	if (peer->now == END_SYN_SENT)
		set_state(peer, END_ESTABLISHED);
	set_state(end, END_ESTABLISHED);
}

/* The first segment of an end, without SYN, FIN and RST. */
static void
update_by_plain(struct state *s, int from, const struct tcp *tcp)
{
	struct state_end *end = &s->end[from], *peer = &s->end[!from];

	if (tcp->flags & TCP_ACK && peer->now == END_ESTABLISHED)
		set_state(end, END_ESTABLISHED);
	else if (s->opener == (unsigned)from || tcp->len > 0 ||
	    peer->now != END_SYN_SENT)
		set_state(end, END_PARTIAL);
}

static void
update_inactive(struct state *s, uint64_t *spill, int from,
    const struct tcp *tcp, const struct state_facts *facts)
{
	struct state_end *end = &s->end[from];

	if (tcp->flags & TCP_SYN)
		update_by_syn(s, spill, from, tcp, facts);
	if (tcp->flags & TCP_FIN)
		set_state(end, END_CLOSED);
	if (tcp->flags & TCP_RST)
		set_state(end, END_RESET);
	if (end->now == END_INACTIVE)
		update_by_plain(s, from, tcp);
}

static void
update_open(struct state *s, int from, const struct tcp *tcp)
{
	struct state_end *end = &s->end[from], *peer = &s->end[!from];

	if (tcp->flags & TCP_SYN && end->now == END_PARTIAL &&
	    peer->now == END_INACTIVE && !(tcp->flags & TCP_ACK))
		set_state(end, END_SYN_SENT);
	if (tcp->flags & TCP_FIN && !(tcp->flags & TCP_RST)) {
		set_state(end, END_CLOSED);
		/* The peer sent a FIN before its RST: it counts as closed. */
		if (peer->now == END_RESET && peer->before == END_CLOSED)
			set_state(peer, END_CLOSED);
	}
	if (tcp->flags & TCP_RST)
		set_state(end, END_RESET);
}

/* The peer sent a SYN/ACK first, and this continues after it: the end that sends
 * it opened the connection, as Zeek has it. */
static void
answer_synack(struct state *s, int from, const struct tcp *tcp)
{
	struct state_end *peer = &s->end[!from];

	if (s->opener == (unsigned)from || peer->now != END_SYN_ACK_SENT ||
	    tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST))
		return;
	s->opener ^= 1;
	s->flipped = 1;
	history_flip_first(s);
	s->roles = ROLES_SYN_ACK;
	set_state(peer, END_ESTABLISHED);
}

void
state_update(struct state *s, uint64_t *spill, int from,
    const struct tcp *tcp, const struct state_facts *facts)
{
	struct state_end *end = &s->end[from];

	if (end->now == END_INACTIVE)
		answer_synack(s, from, tcp);
	history_segment(s, spill, from, tcp, facts->repeated);
	switch (end->now) {
	case END_INACTIVE:
		update_inactive(s, spill, from, tcp, facts);
		break;
	case END_SYN_SENT:
	case END_SYN_ACK_SENT:
		if (tcp->flags & TCP_FIN)
			set_state(end, END_CLOSED);
		if (tcp->flags & TCP_RST)
			set_state(end, END_RESET);
		break;
	case END_PARTIAL:
	case END_ESTABLISHED:
		update_open(s, from, tcp);
		break;
	case END_CLOSED:
		if (tcp->flags & TCP_RST && s->end[!from].now != END_CLOSED)
			set_state(end, END_RESET);
		break;
	default:
		break;
	}
}

/* Zeek's likely_server_ports, those of TCP. */
static bool
is_server_port(uint16_t port)
{
	static const uint16_t ports[] = {
		21, 22, 25, 53, 79, 80, 81, 88, 110, 135, 139, 143, 389, 443,
		445, 502, 514, 563, 585, 587, 614, 631, 636, 989, 990, 992,
		993, 995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5060,
		5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668, 6669, 8000,
		8080, 8888, 20000
	};

	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
		if (ports[i] == port)
			return true;
	return false;
}

/*
 * Without a SYN, the server is the end with a server's port, or with the lower
 * of two such ports.  A SYN/ACK may be a scanner's: unless its sender alone has
 * a server's port, the sender counts as the opener until the peer answers.
 */
void
state_begin(struct state *s, int from, const struct tcp *tcp)
{
	bool src = is_server_port(tcp->sport), dst = is_server_port(tcp->dport);
	bool syn = tcp->flags & TCP_SYN, ack = tcp->flags & TCP_ACK;

	memset(s, 0, sizeof *s);
	s->opener = from & 1;
	if (syn && !ack) {
		s->roles = ROLES_SYN;
		return;
	}
	s->roles = src || dst ? ROLES_PORT : ROLES_FIRST;
	if (src && (dst ? !syn && tcp->sport < tcp->dport : true))
		flip(s, NULL);
	if (syn && s->flipped)
		s->roles = ROLES_SYN_ACK;
}

/* The opener sent a SYN and then a RST, with nothing in between that would
 * continue the connection. */
static bool
gave_up(const char *history)
{
	history += *history == '^';
	if (*history != 'S')
		return false;
	return history[strcspn(history, "HAFGIQR")] == 'R';
}

static bool
is_idle(enum end_state s)
{
	return s == END_INACTIVE || s == END_PARTIAL;
}

static const char *
name_of_reset(enum end_state opener, enum end_state other,
    const char *history, bool bytes)
{
	if (other == END_RESET) {
		if (opener == END_SYN_SENT || opener == END_SYN_ACK_SENT ||
		    (opener == END_RESET && !bytes))
			return "REJ";
		return is_idle(opener) ? "RSTRH" : "RSTR";
	}
	if (!is_idle(other))
		return "RSTO";
	return gave_up(history) ? "RSTOS0" : "OTH";
}

const char *
state_name(const struct state *s, const char *history, bool bytes)
{
	enum end_state opener = s->end[s->opener].now;
	enum end_state other = s->end[!s->opener].now;

	if (opener == END_RESET || other == END_RESET)
		return name_of_reset(opener, other, history, bytes);
	if (opener == END_CLOSED && other == END_CLOSED)
		return "SF";
	if (opener == END_CLOSED)
		return is_idle(other) ? "SH" : "S2";
	if (other == END_CLOSED)
		return is_idle(opener) ? "SHR" : "S3";
	if (opener == END_SYN_SENT && other == END_INACTIVE)
		return "S0";
	if (opener == END_ESTABLISHED && other == END_ESTABLISHED)
		return "S1";
	return "OTH";
}

const char *
state_roles_name(enum state_roles r)
{
	static const char *const names[] = {
		[ROLES_FIRST] = "first", [ROLES_PORT] = "port",
		[ROLES_SYN_ACK] = "synack", [ROLES_SYN] = "syn"
	};

	return names[r];
}
