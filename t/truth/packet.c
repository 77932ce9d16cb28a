#include "packet.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#define FIN	0x01
#define PSH	0x08
#define CWR	0x80

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static bool
is_ipv4(const uint8_t *data)
{
	return data[0] >> 4 == 4;
}

static unsigned
protocol(const uint8_t *data)
{
	return is_ipv4(data) ? data[9] : data[6];
}

struct layout
packet_layout(const uint8_t *data, size_t len)
{
	struct layout at = { 0 };

	if (len < 40)
		return at;
	at.ip = is_ipv4(data) ? (size_t)(data[0] & 15) * 4 : 40;
	at.end = is_ipv4(data) ? be16(data + 2) : 40 + be16(data + 4);
	if (protocol(data) != IPPROTO_TCP || at.end > len ||
	    at.end < at.ip + 20)
		return at;
	at.tcp = at.ip;
	at.payload = at.tcp + (size_t)(data[at.tcp + 12] >> 4) * 4;
	return at;
}

bool
packet_has_port(const uint8_t *data, size_t len, unsigned port)
{
	struct layout at = packet_layout(data, len);

	return at.tcp != 0 && (be16(data + at.tcp) == port ||
	    be16(data + at.tcp + 2) == port);
}

/* Timestamps and SACK blocks of the options. */
struct options {
	bool has_ts;
	uint32_t tsval, tsecr;
	unsigned blocks;
	uint32_t block[4][2];
};

static struct options
options_of(const uint8_t *p, const uint8_t *end)
{
	struct options o = { 0 };

	while (p < end && *p != 0) {
		if (*p == 1) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p)
			break;
		if (p[0] == 8 && p[1] == 10) {
			o.has_ts = true;
			o.tsval = be32(p + 2);
			o.tsecr = be32(p + 6);
		}
		for (unsigned i = 2; p[0] == 5 && i + 8 <= p[1]; i += 8) {
			o.block[o.blocks][0] = be32(p + i);
			o.block[o.blocks++][1] = be32(p + i + 4);
		}
		p += p[1];
	}
	return o;
}

static void
print_options(FILE *f, const struct options *o)
{
	if (o->has_ts)
		fprintf(f, "%" PRIu32 "\t%" PRIu32 "\t", o->tsval, o->tsecr);
	else
		fputs("-\t-\t", f);
	for (unsigned i = 0; i < o->blocks; i++)
		fprintf(f, "%s%" PRIu32 ":%" PRIu32, i > 0 ? ";" : "",
		    o->block[i][0], o->block[i][1]);
	if (o->blocks == 0)
		fputc('-', f);
}

void
packet_print(FILE *f, const uint8_t *data, size_t len)
{
	struct layout at = packet_layout(data, len);
	char src[INET6_ADDRSTRLEN] = "-", dst[INET6_ADDRSTRLEN] = "-";
	const uint8_t *tcp = data + at.tcp;
	struct options o;

	if (at.ip != 0) {
		int family = is_ipv4(data) ? AF_INET : AF_INET6;
		size_t from = is_ipv4(data) ? 12 : 8, size = (16 - from) * 2;

		if (family == AF_INET)
			size = 4;
		inet_ntop(family, data + from, src, sizeof src);
		inet_ntop(family, data + from + size, dst, sizeof dst);
	}
	if (at.tcp == 0) {
		fprintf(f, "%u\t%s\t-\t%s\t-\t-\t-\t-\t-\t-\t-\t-",
		    at.ip != 0 ? protocol(data) : 0, src, dst);
		return;
	}
	o = options_of(tcp + 20, data + at.payload);
	fprintf(f, "tcp\t%s\t%u\t%s\t%u\t%u\t%" PRIu32 "\t%" PRIu32 "\t%zu\t",
	    src, be16(tcp), dst, be16(tcp + 2), tcp[13], be32(tcp + 4),
	    be32(tcp + 8), at.end - at.payload);
	print_options(f, &o);
}

/* The sum of RFC 1071, not yet inverted. */
static uint32_t
sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (; n > 1; n -= 2, p += 2)
		s += be16(p);
	if (n > 0)
		s += (uint32_t)*p << 8;
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

void
packet_set_checksums(uint8_t *data, size_t len)
{
	struct layout at = packet_layout(data, len);
	size_t addrs = is_ipv4(data) ? 12 : 8;
	uint32_t s;

	if (at.tcp == 0)
		return;
	if (is_ipv4(data)) {
		put16(data + 10, 0);
		put16(data + 10, ~sum(0, data, at.ip) & 0xffff);
	}
	put16(data + at.tcp + 16, 0);
	s = sum(IPPROTO_TCP + (uint32_t)(at.end - at.tcp), data + addrs,
	    is_ipv4(data) ? 8 : 32);
	put16(data + at.tcp + 16, ~sum(s, data + at.tcp, at.end - at.tcp) &
	    0xffff);
}

size_t
packet_parts(const uint8_t *data, size_t len, size_t size)
{
	struct layout at = packet_layout(data, len);
	size_t payload = at.end - at.payload;

	if (at.tcp == 0)
		return 0;
	return size == 0 || payload <= size ? 1 : (payload + size - 1) / size;
}

/* Only the last part has PSH and FIN, only the first one CWR. */
size_t
packet_part(const uint8_t *data, size_t len, size_t size, size_t i,
    uint8_t *out)
{
	struct layout at = packet_layout(data, len);
	size_t n = packet_parts(data, len, size), skip = i * size;
	size_t here = n == 1 || i == n - 1 ? at.end - at.payload - skip : size;
	uint8_t *tcp = out + at.tcp;

	memcpy(out, data, at.payload);
	memcpy(out + at.payload, data + at.payload + skip, here);
	if (is_ipv4(data)) {
		put16(out + 2, (unsigned)(at.payload + here));
		put16(out + 4, be16(data + 4) + (unsigned)i);
	} else
		put16(out + 4, (unsigned)(at.payload + here - 40));
	put32(tcp + 4, be32(data + at.tcp + 4) + (uint32_t)skip);
	if (i < n - 1)
		tcp[13] &= (uint8_t)~(PSH | FIN);
	if (i > 0)
		tcp[13] &= (uint8_t)~CWR;
	packet_set_checksums(out, at.payload + here);
	return at.payload + here;
}

bool
packet_mark(uint8_t *data, size_t len)
{
	unsigned shift = is_ipv4(data) ? 0 : 4;

	if (len < 40 || (data[1] >> shift & 3) == 0)
		return false;
	data[1] |= (uint8_t)(3 << shift);
	if (is_ipv4(data)) {
		put16(data + 10, 0);
		put16(data + 10, ~sum(0, data, (size_t)(data[0] & 15) * 4) &
		    0xffff);
	}
	return true;
}
