/* ICMP errors (RFC 792, RFC 4443) by name. */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H

#include <stdbool.h>
#include <stdint.h>

enum icmp_kind {
	ICMP_UNREACH, ICMP_TIMEX, ICMP_PARAM, ICMP_TOOBIG, ICMP_QUENCH,
	ICMP_REDIRECT, ICMP_KINDS
};

/* Which error a type is, of ICMP or of ICMPv6; -1 for what is none. */
int icmp_kind_of(bool v6, unsigned type);

/* The names that records have for the kind, and for what it says. */
const char *icmp_kind_name(enum icmp_kind kind);
const char *icmp_why_name(bool v6, enum icmp_kind kind, uint8_t code);

#endif
