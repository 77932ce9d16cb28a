/*
 * What TCP accepts: connections as scripts, a segment a line.
 *
 *	> or <		from the client, or from the server
 *	FLAGS		as tcpdump has them: S . P F R; * after the end
 *	seq ack len
 *	verdict		ok old ambiguous rejected, or begins
 *	[win] [tsval tsecr]
 */
#include <stdio.h>

#include "check.h"
#include "conn/accept.h"
#include "conn/seq.h"
#include "wire/units.h"

static const char *const verdicts[] = { "ok", "old", "ambiguous", "rejected",
    "copy" };

static void
play(const char *name, const char *const *line)
{
	static struct accept a;
	struct tcb side[2] = { { 0 }, { 0 } };
	uint64_t time = NS_PER_S;

	CHECK(accept_open(&a, 1) == 0);
	for (; *line != NULL; line++) {
		char dir, flags[8], want[16];
		const char *got;
		unsigned seq, ack, len, win = 65000, ts = 0, echo = 0;
		struct tcp tcp = { 0 };
		struct accept_result r;
		int n = sscanf(*line, "%c %7s %u %u %u %15s %u %u %u",
		    &dir, flags, &seq, &ack, &len, want, &win, &ts, &echo),
		    from = dir == '<';

		CHECK(n >= 6);
		tcp.seq = seq;
		tcp.ack = ack;
		tcp.len = len;
		tcp.win = (uint16_t)win;
		tcp.has_ts = n > 7;
		tcp.tsval = ts;
		tcp.tsecr = echo;
		tcp.flags = (strchr(flags, 'S') ? TCP_SYN : 0) |
		    (strchr(flags, '.') ? TCP_ACK : 0) |
		    (strchr(flags, 'F') ? TCP_FIN : 0) |
		    (strchr(flags, 'R') ? TCP_RST : 0);
		r = accept_segment(&a, 1, &side[from], &side[!from], from,
		    time += NS_PER_S, strchr(flags, '*') != NULL, &tcp);
		got = r.begins ? "begins" : verdicts[r.verdict];
		if (strcmp(got, want) != 0) {
			printf("%s: %s: %s (%s)\n", name, *line, got,
			    accept_rule_name(r.rule));
			check_failures++;
		}
		if (r.begins) {
			memset(side, 0, sizeof side);
			if (r.syn != NULL)
				accept_follow(&a, 1, &side[!from], &side[from],
				    &r.syn->tcp, ACCEPT_OK);
		}
		if (r.verdict != ACCEPT_REJECTED)
			accept_follow(&a, 1, &side[from], &side[!from], &tcp,
			    r.verdict);
	}
	accept_close(&a);
}

#define PLAY(name, ...) \
	play(name, (const char *const[]){ __VA_ARGS__, NULL })
#define OPEN "> S 1000 0 0 ok", "< S. 5000 1001 0 ok", "> . 1001 5001 0 ok"

int
main(void)
{
	PLAY("a whole connection", OPEN, "> . 1001 5001 100 ok",
	    "< . 5001 1101 1000 ok", "> . 1101 6001 0 ok",
	    "< . 5001 1101 1000 old",
	    "> F. 1101 6001 0 ok", "< F. 6001 1102 0 ok", "> . 1102 6002 0 ok");
	PLAY("blind resets", OPEN, "> . 1001 5001 100 ok",
	    "< . 5001 1101 0 ok",
	    "> R 900000 0 0 rejected", "> R 1000 0 0 rejected",
	    "> R 1102 0 0 rejected", "< R 77 0 0 rejected",
	    "> R 1101 0 0 ok");
	PLAY("a reset of what is in flight", OPEN, "> . 1001 5001 100 ok",
	    "> . 1101 5001 100 ok", "> R 1101 0 0 ok");
	PLAY("a closed port, then an open one", "> S 1000 0 0 ok",
	    "< R. 0 1001 0 ok", "> S* 1000 0 0 ok", "< R.* 0 1001 0 ok",
	    "> S* 1000 0 0 ok", "< S.* 5000 1001 0 begins",
	    "> . 1001 5001 0 ok");
	PLAY("a reset captured before the SYN that it answers",
	    "< R. 0 1001 0 ok", "> S* 1000 0 0 ok");
	PLAY("a reset of something else before a SYN", "< R. 0 777 0 ok",
	    "> S* 1000 0 0 begins", "< S. 5000 1001 0 ok");
	PLAY("a reset that answers another SYN", "> S 1000 0 0 ok",
	    "< R. 0 2001 0 rejected", "< S. 5000 1001 0 ok");
	PLAY("a challenge ACK before the handshake", "> S 1000 0 0 ok",
	    "< . 7 555000 0 rejected", "> R 555000 0 0 rejected",
	    "> S 1000 0 0 ok", "< S. 5000 1001 0 ok", "> . 1001 5001 0 ok");
	PLAY("a stale SYN", OPEN, "> . 1001 5001 100 ok",
	    "> S 777 0 0 rejected", "< . 5001 1101 0 ok",
	    "> . 1101 5001 100 ok");
	PLAY("a SYN that begins a connection after all", OPEN,
	    "> . 1001 5001 100 ok", "> S 900000 0 0 rejected",
	    "< S. 42 900001 0 begins", "> . 900001 43 0 ok");
	PLAY("the port is used again", OPEN, "> F. 1001 5001 0 ok",
	    "< F. 5001 1002 0 ok", "> . 1002 5002 0 ok",
	    "> S* 70000 0 0 begins", "< S. 80000 70001 0 ok",
	    "> R 1002 0 0 rejected", "> . 70001 80001 0 ok");
	PLAY("the port is used again with the same number and a newer timestamp",
	    "> S 1000 0 0 ok 65000 500", "< S. 5000 1001 0 ok 65000 900 500",
	    "> F. 1001 5001 0 ok 65000 510 900",
	    "< F. 5001 1002 0 ok 65000 910 510",
	    "> . 1002 5002 0 ok 65000 520 910",
	    "> S* 1000 0 0 old 65000 500", "> S* 1000 0 0 begins 65000 900",
	    "< S. 80000 1001 0 ok 65000 990 900");
	PLAY("ACKs of what was never sent", OPEN,
	    "> . 1001 1073746825 0 rejected", "> . 1001 5001 10 ok",
	    "< . 5001 1011 0 ok");
	PLAY("bytes that were not captured", OPEN, "> . 1001 6001 0 ambiguous",
	    "> . 1001 6001 0 ok", "> . 1001 7001 10 ok",
	    "< . 7001 1011 10 ok");
	PLAY("an ACK that nobody repeats", OPEN, "> . 1001 6001 0 ambiguous",
	    "> . 1001 5001 10 ok", "< . 5001 1011 1000 ok",
	    "> . 1011 6001 0 ok");
	PLAY("data far away", OPEN, "> . 1073746825 5001 100 rejected",
	    "> . 3000000000 5001 100 rejected", "> . 1001 5001 100 ok");
	PLAY("data beyond the window", OPEN, "> . 70000 5001 100 rejected");
	PLAY("the capture begins in the middle", "> . 1001 5001 100 ok",
	    "< . 5001 1101 1000 ok", "> R 1101 0 0 ok");
	PLAY("a long hole in the capture", OPEN,
	    "> . 9001001 9005001 100 rejected",
	    "< . 9005001 9001101 100 ok", "> . 9001101 9005101 100 ok",
	    "< . 9005101 9001201 100 ok");
	PLAY("another connection without its SYN", OPEN,
	    "> . 3000000000 2000000000 100 rejected",
	    "< . 2000000000 3000000100 100 begins",
	    "> . 3000000100 2000000100 100 ok");
	PLAY("one side alone", "> S 1000 0 0 ok", "> . 1001 5001 100 ok",
	    "> . 1101 50001 100 ok", "> . 1201 900001 100 ok");
	PLAY("a timestamp from the past", "> S 1000 0 0 ok 65000 500",
	    "< S. 5000 1001 0 ok 65000 900 500",
	    "> . 1001 5001 0 ok 65000 540 900",
	    "> . 1001 5001 100 rejected 65000 100 900",
	    "> . 1001 5001 100 ok 65000 541 900");
	PLAY("a late original: the receiver has no newer timestamp",
	    "> S 1000 0 0 ok 65000 500", "< S. 5000 1001 0 ok 65000 900 500",
	    "> . 1001 5001 0 ok 65000 540 900",
	    "> . 1101 5001 100 ok 65000 542 900",
	    "> . 1001 5001 100 ok 65000 545 900",
	    "> . 1201 5001 100 ok 65000 542 900",
	    "< . 5001 1201 0 ok 65000 930 545",
	    "> . 1301 5001 100 ok 65000 546 900",
	    "> . 1201 5001 100 rejected 65000 542 900");
	PLAY("a timestamp one tick old, as Linux accepts it",
	    "> S 1000 0 0 ok 65000 500", "< S. 5000 1001 0 ok 65000 900 500",
	    "> . 1001 5001 0 ok 65000 500 900",
	    "> . 1001 5001 100 ambiguous 65000 499 900");
	PLAY("what raised the receiver's timestamp was not captured",
	    "> S 1000 0 0 ok 65000 500", "< S. 5000 1001 0 ok 65000 900 500",
	    "> . 1001 5001 0 ok 65000 500 900",
	    "< . 5001 1001 0 ok 65000 901 600",
	    "> . 1001 5001 100 ambiguous 65000 590 900",
	    "< . 5001 1001 0 ok 65000 901 0",
	    "> . 1101 5001 100 ok 65000 601 900");
	PLAY("both open at once", "> S 1000 0 0 ok", "< S 5000 0 0 ok",
	    "> S. 1000 5001 0 ok", "< S. 5000 1001 0 ok",
	    "> . 1001 5001 0 ok");
	PLAY("a handshake in four parts", "> S 1000 0 0 ok",
	    "< . 7 1001 0 ok", "< S 5000 0 0 ok", "> S. 1000 5001 0 ok",
	    "< . 5001 1001 0 ok");
	PLAY("SYN/ACK captured before its SYN", "< S. 5000 1001 0 ok",
	    "> S 1000 0 0 ok", "> . 1001 5001 0 ok");
	PLAY("Fast Open, refused", "> S 1000 0 500 ok", "< S. 5000 1001 0 ok",
	    "> . 1001 5001 500 ok", "< . 5001 1501 0 ok");
	PLAY("a reset in the window, but not exact", OPEN,
	    "> R 1050 0 0 rejected", "< . 5001 1001 0 ok", "> R 1001 0 0 ok");
	PLAY("half-open: challenge ACK, reset, the same SYN again", OPEN,
	    "> S 900000 0 0 rejected", "< . 5001 1001 0 ok",
	    "> R 1001 0 0 ok", "> S* 900000 0 0 begins",
	    "< S. 42 900001 0 ok", "> . 900001 43 0 ok");
	PLAY("stale SYN and SYN/ACK of the server", OPEN,
	    "> . 1001 5001 100 ok", "< S 777 0 0 rejected",
	    "< S. 777 3 0 rejected", "< . 5001 1101 0 ok");
	PLAY("a reset of the connection before", OPEN, "> F. 1001 5001 0 ok",
	    "< F. 5001 1002 0 ok", "> . 1002 5002 0 ok",
	    "> S* 500 0 0 begins", "< S. 80000 501 0 ok",
	    "< R 5002 0 0 rejected", "> . 501 80001 0 ok",
	    "> F. 1001 5001 0 rejected");
	PLAY("a split handshake: windows before the SYN were guessed",
	    "> S 1000 0 0 ok", "< . 1 1001 0 ok", "< S 5000 0 0 ok",
	    "> S. 1000 5001 0 ok", "> . 84315220 5001 100 rejected",
	    "> . 3800047784 5001 100 rejected", "< . 5001 1001 0 ok");
	PLAY("the server alone", "< S. 5000 1001 0 ok",
	    "< . 5001 1101 1000 ok", "< . 6001 9001 1000 ok",
	    "< R 7001 0 0 ok");
	PLAY("keep-alives", OPEN, "> . 1001 5001 100 ok",
	    "< . 5001 1101 0 ok", "> . 1100 5001 0 ok", "> . 1100 5001 1 old",
	    "< . 5001 1101 0 ok");
	return check_failures != 0;
}
