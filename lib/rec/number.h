/* Numbers as records write them, both ways; the hot path of the stream. */
#ifndef REC_NUMBER_H
#define REC_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUM_TEXT_MAX	20
#define NS_TEXT_MAX	21
#define NUM_PADDING	8	/* bytes readable on both sides of a text */

/* Write v to out; returns the bytes written. */
size_t num_fmt(char *out, uint64_t v);

/* Write ns as seconds, a point and nine digits; returns the bytes written. */
size_t ns_fmt(char *out, uint64_t ns);

/*
 * Read the number that is all of text[0..n): decimal digits, at most
 * UINT64_MAX, and for ns_scan a point and up to nine more.  Returns n, or 0
 * for "no".  NUM_PADDING bytes before text and behind it must be readable.
 */
size_t num_scan(const char *text, size_t n, uint64_t *v);
size_t ns_scan(const char *text, size_t n, uint64_t *ns);

#endif
