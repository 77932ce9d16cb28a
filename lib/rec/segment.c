#include "rec/segment.h"

#include <string.h>

void
segment_ends(const struct rec *rec, struct segment_ends *e)
{
	e->src = rec_pair(rec, pkt_src, pkt_sport, e->scratch[0], &e->nsrc);
	e->dst = rec_pair(rec, pkt_dst, pkt_dport, e->scratch[1], &e->ndst);
}

void
segment_endpoints(struct rec *rec, struct endpoint *src, struct endpoint *dst)
{
	*src = (struct endpoint){ rec_addr(rec, pkt_src),
	    rec_u16(rec, pkt_sport) };
	*dst = (struct endpoint){ rec_addr(rec, pkt_dst),
	    rec_u16(rec, pkt_dport) };
}

void
segment_need(struct rec_reader *in)
{
	for (enum rec_col c = pkt_time; c <= pkt_opts; c++)
		rec_need(in, c);
}

/* Parse blocks such as "1:2;3:4".  Returns their number, 0 if malformed. */
static uint8_t
scan_sack(const char *p, const char *end, uint32_t sack[][2])
{
	uint8_t n = 0;

	while (p < end && n < TCP_SACK_MAX) {
		uint64_t edge[2];

		for (int i = 0; i < 2; i++) {
			size_t len = 0;

			while (p + len < end && (unsigned)(p[len] - '0') < 10)
				len++;
			if (num_scan(p, len, &edge[i]) == 0)
				return 0;
			p += len + 1;
			sack[n][i] = (uint32_t)edge[i];
		}
		n++;
	}
	return n;
}

/* Does an option begin with key? */
static inline bool
is_option(const char *p, const char *end, const char *key)
{
	size_t n = strlen(key);

	return (size_t)(end - p) >= n && memcmp(p, key, n) == 0;
}

/* Parse the digits at p; false if p is not at a digit. */
static bool
scan_digits(const char *p, const char *end, uint64_t *v)
{
	size_t n = 0;

	while (p + n < end && (unsigned)(p[n] - '0') < 10)
		n++;
	return num_scan(p, n, v) != 0;
}

/* Parse an option that only a SYN has. */
static void
read_syn_opt(const char *p, const char *end, struct tcp *tcp)
{
	uint64_t v = 0;

	if (is_option(p, end, "mss=")) {
		tcp->has_mss = scan_digits(p + 4, end, &v);
		tcp->mss = (uint16_t)v;
	} else if (is_option(p, end, "ws=")) {
		tcp->has_ws = scan_digits(p + 3, end, &v);
		tcp->ws = (uint8_t)v;
	}
	tcp->sackok |= is_option(p, end, "sackok");
	tcp->tfo |= is_option(p, end, "tfo");
}

static void
read_opts(const struct rec *rec, struct tcp *tcp)
{
	size_t n;
	const char *p = rec_field(rec, pkt_opts, &n), *end = p + n, *next;

	tcp->nsack = tcp->ws = 0;
	tcp->mss = 0;
	tcp->has_mss = tcp->has_ws = tcp->sackok = tcp->tfo = false;
	if (n <= 1)
		return;
	for (; p < end; p = next + 1) {
		next = memchr(p, ',', (size_t)(end - p));
		if (next == NULL)
			next = end;
		if (is_option(p, next, "sack="))
			tcp->nsack = scan_sack(p + 5, next, tcp->sack);
		else if (tcp->flags & TCP_SYN)
			read_syn_opt(p, next, tcp);
	}
}

/* Without both there are no timestamps. */
static bool
has_stamps(const struct rec *rec)
{
	return rec_has(rec, pkt_tsval) && rec_has(rec, pkt_tsecr);
}

static bool
read_stamps(const struct rec *rec, struct tcp *tcp)
{
	uint64_t v[2] = { 0, 0 };

	tcp->has_ts = rec_two(rec, pkt_tsval, pkt_tsecr, v);
	tcp->tsval = (uint32_t)v[0];
	tcp->tsecr = (uint32_t)v[1];
	return tcp->has_ts ? (v[0] | v[1]) >> 32 == 0 : !has_stamps(rec);
}

/* IPv6 has a hop limit alone. */
static bool
read_ip(const struct rec *rec, struct tcp *tcp)
{
	uint64_t v[2] = { 0, 0 };
	bool both = rec_two(rec, pkt_ipid, pkt_ttl, v);

	if (!both && (rec_has(rec, pkt_ipid) || (rec_has(rec, pkt_ttl) &&
	    !rec_two(rec, pkt_ttl, pkt_ttl, v))))
		return false;
	tcp->ip_id = both ? (uint16_t)v[0] : 0;
	tcp->ttl = (uint8_t)v[1];
	return (v[0] >> 32 | v[1] >> 8) == 0;
}

/* The numbers, two at a time; false if one cannot be read so. */
static bool
read_numbers(const struct rec *rec, struct tcp *tcp)
{
	uint64_t seqs[2], sizes[2];

	if (!rec_two(rec, pkt_seq, pkt_ack, seqs) ||
	    !rec_two(rec, pkt_len, pkt_win, sizes))
		return false;
	tcp->seq = (uint32_t)seqs[0];
	tcp->ack = (uint32_t)seqs[1];
	tcp->len = (uint32_t)sizes[0];
	tcp->win = (uint16_t)sizes[1];
	return ((seqs[0] | seqs[1] | sizes[0]) >> 32 | sizes[1] >> 16) == 0 &&
	    read_stamps(rec, tcp) && read_ip(rec, tcp);
}

/* The numbers, one at a time: one is not there, or not a number. */
static void
read_each_number(struct rec *rec, struct tcp *tcp)
{
	tcp->seq = rec_u32(rec, pkt_seq);
	tcp->ack = rec_u32(rec, pkt_ack);
	tcp->win = rec_u16(rec, pkt_win);
	tcp->len = rec_u32(rec, pkt_len);
	tcp->has_ts = has_stamps(rec);
	tcp->tsval = tcp->has_ts ? rec_u32(rec, pkt_tsval) : 0;
	tcp->tsecr = tcp->has_ts ? rec_u32(rec, pkt_tsecr) : 0;
	tcp->ip_id = rec_has(rec, pkt_ipid) ?
	    (uint16_t)rec_num_to(rec, pkt_ipid, UINT32_MAX) : 0;
	tcp->ttl = rec_has(rec, pkt_ttl) ?
	    (uint8_t)rec_num_to(rec, pkt_ttl, UINT8_MAX) : 0;
}

/* Most have an ACK and nothing else, or PSH. */
static uint16_t
read_flags(struct rec *rec)
{
	size_t n;
	const char *p = rec_field(rec, pkt_flags, &n);

	if (n == 1 && p[0] == 'A')
		return TCP_ACK;
	if (n == 2 && p[0] == 'P' && p[1] == 'A')
		return TCP_PSH | TCP_ACK;
	return rec_flags(rec, pkt_flags);
}

void
segment_read(struct rec *rec, struct tcp *tcp)
{
	tcp->flags = read_flags(rec);
	if (!read_numbers(rec, tcp))
		read_each_number(rec, tcp);
	read_opts(rec, tcp);
}
