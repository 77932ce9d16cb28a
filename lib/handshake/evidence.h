/*
 * Explanations: what each packet is to an attempt, and the packets that decided
 * a verdict.  A line each, for explain_line(); call these only if explains().
 */
#ifndef HANDSHAKE_EVIDENCE_H
#define HANDSHAKE_EVIDENCE_H

#include "conn/explain.h"
#include "handshake/attempt.h"

void evidence_segment(const struct explain *e, unsigned topic,
    const struct attempt *a, bool by_client, uint64_t now,
    const struct tcp *tcp, enum attempt_event event);

void evidence_icmp(const struct explain *e, unsigned topic,
    const struct attempt *a, bool by_client, uint64_t now,
    enum icmp_kind kind, uint8_t code, uint32_t seq, enum attempt_event event);

/* v is the verdict of a, reported now because of this; NULL if no filter
 * matches it. */
void evidence_verdict(const struct explain *e, unsigned topic,
    const struct attempt *a, const struct verdict *v, uint64_t now,
    const char *because);

#endif
