#include "wire/icmp.h"

#include <stddef.h>

int
icmp_kind_of(bool v6, unsigned type)
{
	switch (v6 ? type + 1000 : type) {
	case 3:
	case 1001:
		return ICMP_UNREACH;
	case 4:
		return ICMP_QUENCH;
	case 5:
		return ICMP_REDIRECT;
	case 11:
	case 1003:
		return ICMP_TIMEX;
	case 12:
	case 1004:
		return ICMP_PARAM;
	case 1002:
		return ICMP_TOOBIG;
	default:
		return -1;
	}
}

const char *
icmp_kind_name(enum icmp_kind kind)
{
	static const char *const names[ICMP_KINDS] = {
		[ICMP_UNREACH] = "unreach", [ICMP_TIMEX] = "timex",
		[ICMP_PARAM] = "param", [ICMP_TOOBIG] = "toobig",
		[ICMP_QUENCH] = "quench", [ICMP_REDIRECT] = "redirect",
	};

	return names[kind];
}

/* RFC 792, RFC 1122, RFC 1812; RFC 4443; IANA. */
const char *
icmp_why_name(bool v6, enum icmp_kind kind, uint8_t code)
{
	static const char *const v4_names[] = {
		"net", "host", "proto", "port", "needfrag", "srcroute",
		"net-unknown", "host-unknown", "isolated", "admin-net",
		"admin-host", "net-tos", "host-tos", "admin",
		"precedence", "precedence-cutoff",
	};
	static const char *const v6_names[] = {
		"net", "admin", "scope", "host", "port", "policy",
		"reject-route", "srcroute",
	};
	size_t n = v6 ? sizeof v6_names / sizeof *v6_names :
	    sizeof v4_names / sizeof *v4_names;

	if (kind == ICMP_TIMEX)
		return code == 0 ? "ttl" : "reassembly";
	if (kind != ICMP_UNREACH)
		return icmp_kind_name(kind);
	if (code >= n)
		return "other";
	return v6 ? v6_names[code] : v4_names[code];
}
