/*
 * The client's side of TLS on a non-blocking connection, by OpenSSL.
 * Certificates are not verified: they are read to be reported.
 */
#ifndef ASK_TLSCLIENT_H
#define ASK_TLSCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TLSCLIENT_BYTES_MAX	65536	/* read of one connection */

struct tlsclient;

/* Initialise OpenSSL, without the system's configuration of it; call this
 * before the sandbox denies files.  Returns 0 or -1. */
int tlsclient_setup(void);

/* A client on a connected descriptor, which the caller closes; name is the
 * server's for SNI (RFC 6066), or NULL.  NULL without memory. */
struct tlsclient *tlsclient_open(int fd, const char *name);
/* Send close_notify, if that does not block, and free. */
void tlsclient_close(struct tlsclient *tls);

/*
 * Do the handshake; read; write.  They return 1 or the number of bytes, 0 at
 * the end of the connection, or -1 with errno: EAGAIN to wait for
 * tlsclient_events(), EPROTO for an alert or if the peer does not speak TLS,
 * EMSGSIZE after TLSCLIENT_BYTES_MAX bytes, or one of the system.
 */
int tlsclient_handshake(struct tlsclient *tls);
ssize_t tlsclient_read(struct tlsclient *tls, void *buf, size_t n);
ssize_t tlsclient_write(struct tlsclient *tls, const void *buf, size_t n);

/* What poll(2) is to wait for after EAGAIN. */
short tlsclient_events(const struct tlsclient *tls);

/* The text of the alert that caused EPROTO, or NULL if none did. */
const char *tlsclient_alert(const struct tlsclient *tls);

/* "1.3" */
const char *tlsclient_version(const struct tlsclient *tls);

/* Write the common name of the server's certificate to out, or its first DNS
 * name if it has none, as UTF-8 cut to max bytes.  Returns its length, or 0. */
size_t tlsclient_name(const struct tlsclient *tls, char *out, size_t max);

/* Whole days until the server's certificate expires, negative once it has.
 * False if the server sent none. */
bool tlsclient_days(const struct tlsclient *tls, int *days);

#endif
