#include "wire/http2.h"

#include "wire/view.h"

#define STREAM_MASK	UINT32_C(0x7fffffff)
#define SETTINGS_MAX	(64 * HTTP2_SETTING)	/* bytes that begin a server */
#define PRIORITY_LEN	5	/* bytes of a dependency and a weight */

struct http2_frame
http2_frame(const uint8_t *p)
{
	return (struct http2_frame){
		.len = (uint32_t)p[0] << 16 | be16(p + 1),
		.type = p[3], .flags = p[4],
		.stream = be32(p + 5) & STREAM_MASK
	};
}

bool
http2_is_valid(const struct http2_frame *f)
{
	switch (f->type) {
	case HTTP2_DATA:
	case HTTP2_HEADERS:
	case HTTP2_PUSH_PROMISE:
		return f->stream != 0 && f->len >= http2_prefix(f);
	case HTTP2_CONTINUATION:
		return f->stream != 0;
	case HTTP2_PRIORITY:
		return f->stream != 0 && f->len == PRIORITY_LEN;
	case HTTP2_RST_STREAM:
		return f->stream != 0 && f->len == 4;
	case HTTP2_SETTINGS:
		return f->stream == 0 && f->len % HTTP2_SETTING == 0 &&
		    (!(f->flags & HTTP2_ACK) || f->len == 0);
	case HTTP2_PING:
		return f->stream == 0 && f->len == 8;
	case HTTP2_GOAWAY:
		return f->stream == 0 && f->len >= 8;
	case HTTP2_WINDOW_UPDATE:
		return f->len == 4;
	default:
		return true;
	}
}

unsigned
http2_prefix(const struct http2_frame *f)
{
	unsigned padded = f->flags & HTTP2_PADDED ? 1 : 0;

	switch (f->type) {
	case HTTP2_DATA:
		return padded;
	case HTTP2_HEADERS:
		return padded +
		    (f->flags & HTTP2_PRIORITIZED ? PRIORITY_LEN : 0);
	case HTTP2_PUSH_PROMISE:
		return padded + 4;
	case HTTP2_RST_STREAM:
	case HTTP2_GOAWAY:
		return 4;
	case HTTP2_SETTINGS:
		return f->len > 0 ? HTTP2_SETTING : 0;
	default:
		return 0;
	}
}

static bool
may_be_padded(const struct http2_frame *f)
{
	return f->flags & HTTP2_PADDED && (f->type == HTTP2_DATA ||
	    f->type == HTTP2_HEADERS || f->type == HTTP2_PUSH_PROMISE);
}

uint32_t
http2_padding(const struct http2_frame *f, const uint8_t *p)
{
	return may_be_padded(f) ? p[0] : 0;
}

uint32_t
http2_promised(const struct http2_frame *f, const uint8_t *p)
{
	return be32(p + (may_be_padded(f) ? 1 : 0)) & STREAM_MASK;
}

bool
http2_may_be_frames(const uint8_t *p, size_t n)
{
	unsigned whole = 0;

	while (n >= HTTP2_HEAD) {
		struct http2_frame f = http2_frame(p);

		if (f.type >= HTTP2_TYPES || f.len > HTTP2_FRAME_MAX ||
		    !http2_is_valid(&f))
			return false;
		if (f.len > n - HTTP2_HEAD)
			return whole > 0;
		whole++;
		p += HTTP2_HEAD + f.len;
		n -= HTTP2_HEAD + f.len;
	}
	return whole > 0;
}

bool
http2_are_settings(const uint8_t *p, size_t n)
{
	struct http2_frame f;

	if (n < HTTP2_HEAD)
		return false;
	f = http2_frame(p);
	return f.type == HTTP2_SETTINGS && f.flags == 0 &&
	    http2_is_valid(&f) && f.len <= SETTINGS_MAX;
}

char
http2_begins(const struct http2_frame *f, const uint8_t *p, size_t n)
{
	unsigned at = http2_prefix(f), index;

	if (f->type != HTTP2_HEADERS || at >= n || at >= f->len)
		return 0;
	/* Indexed, or a literal with a name that is. */
	index = p[at] & 0x80 ? p[at] & 0x7f : p[at] & 0x40 ? p[at] & 0x3f : 0;
	return index >= 1 && index <= 7 ? 'q' :
	    index >= 8 && index <= 14 ? 's' : 0;
}
