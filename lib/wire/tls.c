#include "wire/tls.h"

#include <string.h>

#include "wire/view.h"

enum { SERVER_NAME = 0, HOST_NAME = 0, ALPN = 16,
    PRE_SHARED_KEY = 41, SUPPORTED_VERSIONS = 43 };

#define HELLO_MAX	(16 * 1024)	/* bytes of the handshake message */
#define RECORD_MAX	((1 << 14) + 2048)	/* RFC 5246, 6.2.3 */
#define RECORDS_MAX	256		/* no client uses more for it */

bool
tls_may_start(const uint8_t *p, size_t n)
{
	return p[0] == TLS_HANDSHAKE && (n < 2 || p[1] == 3) &&
	    (n < 6 || p[5] == TLS_CLIENT_HELLO || p[5] == TLS_SERVER_HELLO);
}

/* The next n bytes as a view of their own; if there are fewer, v is short. */
static struct view
part(struct view *v, size_t n)
{
	const uint8_t *p = view_bytes(v, n);

	return p != NULL ? view_of(p, n) : view_of(v->end, 0);
}

/* Append text to a list with commas, if it is printable and fits. */
static void
add_text(char *list, size_t size, struct view text)
{
	size_t used = strlen(list), n = view_left(&text);

	if (n == 0 || used + (used > 0) + n >= size)
		return;
	for (size_t i = 0; i < n; i++)
		if (text.p[i] <= 0x20 || text.p[i] >= 0x7f)
			return;
	if (used > 0)
		list[used++] = ',';
	memcpy(list + used, text.p, n);
	list[used + n] = '\0';
}

static void
server_name(struct view v, struct tls_hello *hello)
{
	struct view list = part(&v, view_be16(&v));

	while (view_left(&list) > 0) {
		uint8_t type = view_u8(&list);
		struct view name = part(&list, view_be16(&list));

		if (type == HOST_NAME && hello->name[0] == '\0')
			add_text(hello->name, sizeof hello->name, name);
		if (list.is_short)
			return;
	}
}

static void
protocols(struct view v, char alpn[TLS_ALPN_MAX + 1])
{
	struct view list = part(&v, view_be16(&v));

	while (view_left(&list) > 0 && !list.is_short)
		add_text(alpn, TLS_ALPN_MAX + 1, part(&list, view_u8(&list)));
}

/* The next extension of a hello, and its type; false at their end. */
static bool
next_extension(struct view *extensions, uint16_t *type, struct view *data)
{
	if (view_left(extensions) == 0 || extensions->is_short)
		return false;
	*type = view_be16(extensions);
	*data = part(extensions, view_be16(extensions));
	return true;
}

/* The message after its type and length. */
static void
parse_hello(struct view v, struct tls_hello *hello)
{
	struct view extensions, data;
	uint16_t type;

	view_skip(&v, 2 + 32);			/* version, random */
	view_skip(&v, view_u8(&v));		/* session id */
	view_skip(&v, view_be16(&v));		/* cipher suites */
	view_skip(&v, view_u8(&v));		/* compression */
	extensions = part(&v, view_be16(&v));
	while (next_extension(&extensions, &type, &data))
		if (type == SERVER_NAME)
			server_name(data, hello);
		else if (type == ALPN)
			protocols(data, hello->alpn);
}

/* Concatenate the fragments of handshake records.  False if a record of another
 * type comes between them, or an empty one. */
static bool
join_records(struct view v, uint8_t *out, size_t *n)
{
	unsigned records = 0;

	*n = 0;
	while (view_left(&v) > 0 && *n < HELLO_MAX) {
		uint8_t type = view_u8(&v);
		size_t size, left;

		if (type != TLS_HANDSHAKE || (view_left(&v) > 0 && *v.p != 3))
			return false;
		view_skip(&v, 2);
		size = view_be16(&v);
		if (v.is_short)
			break;
		if (size == 0 || records++ == RECORDS_MAX)
			return false;	/* empty: RFC 8446, 5.1 */
		left = view_left(&v);
		if (size > left)
			size = left;
		if (size > HELLO_MAX - *n)
			size = HELLO_MAX - *n;
		memcpy(out + *n, v.p, size);
		*n += size;
		view_skip(&v, size);
	}
	return true;
}

/* The message of this type at the start of a stream, after its type and length,
 * as *v in joined. */
static enum tls_result
find_message(const uint8_t *p, size_t n, uint8_t type,
    uint8_t joined[HELLO_MAX], struct view *v)
{
	size_t have, size;
	enum tls_result cut = join_records(view_of(p, n), joined, &have) ?
	    TLS_MORE : TLS_NOT;

	if (have < 4)
		return cut;
	if (joined[0] != type)
		return TLS_NOT;
	size = 4 + ((size_t)joined[1] << 16 | be16(joined + 2));
	if (size > HELLO_MAX)
		return TLS_NOT;
	if (have < size)
		return cut;
	*v = view_of(joined + 4, size - 4);
	return TLS_OK;
}

enum tls_result
tls_client_hello(const uint8_t *p, size_t n, struct tls_hello *hello)
{
	uint8_t joined[HELLO_MAX];
	struct view v;
	enum tls_result result = find_message(p, n, TLS_CLIENT_HELLO, joined,
	    &v);

	*hello = (struct tls_hello){ 0 };
	if (result == TLS_OK)
		parse_hello(v, hello);
	return result;
}

/*
 * The server's.
 */
/* The random of a HelloRetryRequest: RFC 8446, 4.1.3. */
static const uint8_t retry[] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02,
	0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};

static void
parse_server_hello(struct view v, struct tls_server_hello *hello)
{
	struct view extensions, data;
	const uint8_t *random;
	uint16_t type;

	hello->version = view_be16(&v);
	random = view_bytes(&v, sizeof retry);
	hello->is_retry = random != NULL &&
	    memcmp(random, retry, sizeof retry) == 0;
	view_skip(&v, view_u8(&v));		/* session id */
	view_skip(&v, 2 + 1);			/* cipher suite, compression */
	extensions = part(&v, view_be16(&v));
	while (next_extension(&extensions, &type, &data))
		if (type == SUPPORTED_VERSIONS)
			hello->version = view_be16(&data);
		else if (type == PRE_SHARED_KEY)
			hello->has_psk = true;
		else if (type == ALPN)
			protocols(data, hello->alpn);
}

enum tls_result
tls_server_hello(const uint8_t *p, size_t n, struct tls_server_hello *hello)
{
	uint8_t joined[HELLO_MAX];
	struct view v;
	enum tls_result result = find_message(p, n, TLS_SERVER_HELLO, joined,
	    &v);

	*hello = (struct tls_server_hello){ 0 };
	if (result == TLS_OK)
		parse_server_hello(v, hello);
	return result;
}

bool
tls_record(const uint8_t *p, uint32_t *len)
{
	*len = be16(p + 3);
	return p[0] >= TLS_CHANGE_CIPHER && p[0] <= TLS_HEARTBEAT &&
	    p[1] == 3 && p[2] <= 4 && *len <= RECORD_MAX;
}
