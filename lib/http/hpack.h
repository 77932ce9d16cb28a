/*
 * Header blocks of HTTP/2, by nghttp2's inflater for HPACK (RFC 7541).
 *
 * Where the capture does not have all earlier blocks, the entries of the
 * dynamic table are unknown.  Indices count from the newest entry, so entries
 * that are added later are known for certain: the table is filled with entries
 * that stand for unknown ones, and nothing is guessed.
 */
#ifndef HTTP_HPACK_H
#define HTTP_HPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/http1.h"

#define HPACK_TABLE		4096	/* bytes of a table, RFC 9113, 6.5.2 */
#define HPACK_TABLE_MAX		(64 * 1024)	/* followed up to this */
#define HPACK_MEMORY_MAX	(128 * 1024)	/* for the table of one side */

struct hpack;

/* Was this built with nghttp2? */
bool hpack_is_here(void);

/* The table of one side at the start of its connection, or filled with unknown
 * entries.  NULL if out of memory, or built without nghttp2. */
struct hpack *hpack_new(bool unknown);
void hpack_free(struct hpack *h);

/* The receiver allows a table of this size: SETTINGS_HEADER_TABLE_SIZE. */
void hpack_allow(struct hpack *h, uint32_t size);

/*
 * Inflate the next n bytes of a header block, the last ones if last, and call
 * field() with each field; name and value are empty if the name is unknown.
 * They are valid until field() returns.  False if the block is invalid or its
 * table needs too much memory: then this table can inflate nothing more.
 */
bool hpack_inflate(struct hpack *h, const uint8_t *p, size_t n, bool last,
    void (*field)(void *arg, struct http1_text name, struct http1_text value),
    void *arg);

#endif
