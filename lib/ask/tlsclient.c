#include "ask/tlsclient.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct tlsclient {
	SSL *ssl;
	int error;		/* SSL_get_error() of the last step */
	unsigned long reason;	/* of SSL_ERROR_SSL */
};

static SSL_CTX *context;

/* Accept any certificate. */
static int
accept_any(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

/* Old servers are to be reported, too: allow any version and cipher. */
static bool
set_context(SSL_CTX *ctx)
{
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT |
	    SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_max_cert_list(ctx, TLSCLIENT_BYTES_MAX);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Return after each record without data, so that they are counted. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, "ALL") == 1;
}

int
tlsclient_setup(void)
{
	unsigned char some;

	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    RAND_bytes(&some, 1) != 1 ||
	    (context = SSL_CTX_new(TLS_client_method())) == NULL)
		return -1;
	return set_context(context) ? 0 : -1;
}

struct tlsclient *
tlsclient_open(int fd, const char *name)
{
	struct tlsclient *tls = calloc(1, sizeof *tls);

	if (tls == NULL)
		return NULL;
	if ((tls->ssl = SSL_new(context)) == NULL ||
	    SSL_set_fd(tls->ssl, fd) != 1 || (name != NULL &&
	    SSL_set_tlsext_host_name(tls->ssl, name) != 1)) {
		tlsclient_close(tls);
		return NULL;
	}
	return tls;
}

void
tlsclient_close(struct tlsclient *tls)
{
	/* SSL_shutdown(3) must not be called after a failure, nor during the
	 * handshake. */
	if (tls->ssl != NULL && SSL_is_init_finished(tls->ssl) &&
	    tls->error != SSL_ERROR_SSL && tls->error != SSL_ERROR_SYSCALL)
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
	SSL_free(tls->ssl);
	free(tls);
}

/* Translate the result of a call to OpenSSL. */
static int
result(struct tlsclient *tls, int r)
{
	int error = errno;

	tls->error = SSL_get_error(tls->ssl, r);
	switch (tls->error) {
	case SSL_ERROR_NONE:
		return r;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		if (BIO_number_read(SSL_get_rbio(tls->ssl)) >
		    TLSCLIENT_BYTES_MAX)
			errno = EMSGSIZE;
		return -1;
	case SSL_ERROR_SYSCALL:
		errno = error;
		return error != 0 ? -1 : 0;
	default:
		tls->reason = ERR_peek_error();
		errno = EPROTO;
		return -1;
	}
}

/* Errors of earlier calls, for any connection, would count for the next. */
static void
begin(void)
{
	ERR_clear_error();
	errno = 0;
}

int
tlsclient_handshake(struct tlsclient *tls)
{
	begin();
	return result(tls, SSL_connect(tls->ssl));
}

ssize_t
tlsclient_read(struct tlsclient *tls, void *buf, size_t n)
{
	begin();
	return result(tls, SSL_read(tls->ssl, buf, (int)n));
}

ssize_t
tlsclient_write(struct tlsclient *tls, const void *buf, size_t n)
{
	begin();
	return result(tls, SSL_write(tls->ssl, buf, (int)n));
}

short
tlsclient_events(const struct tlsclient *tls)
{
	return tls->error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
}

/*
 * The reason of an error has the number of the peer's alert (RFC 8446, section
 * 6).  OpenSSL's text for it is like "sslv3 alert handshake failure" or "tlsv1
 * unrecognized name".
 */
const char *
tlsclient_alert(const struct tlsclient *tls)
{
	int reason = ERR_GET_REASON(tls->reason);
	static const char alert[] = " alert ";
	const char *name;

	if (tls->error != SSL_ERROR_SSL || reason < SSL_AD_REASON_OFFSET ||
	    reason >= SSL_AD_REASON_OFFSET + 256)
		return NULL;
	name = ERR_reason_error_string(tls->reason);
	if (name == NULL || (name = strchr(name, ' ')) == NULL)
		return "unknown";
	return strncmp(name, alert, sizeof alert - 1) == 0 ?
	    name + sizeof alert - 1 : name + 1;
}

const char *
tlsclient_version(const struct tlsclient *tls)
{
	switch (SSL_version(tls->ssl)) {
	case TLS1_VERSION:
		return "1.0";
	case TLS1_1_VERSION:
		return "1.1";
	case TLS1_2_VERSION:
		return "1.2";
	default:
		return "1.3";
	}
}

/* Copy a name as UTF-8, cut to max bytes. */
static size_t
copy_name(const ASN1_STRING *name, char *out, size_t max)
{
	unsigned char *utf8;
	int n = ASN1_STRING_to_UTF8(&utf8, name);

	if (n < 0)
		return 0;
	if ((size_t)n < max)
		max = (size_t)n;
	memcpy(out, utf8, max);
	OPENSSL_free(utf8);
	return max;
}

static size_t
common_name(const X509 *cert, char *out, size_t max)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	return at < 0 ? 0 : copy_name(X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(subject, at)), out, max);
}

static size_t
dns_name(const X509 *cert, char *out, size_t max)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
	    NULL, NULL);
	size_t n = 0;

	for (int i = 0; n == 0 && i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_STRING *name = GENERAL_NAME_get0_value(
		    sk_GENERAL_NAME_value(names, i), &type);

		if (type == GEN_DNS)
			n = copy_name(name, out, max);
	}
	GENERAL_NAMES_free(names);
	return n;
}

size_t
tlsclient_name(const struct tlsclient *tls, char *out, size_t max)
{
	X509 *cert = SSL_get_peer_certificate(tls->ssl);
	size_t n;

	if (cert == NULL)
		return 0;
	if ((n = common_name(cert, out, max)) == 0)
		n = dns_name(cert, out, max);
	X509_free(cert);
	return n;
}

bool
tlsclient_days(const struct tlsclient *tls, int *days)
{
	X509 *cert = SSL_get_peer_certificate(tls->ssl);
	int seconds = 0;
	bool known;

	if (cert == NULL)
		return false;
	known = ASN1_TIME_diff(days, &seconds, NULL,
	    X509_get0_notAfter(cert)) == 1;
	*days -= seconds < 0;
	X509_free(cert);
	return known;
}
