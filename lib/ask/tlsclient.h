/*
 * The client's side of TLS on a connection that does not block, by OpenSSL.
 * Nobody's certificate is verified: it is asked for to be told.
 */
#ifndef ASK_TLSCLIENT_H
#define ASK_TLSCLIENT_H

#include <stddef.h>
#include <sys/types.h>

#define TLSCLIENT_BYTES_MAX	65536	/* taken of one connection */

struct tlsclient;

/* Make ready what OpenSSL needs of the system, before files are shut out: 0,
 * or -1.  The machine's configuration of OpenSSL is not read. */
int tlsclient_setup(void);

/* On a connected descriptor, which stays the caller's; name is the server's
 * for SNI (RFC 6066), or NULL.  NULL without memory. */
struct tlsclient *tlsclient_open(int fd, const char *name);
/* Say goodbye, where that can be done without waiting, and free. */
void tlsclient_close(struct tlsclient *tls);

/*
 * Shake hands; read and write.  1 or the bytes done, 0 for the end of the
 * connection, or -1 with errno: EAGAIN to wait for tlsclient_events(), EPROTO for
 * what is no TLS, or an alert, EMSGSIZE for more than TLSCLIENT_BYTES_MAX,
 * ECONNRESET and others of the system.
 */
int tlsclient_shake(struct tlsclient *tls);
ssize_t tlsclient_read(struct tlsclient *tls, void *buf, size_t n);
ssize_t tlsclient_write(struct tlsclient *tls, const void *buf, size_t n);

/* What poll(2) is to wait for after EAGAIN. */
short tlsclient_events(const struct tlsclient *tls);

/* The alert behind EPROTO, as words; NULL where there was none. */
const char *tlsclient_alert(const struct tlsclient *tls);

/* "1.3" */
const char *tlsclient_version(const struct tlsclient *tls);

/* The common name of the server's certificate, or its first DNS name where it
 * has none, as UTF-8 of at most max bytes: how many, 0 for none. */
size_t tlsclient_name(const struct tlsclient *tls, char *out, size_t max);

#endif
