/*
 * Segments whose payload is escaped text, as in the column data of a record.
 *
 * Unescaping is most of the work, and most of a body is only counted.  So a
 * segment is received in two parts: its payload up to the end of the first head
 * in it, and the rest, whose text is unescaped only if it is wanted after that
 * head was parsed.
 */
#ifndef HTTP_PAYLOAD_H
#define HTTP_PAYLOAD_H

#include "http/http.h"

/*
 * How a payload is escaped: unescape() writes the bytes of text[0..n) to out,
 * which has room for n, and returns how many they are.  CR and LF must be
 * escaped as "\r" and "\n".
 */
struct payload {
	size_t (*unescape)(void *out, const char *text, size_t n);
	uint8_t *bytes;		/* memory that is used again */
	size_t size;
};

/*
 * Receive a segment as http_segment() does, with the text of what was captured
 * of its payload.  0, or -1 if out of memory.
 */
int payload_segment(struct payload *p, struct http *h, uint32_t i, int from,
    uint64_t now, const struct tcp *tcp, const char *text, size_t n);

void payload_free(struct payload *p);

#endif
