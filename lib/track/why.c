#include "track/why.h"

#include <inttypes.h>
#include <stdio.h>

#include "wire/units.h"

enum unit { NO_VALUE, NUMBER, SECONDS };

static const struct {
	const char *word;
	enum unit unit;
	const char *sentence;
} proofs[WHY_PROOFS] = {
	[WHY_NONE] = { "-", NO_VALUE,
	    "no duplicate ACKs, too soon for a time-out" },
	[WHY_TOOBIG] = { "toobig", NO_VALUE,
	    "an ICMP error reported its flight as too big" },
	[WHY_TIMEOUT] = { "timeout", SECONDS,
	    "no duplicate ACKs, late enough for a time-out" },
	[WHY_RECOVER] = { "recover", NO_VALUE,
	    "sent before a time-out of its sender" },
	[WHY_DUPACK] = { "dupack", NUMBER,
	    "duplicate ACKs had reported it missing" },
	[WHY_SACK] = { "sack", NUMBER,
	    "SACK had reported it missing" },
	[WHY_LAST] = { "last", NO_VALUE, "the last segment sent, no duplicate "
	    "ACKs, too soon for a time-out" },
	[WHY_ID_AFTER] = { "ipid", NO_VALUE,
	    "IP identification after that of the segment after it" },
	[WHY_ID_BEFORE] = { "ipid", NO_VALUE,
	    "IP identification before that of the segment after it" },
	[WHY_TSVAL_AFTER] = { "tsval", NO_VALUE,
	    "TSval newer than that of the segment after it" },
	[WHY_TSVAL_BEFORE] = { "tsval", NO_VALUE,
	    "TSval older than that of the segment after it" },
	[WHY_TSVAL_STILL] = { "tsval", NO_VALUE,
	    "the TSval has not advanced, the sender's clock has" },
	[WHY_DELAY] = { "delay", SECONDS,
	    "no sooner than a retransmission could come" },
	[WHY_EARLY] = { "early", NO_VALUE,
	    "sooner than a retransmission could come" },
	[WHY_AFTER_RESENT] = { "original", NO_VALUE,
	    "it came after its retransmission" },
	[WHY_FILLED] = { "filled", NO_VALUE,
	    "SACK showed a hole that the original filled" },
	[WHY_COPY] = { "copy", NO_VALUE, "the same packet again" },
	[WHY_SAME_ID] = { "ipid", NO_VALUE,
	    "the same packet again, by its IP identification" },
	[WHY_TSVAL_OLD] = { "tsval", NO_VALUE,
	    "TSval not newer than the original's" },
	[WHY_RESENT_ACKED] = { "acked", NO_VALUE,
	    "a retransmission of it was acknowledged" },
	[WHY_DSACK_ONE] = { "dsack", NO_VALUE,
	    "D-SACK, though only one copy was captured" },
	[WHY_ACKED] = { "acked", NO_VALUE, "already acknowledged" },
	[WHY_SACKED] = { "sacked", NO_VALUE, "already in a SACK block" },
	[WHY_DSACK] = { "dsack", NO_VALUE, "D-SACK" },
	[WHY_ECHO] = { "echo", NO_VALUE,
	    "the ACK echoes a TSval sent before it (Eifel)" },
	[WHY_EARLY_ACK] = { "early", NO_VALUE,
	    "the ACK came sooner than one for it could" },
	[WHY_BEFORE_ORIGINAL] = { "original", NO_VALUE,
	    "the original came after it" },
	[WHY_UNCAPTURED] = { "acked", NO_VALUE,
	    "acknowledged, but never captured" },
	[WHY_WINDOW] = { "window", NO_VALUE, "the receiver's window is zero" },
	[WHY_KEEPALIVE] = { "keepalive", NO_VALUE,
	    "all data was acknowledged, and this adds none" },
};

void
why_text(struct loss_why why, char text[WHY_MAX])
{
	const char *word = proofs[why.proof].word;
	uint64_t ms = why.value / NS_PER_MS;

	if (why.value == 0 || proofs[why.proof].unit == NO_VALUE)
		snprintf(text, WHY_MAX, "%s", word);
	else if (proofs[why.proof].unit == NUMBER)
		snprintf(text, WHY_MAX, "%s:%" PRIu64, word,
		    (uint64_t)why.value);
	else
		snprintf(text, WHY_MAX, "%s:%" PRIu64 ".%03" PRIu64, word,
		    ms / 1000, ms % 1000);
}

const char *
why_sentence(enum loss_proof proof)
{
	return proofs[proof].sentence;
}
