#include "track/state.h"

#include <string.h>

/* What a number of 5 bits stands for, from 1: Zeek's letters. */
static const char letters[] = "^SHADFRTWGIQshadfrtwgiq";

/* The letters that an end has once, or again with another number. */
enum {
	SEEN_SYN = 1, SEEN_FIN = 2, SEEN_RST = 4, SEEN_DATA = 8,
	SEEN_ACK = 16, SEEN_MULTI = 32, SEEN_FIN_RST = 64
};

/* Put a letter behind those of a word that has room for max; false when it
 * has none left. */
static bool
push(uint64_t *word, unsigned max, uint64_t code)
{
	for (unsigned i = 0; i < max; i++)
		if ((*word >> 5 * i & 31) == 0) {
			*word |= code << 5 * i;
			return true;
		}
	return false;
}

static void
add_letter(struct ends *e, uint64_t *more, char letter)
{
	uint64_t early = e->early, late = e->late;
	uint64_t code = (uint64_t)(strchr(letters, letter) - letters) + 1;

	if (push(&early, ENDS_LETTERS, code))
		e->early = early & ((1u << 30) - 1);
	else if (push(&late, ENDS_LETTERS, code))
		e->late = late & ((1u << 30) - 1);
	else if (more != NULL)
		push(more, ENDS_MORE, code);
}

/* In capitals for the opener, in small letters for the other end. */
static char
of_end(const struct ends *e, int from, char letter)
{
	return e->opener == (unsigned)from ? letter : (char)(letter | 0x20);
}

/* A letter that an end has once; was it there? */
static bool
add_once(struct ends *e, uint64_t *more, int from, unsigned bit, char letter)
{
	if (e->end[from].seen & bit)
		return true;
	e->end[from].seen |= bit & 127;
	add_letter(e, more, of_end(e, from, letter));
	return false;
}

static void
add_numbered(struct ends *e, uint64_t *more, int from, unsigned bit,
    char letter, bool again)
{
	if (add_once(e, more, from, bit, letter) && !again)
		add_letter(e, more, of_end(e, from, letter));
}

static void
add_history(struct ends *e, uint64_t *more, int from, const struct tcp *tcp,
    bool again)
{
	unsigned hash = (tcp->seq * UINT32_C(2654435761)) >> 29;

	switch (tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST)) {
	case 0:
		if (tcp->len > 0)
			add_once(e, more, from, SEEN_DATA, 'D');
		else if (tcp->flags & TCP_ACK)
			add_once(e, more, from, SEEN_ACK, 'A');
		break;
	case TCP_SYN:
		add_numbered(e, more, from, SEEN_SYN,
		    tcp->flags & TCP_ACK ? 'H' : 'S', again);
		break;
	case TCP_FIN:
		add_numbered(e, more, from, SEEN_FIN, 'F', again);
		break;
	case TCP_RST:
		add_numbered(e, more, from, SEEN_RST, 'R',
		    e->end[from].rst == hash);
		e->end[from].rst = hash & 7;
		break;
	default:
		if (tcp->flags & TCP_FIN && tcp->flags & TCP_RST)
			add_once(e, more, from, SEEN_FIN_RST, 'I');
		else
			add_once(e, more, from, SEEN_MULTI, 'Q');
	}
}

void
ends_event(struct ends *e, uint64_t *more, int from, char letter, uint32_t n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	if (n == 1)
		add_letter(e, more, of_end(e, from, letter));
}

bool
ends_window_counts(const struct ends *e, int from)
{
	return e->end[!from].state != END_CLOSED &&
	    e->end[from].state != END_RESET;
}

static void
set_state(struct end *end, enum end_state state)
{
	if (end->state == state)
		return;
	end->prev = end->state;
	end->state = state & 7;
}

static void
flip(struct ends *e, uint64_t *more)
{
	e->opener ^= 1;
	e->flipped = 1;
	add_letter(e, more, '^');
}

/* The first SYN of an end. */
static void
take_syn(struct ends *e, uint64_t *more, int from, const struct tcp *tcp,
    const struct ends_facts *facts)
{
	struct end *end = &e->end[from], *peer = &e->end[!from];
	bool ack = tcp->flags & TCP_ACK;

	if (e->opener == (unsigned)from) {
		set_state(end, ack ? END_SYN_ACK_SENT : END_SYN_SENT);
		return;
	}
	if (!ack && peer->state == END_SYN_ACK_SENT && facts->answers) {
		/* They were captured in the wrong order. */
		flip(e, more);
		e->roles = ROLES_SYN;
		set_state(peer, END_ESTABLISHED);
	}
	if (peer->state == END_SYN_SENT)
		set_state(peer, END_ESTABLISHED);
	set_state(end, END_ESTABLISHED);
}

/* The first segment of an end, and it is no SYN, FIN or RST. */
static void
take_plain(struct ends *e, uint64_t *more, int from, const struct tcp *tcp)
{
	struct end *end = &e->end[from], *peer = &e->end[!from];

	if (e->opener != (unsigned)from && peer->state == END_SYN_ACK_SENT) {
		/* A SYN/ACK, and now what comes behind it. */
		flip(e, more);
		e->roles = ROLES_SYN_ACK;
		set_state(peer, END_ESTABLISHED);
	}
	if (tcp->flags & TCP_ACK && peer->state == END_ESTABLISHED)
		set_state(end, END_ESTABLISHED);
	else if (e->opener == (unsigned)from || tcp->len > 0 ||
	    peer->state != END_SYN_SENT)
		set_state(end, END_PARTIAL);
}

static void
take_inactive(struct ends *e, uint64_t *more, int from, const struct tcp *tcp,
    const struct ends_facts *facts)
{
	struct end *end = &e->end[from];

	if (tcp->flags & TCP_SYN)
		take_syn(e, more, from, tcp, facts);
	if (tcp->flags & TCP_FIN)
		set_state(end, END_CLOSED);
	if (tcp->flags & TCP_RST)
		set_state(end, END_RESET);
	if (end->state == END_INACTIVE)
		take_plain(e, more, from, tcp);
}

static void
take_open(struct ends *e, int from, const struct tcp *tcp)
{
	struct end *end = &e->end[from], *peer = &e->end[!from];

	if (tcp->flags & TCP_SYN && end->state == END_PARTIAL &&
	    peer->state == END_INACTIVE && !(tcp->flags & TCP_ACK))
		set_state(end, END_SYN_SENT);
	if (tcp->flags & TCP_FIN && !(tcp->flags & TCP_RST)) {
		set_state(end, END_CLOSED);
		/* A FIN and then a RST of the peer: it had closed. */
		if (peer->state == END_RESET && peer->prev == END_CLOSED)
			set_state(peer, END_CLOSED);
	}
	if (tcp->flags & TCP_RST)
		set_state(end, END_RESET);
}

void
ends_take(struct ends *e, uint64_t *more, int from, const struct tcp *tcp,
    const struct ends_facts *facts)
{
	struct end *end = &e->end[from];

	add_history(e, more, from, tcp, facts->again);
	switch (end->state) {
	case END_INACTIVE:
		take_inactive(e, more, from, tcp, facts);
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
		take_open(e, from, tcp);
		break;
	case END_CLOSED:
		if (tcp->flags & TCP_RST && e->end[!from].state != END_CLOSED)
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
 * Without a SYN the ports tell.  A SYN/ACK's sender may also be a scanner,
 * until an answer shows that it is not.
 */
void
ends_begin(struct ends *e, int from, const struct tcp *tcp)
{
	bool src = is_server_port(tcp->sport), dst = is_server_port(tcp->dport);
	bool syn = tcp->flags & TCP_SYN, ack = tcp->flags & TCP_ACK;

	memset(e, 0, sizeof *e);
	e->opener = from & 1;
	if (syn && !ack) {
		e->roles = ROLES_SYN;
		return;
	}
	e->roles = src || dst ? ROLES_PORT : ROLES_FIRST;
	if (src && (dst ? !syn && tcp->sport < tcp->dport : true))
		flip(e, NULL);
	if (syn && e->flipped)
		e->roles = ROLES_SYN_ACK;
}

void
ends_history(const struct ends *e, uint64_t more, char *out)
{
	const uint64_t words[] = { e->early, e->late, more };

	for (unsigned w = 0; w < 3; w++)
		for (uint64_t rest = words[w]; rest != 0; rest >>= 5)
			*out++ = letters[(rest & 31) - 1];
	*out = '\0';
}

/* The opener sent a SYN and a RST, and nothing that would be an answer. */
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
state_of_reset(enum end_state opener, enum end_state other,
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
ends_state(const struct ends *e, const char *history, bool bytes)
{
	enum end_state opener = e->end[e->opener].state;
	enum end_state other = e->end[!e->opener].state;

	if (opener == END_RESET || other == END_RESET)
		return state_of_reset(opener, other, history, bytes);
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
ends_roles_name(enum ends_roles r)
{
	static const char *const names[] = {
		[ROLES_FIRST] = "first", [ROLES_PORT] = "port",
		[ROLES_SYN_ACK] = "synack", [ROLES_SYN] = "syn"
	};

	return names[r];
}
