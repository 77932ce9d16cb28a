#include "handshake/verdict.h"

#include "wire/icmp.h"

const char *
verdict_result_name(enum verdict_result r)
{
	static const char *const names[VERDICT_RESULTS] = {
		[VERDICT_PENDING] = "pending", [VERDICT_SUCCESS] = "success",
		[VERDICT_REJECT] = "reject", [VERDICT_TIMEOUT] = "timeout",
		[VERDICT_UNREACH] = "unreach", [VERDICT_ABORT] = "abort",
	};

	return names[r];
}

const char *
verdict_why_name(const struct verdict *v)
{
	static const char *const names[] = {
		[WHY_NONE] = "-", [WHY_SIMULTANEOUS] = "simultaneous",
		[WHY_FASTOPEN] = "fastopen", [WHY_MIDSTREAM] = "midstream",
		[WHY_ONE_SIDED] = "one-sided", [WHY_RST] = "rst",
		[WHY_RST_AFTER_SYNACK] = "rst-after-synack",
		[WHY_CLIENT_RST] = "client-rst", [WHY_FIN] = "fin",
		[WHY_NEW_SYN] = "new-syn", [WHY_NO_ANSWER] = "no-answer",
		[WHY_NO_ACK] = "no-ack", [WHY_FORGOTTEN] = "forgotten",
	};

	if (v->why == WHY_ICMP)
		return icmp_why_name(v->client.addr.v6,
		    (enum icmp_kind)v->icmp_kind, v->icmp_code);
	return names[v->why];
}
