/*
 * States and histories, a conversation each: words of "who flags[+len]", C the
 * client, S the server, and what Zeek's conn.log has for it.
 */
#include "check.h"
#include "track/state.h"

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
	/* A FIN and then a RST: it had been closed. */
	{ "CS SSA CA CFA SFA CA SR", "SF", "ShAFfr" },
	{ "CS SSA CA SFA SR CFA", "SF", "ShAfrF" },
	/* Data of the past, of one side, and nothing but a RST. */
	{ "CA+5 SA", "OTH", "Da" },
	{ "CR", "OTH", "R" },
	/* A SYN/ACK alone, one with what follows, one before its SYN. */
	{ "SSA", "OTH", "^h" },
	{ "SSA CA CA+5", "S1", "^hAD" },
	{ "SSA SR", "RSTRH", "^hr" },
	{ "SSA SFA", "SHR", "^hf" },
	/* Simultaneous open; nonsense. */
	{ "CS SS CSA SSA", "S1", "Ss" },
	{ "CS SSA CA CFS+3", "S2", "ShAQ" },
};

static struct ends e;
static unsigned packets;

static void
take(int from, const char *flags, uint32_t len)
{
	static const char letters[] = TCP_FLAG_LETTERS;
	struct ends_facts facts = { .again = true };
	struct tcp tcp = { .len = len, .seq = 100,
	    .sport = from == C ? 40000 : 80, .dport = from == C ? 80 : 40000 };

	for (; *flags != '\0'; flags++)
		tcp.flags |= (uint16_t)(1u << (strchr(letters, *flags) -
		    letters));
	if (packets++ == 0)
		ends_begin(&e, from, &tcp);
	ends_take(&e, NULL, from, &tcp, &facts);
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
		take(*word == 'S', flags, len != NULL ?
		    (uint32_t)(*len - '0') : 0);
	}
}

static void
states(void)
{
	char history[ENDS_HISTORY_MAX];

	for (size_t i = 0; i < sizeof conversations / sizeof *conversations;
	    i++) {
		bool bytes = strchr(conversations[i].packets, '+') != NULL;

		play(conversations[i].packets);
		ends_history(&e, 0, history);
		if (strcmp(history, conversations[i].history) != 0)
			printf("%s:\n", conversations[i].packets);
		CHECK_TEXT(history, conversations[i].history);
		CHECK_TEXT(ends_state(&e, history, bytes),
		    conversations[i].state);
	}
}

/* Who opened it is told by the SYN, by the SYN/ACK, by the port, or not. */
static void
roles(void)
{
	struct tcp tcp = { .sport = 80, .dport = 40000, .flags = TCP_ACK };

	ends_begin(&e, C, &tcp);
	CHECK_NUM(e.opener, S);
	CHECK_NUM(e.roles, ROLES_PORT);
	tcp.dport = 443;	/* both are servers' ports: the lower one */
	ends_begin(&e, C, &tcp);
	CHECK_NUM(e.opener, S);
	tcp.sport = 40000;
	tcp.dport = 50000;
	ends_begin(&e, C, &tcp);
	CHECK_NUM(e.opener, C);
	CHECK_NUM(e.roles, ROLES_FIRST);
	tcp.sport = 80;		/* a SYN goes before any port */
	tcp.flags = TCP_SYN;
	ends_begin(&e, C, &tcp);
	CHECK_NUM(e.opener, C);
	CHECK_NUM(e.roles, ROLES_SYN);
}

/* A SYN/ACK from no known port is one when somebody goes on. */
static void
flips(void)
{
	struct ends_facts facts = { .again = true };
	struct tcp tcp = { .sport = 50000, .dport = 40000,
	    .flags = TCP_SYN | TCP_ACK };
	char history[ENDS_HISTORY_MAX];

	ends_begin(&e, S, &tcp);
	ends_take(&e, NULL, S, &tcp, &facts);
	CHECK_NUM(e.opener, S);
	tcp.flags = TCP_ACK;
	ends_take(&e, NULL, C, &tcp, &facts);
	CHECK_NUM(e.opener, C);
	CHECK_NUM(e.roles, ROLES_SYN_ACK);
	ends_history(&e, 0, history);
	CHECK_TEXT(history, "Ha^");
	CHECK_TEXT(ends_state(&e, history, false), "S1");
}

/* The first, tenth and hundredth have a letter; what is too much is cut. */
static void
events(void)
{
	char history[ENDS_HISTORY_MAX];
	uint64_t more = 0;

	play("CS SSA");
	for (uint32_t n = 1; n <= 120; n++)
		ends_event(&e, &more, S, 'W', n);
	ends_history(&e, more, history);
	CHECK_TEXT(history, "Shwww");
	for (int i = 0; i < 40; i++)
		ends_event(&e, &more, C, 'T', 1);
	ends_history(&e, more, history);
	CHECK_NUM(strlen(history), ENDS_HISTORY_MAX - 1);
	CHECK(ends_full(&e));
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
