/* ICMP errors (RFC 792, RFC 4443) and their names in records. */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H

#include <stdbool.h>
#include <stdint.h>

enum icmp_kind {
	ICMP_UNREACH, ICMP_TIMEX, ICMP_PARAM, ICMP_TOOBIG, ICMP_QUENCH,
	ICMP_REDIRECT, ICMP_KINDS
};

/* The kind of an ICMP or ICMPv6 type; -1 if it is not an error. */
int icmp_kind_of(bool v6, unsigned type);

/* The name of a kind, and of its code. */
const char *icmp_kind_name(enum icmp_kind kind);
const char *icmp_why_name(bool v6, enum icmp_kind kind, uint8_t code);

#endif
