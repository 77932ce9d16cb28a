#include "wire/tls.h"

#include <string.h>

#include "wire/view.h"

enum { HANDSHAKE = 22, SERVER_NAME = 0, HOST_NAME = 0, ALPN = 16 };

#define HELLO_MAX	(16 * 1024)	/* bytes of the handshake message */
#define RECORDS_MAX	256		/* no client uses more for it */

bool
tls_may_start(const uint8_t *p, size_t n)
{
	return p[0] == HANDSHAKE && (n < 2 || p[1] == 3) &&
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
protocols(struct view v, struct tls_hello *hello)
{
	struct view list = part(&v, view_be16(&v));

	while (view_left(&list) > 0 && !list.is_short)
		add_text(hello->alpn, sizeof hello->alpn,
		    part(&list, view_u8(&list)));
}

/* The message after its type and length. */
static void
parse_hello(struct view v, struct tls_hello *hello)
{
	struct view extensions;

	view_skip(&v, 2 + 32);			/* version, random */
	view_skip(&v, view_u8(&v));		/* session id */
	view_skip(&v, view_be16(&v));		/* cipher suites */
	view_skip(&v, view_u8(&v));		/* compression */
	extensions = part(&v, view_be16(&v));
	while (view_left(&extensions) > 0 && !extensions.is_short) {
		uint16_t type = view_be16(&extensions);
		struct view data = part(&extensions, view_be16(&extensions));

		if (type == SERVER_NAME)
			server_name(data, hello);
		else if (type == ALPN)
			protocols(data, hello);
	}
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

		if (type != HANDSHAKE || (view_left(&v) > 0 && *v.p != 3))
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

enum tls_result
tls_client_hello(const uint8_t *p, size_t n, struct tls_hello *hello)
{
	uint8_t joined[HELLO_MAX];
	struct view v;
	size_t have, size;
	enum tls_result cut;

	*hello = (struct tls_hello){ 0 };
	cut = join_records(view_of(p, n), joined, &have) ? TLS_MORE : TLS_NOT;
	if (have < 4)
		return cut;
	if (joined[0] != TLS_CLIENT_HELLO)
		return TLS_NOT;
	size = 4 + ((size_t)joined[1] << 16 | be16(joined + 2));
	if (size > HELLO_MAX)
		return TLS_NOT;
	if (have < size)
		return cut;
	v = view_of(joined + 4, size - 4);
	parse_hello(v, hello);
	return TLS_OK;
}
