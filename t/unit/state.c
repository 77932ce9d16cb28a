/*
 * States and histories, a conversation each: words of "who flags[+len]", C the
 * client, S the server, and the state and history of Zeek's conn.log.
 */
#include "check.h"
#include "track/history.h"

enum { C, S };

static const struct {
	const char *packets, *state, *history;
} conversations[] = {
	{ "CS", "S0", "S" },
	{ "CS SSA", "S1", "Sh" },
	{ "CS SSA CA", "S1", "ShA" },
	{ "CS SSA CA CA+5 SA SA+9 CA CFA SFA CA", "SF", "ShADadFf" },
	{ "CS SSA CA CA+5 SA+9 CFA SA", "S2", "ShADdFa" },
	{ "CS SSA CA SFA CA", "S3", "ShAf" },
	{ "CS SRA", "REJ", "Sr" },
	{ "CS SSA CR", "RSTO", "ShR" },
	{ "CS SSA CA CA+5 SR", "RSTR", "ShADr" },
	{ "CS SSA CA CA+5 CR", "RSTO", "ShADR" },
	{ "CS CR", "RSTOS0", "SR" },
	{ "CS CFA", "SH", "SF" },
	/* A RST after a FIN: the connection counts as closed. */
	{ "CS SSA CA CFA SFA CA SR", "SF", "ShAFfr" },
	{ "CS SSA CA SFA SR CFA", "SF", "ShAfrF" },
	/* No SYN captured; a RST alone. */
	{ "CA+5 SA", "OTH", "Da" },
	{ "CR", "OTH", "R" },
	/* No SYN captured: a SYN/ACK alone, and with what follows it. */
	{ "SSA", "OTH", "^h" },
	{ "SSA CA CA+5", "S1", "^hAD" },
	{ "SSA SR", "RSTRH", "^hr" },
	{ "SSA SFA", "SHR", "^hf" },
	/* A simultaneous open; flags that contradict each other. */
	{ "CS SS CSA SSA", "S1", "Ss" },
	{ "CS SSA CA CFS+3", "S2", "ShAQ" },
};

static struct state s;
static unsigned packets;

static void
segment(int from, const char *flags, uint32_t len)
{
	static const char letters[] = TCP_FLAG_LETTERS;
	struct state_facts facts = { .repeated = true };
	struct tcp tcp = { .len = len, .seq = 100,
	    .sport = from == C ? 40000 : 80, .dport = from == C ? 80 : 40000 };

	for (; *flags != '\0'; flags++)
		tcp.flags |= (uint16_t)(1u << (strchr(letters, *flags) -
		    letters));
	if (packets++ == 0)
		state_begin(&s, from, &tcp);
	state_update(&s, NULL, from, &tcp, &facts);
}

static void
play(const char *text)
{
	char copy[128], *rest = copy, *word;

	packets = 0;
	snprintf(copy, sizeof copy, "%s", text);
	while ((word = strsep(&rest, " ")) != NULL) {
		char *flags = word + 1, *len = strchr(word, '+');

		if (len != NULL)
			*len++ = '\0';
		segment(*word == 'S', flags, len != NULL ?
		    (uint32_t)(*len - '0') : 0);
	}
}

static void
states(void)
{
	char history[HISTORY_MAX];

	for (size_t i = 0; i < sizeof conversations / sizeof *conversations;
	    i++) {
		bool bytes = strchr(conversations[i].packets, '+') != NULL;

		play(conversations[i].packets);
		history_text(&s, 0, history);
		if (strcmp(history, conversations[i].history) != 0)
			printf("%s:\n", conversations[i].packets);
		CHECK_TEXT(history, conversations[i].history);
		CHECK_TEXT(state_name(&s, history, bytes),
		    conversations[i].state);
	}
}

/* The opener by SYN, by a server's port, or by the first packet. */
static void
roles(void)
{
	struct tcp tcp = { .sport = 80, .dport = 40000, .flags = TCP_ACK };

	state_begin(&s, C, &tcp);
	CHECK_NUM(s.opener, S);
	CHECK_NUM(s.roles, ROLES_PORT);
	tcp.dport = 443;	/* two servers' ports: the lower one */
	state_begin(&s, C, &tcp);
	CHECK_NUM(s.opener, S);
	tcp.sport = 40000;
	tcp.dport = 50000;
	state_begin(&s, C, &tcp);
	CHECK_NUM(s.opener, C);
	CHECK_NUM(s.roles, ROLES_FIRST);
	tcp.sport = 80;		/* a SYN outweighs any port */
	tcp.flags = TCP_SYN;
	state_begin(&s, C, &tcp);
	CHECK_NUM(s.opener, C);
	CHECK_NUM(s.roles, ROLES_SYN);
}

/* The sender of a SYN/ACK is the server once its peer answers. */
static void
flips(void)
{
	struct state_facts facts = { .repeated = true };
	struct tcp tcp = { .sport = 50000, .dport = 40000,
	    .flags = TCP_SYN | TCP_ACK };
	char history[HISTORY_MAX];

	state_begin(&s, S, &tcp);
	state_update(&s, NULL, S, &tcp, &facts);
	CHECK_NUM(s.opener, S);
	tcp.flags = TCP_ACK;
	state_update(&s, NULL, C, &tcp, &facts);
	CHECK_NUM(s.opener, C);
	CHECK_NUM(s.roles, ROLES_SYN_ACK);
	history_text(&s, 0, history);
	CHECK_TEXT(history, "^hA");
	CHECK_TEXT(state_name(&s, history, false), "S1");
}

/* The 1st, 10th and 100th have a letter; what does not fit is omitted. */
static void
events(void)
{
	char history[HISTORY_MAX];
	uint64_t spill = 0;

	play("CS SSA");
	for (uint32_t n = 1; n <= 120; n++)
		history_event(&s, &spill, S, 'W', n);
	history_text(&s, spill, history);
	CHECK_TEXT(history, "Shwww");
	for (int i = 0; i < 40; i++)
		history_event(&s, &spill, C, 'T', 1);
	history_text(&s, spill, history);
	CHECK_NUM(strlen(history), HISTORY_MAX - 1);
	CHECK(history_full(&s));
}

int
main(void)
{
	states();
	roles();
	flips();
	events();
	return check_failures != 0;
}
