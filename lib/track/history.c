#include "track/history.h"

#include <string.h>

/* Zeek's letters; the code of each is its place, from 1. */
static const char letters[] = "^SHADFRTWGIQshadfrtwgiq";

#define CAPITALS	UINT64_C(11)	/* of the letters, before the small ones */

/* Bits of an end: letters that stand once, or again with another number. */
enum {
	SEEN_SYN = 1, SEEN_FIN = 2, SEEN_RST = 4, SEEN_DATA = 8,
	SEEN_ACK = 16, SEEN_MULTI = 32, SEEN_FIN_RST = 64
};

/* Append a code to a word with room for max; false if it is full. */
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
add_letter(struct state *s, uint64_t *spill, char letter)
{
	uint64_t early = s->early, late = s->late;
	uint64_t code = (uint64_t)(strchr(letters, letter) - letters) + 1;

	if (push(&early, HISTORY_WORD, code))
		s->early = early & ((1u << 30) - 1);
	else if (push(&late, HISTORY_WORD, code))
		s->late = late & ((1u << 30) - 1);
	else if (spill != NULL)
		push(spill, HISTORY_SPILL, code);
}

/* Upper case for the opener, lower case for the other end. */
static char
of_end(const struct state *s, int from, char letter)
{
	return s->opener == (unsigned)from ? letter : (char)(letter | 0x20);
}

/* Add a letter that an end has once; returns whether it was there. */
static bool
add_once(struct state *s, uint64_t *spill, int from, unsigned bit,
    char letter)
{
	if (s->end[from].seen & bit)
		return true;
	s->end[from].seen |= bit & 127;
	add_letter(s, spill, of_end(s, from, letter));
	return false;
}

/* Add a letter that an end has again with each sequence number. */
static void
add_numbered(struct state *s, uint64_t *spill, int from, unsigned bit,
    char letter, bool repeated)
{
	if (add_once(s, spill, from, bit, letter) && !repeated)
		add_letter(s, spill, of_end(s, from, letter));
}

void
history_segment(struct state *s, uint64_t *spill, int from,
    const struct tcp *tcp, bool repeated)
{
	unsigned hash = (tcp->seq * UINT32_C(2654435761)) >> 29;

	switch (tcp->flags & (TCP_SYN | TCP_FIN | TCP_RST)) {
	case 0:
		if (tcp->len > 0)
			add_once(s, spill, from, SEEN_DATA, 'D');
		else if (tcp->flags & TCP_ACK)
			add_once(s, spill, from, SEEN_ACK, 'A');
		break;
	case TCP_SYN:
		add_numbered(s, spill, from, SEEN_SYN,
		    tcp->flags & TCP_ACK ? 'H' : 'S', repeated);
		break;
	case TCP_FIN:
		add_numbered(s, spill, from, SEEN_FIN, 'F', repeated);
		break;
	case TCP_RST:
		add_numbered(s, spill, from, SEEN_RST, 'R',
		    s->end[from].rst == hash);
		s->end[from].rst = hash & 7;
		break;
	default:
		if (tcp->flags & TCP_FIN && tcp->flags & TCP_RST)
			add_once(s, spill, from, SEEN_FIN_RST, 'I');
		else
			add_once(s, spill, from, SEEN_MULTI, 'Q');
	}
}

void
history_flip(struct state *s, uint64_t *spill)
{
	add_letter(s, spill, '^');
}

void
history_flip_first(struct state *s)
{
	uint64_t word = 1;	/* ^ */

	for (unsigned i = 0; i + 1 < HISTORY_WORD; i++) {
		uint64_t code = s->early >> 5 * i & 31;

		if (code > 1)
			code += code <= CAPITALS + 1 ? CAPITALS : -CAPITALS;
		word |= code << 5 * (i + 1);
	}
	s->early = word & ((1u << 30) - 1);
}

void
history_event(struct state *s, uint64_t *spill, int from, char letter,
    uint32_t n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	if (n == 1)
		add_letter(s, spill, of_end(s, from, letter));
}

void
history_text(const struct state *s, uint64_t spill, char *out)
{
	const uint64_t words[] = { s->early, s->late, spill };

	for (unsigned w = 0; w < 3; w++)
		for (uint64_t rest = words[w]; rest != 0; rest >>= 5)
			*out++ = letters[(rest & 31) - 1];
	*out = '\0';
}
