/*
 * Records of TLS (RFC 8446, 5.1), counted without keys: the server's hello,
 * when the handshake is complete, and how often the client speaks after the
 * server.
 */
#ifndef HTTP_RECORDS_H
#define HTTP_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "conn/reassembly.h"
#include "wire/tls.h"

struct connection;
struct http;

/* One side.  All zeros: at the start of a record. */
struct records_side {
	uint32_t len, left;	/* bytes of the record, and left of it */
	uint8_t type;		/* of the record */
	uint8_t nkept;
	uint8_t kept[TLS_RECORD_HEAD];
	bool lost;		/* until a segment begins with a record */
	bool switched;		/* it sent ChangeCipherSpec */
	bool finished;		/* it sent Finished */
};

struct records {
	struct records_side side[2];
	struct tls_server_hello server;
	uint64_t began;		/* first byte of the ClientHello; 0: unknown */
	uint64_t handshake;	/* ns until its last message, if complete */
	uint32_t turns;		/* client spoke after the server */
	uint8_t last;		/* the side of the last application data */
	bool has_server, has_handshake;
	bool resumed, has_resumed;
};

/* Both sides send records from now on.  False if out of memory. */
bool records_begin(struct connection *c);

/* Receive the first records of a side, which it kept as a line; if full, the
 * line does not have all of them. */
void records_again(struct connection *c, int from, bool full);

/* Consume bytes of a side. */
void records_bytes(struct connection *c, struct reassembly_bytes *b);

/* The next n bytes of a side are missing in the capture. */
void records_gap(struct connection *c, int from, uint64_t time, uint32_t n);

/* How many of a side's next bytes are only counted. */
uint64_t records_unwanted(const struct connection *c, int from);

#endif
