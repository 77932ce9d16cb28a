/* Text fields: any bytes, escaped so that they fit between two TABs. */
#ifndef REC_TEXT_H
#define REC_TEXT_H

#include <stddef.h>

#define TEXT_ESCAPED_MAX	4	/* bytes written for a byte read */

/*
 * Write text[0..n) to out, escaped: TAB, newline, carriage return and backslash
 * as \t \n \r \\; other control characters and bytes that are not valid UTF-8
 * (RFC 3629) as \xHH; a text that is "-" as \x2d.  out has room for
 * n * TEXT_ESCAPED_MAX bytes.  Returns the bytes written.
 */
size_t text_escape(char *out, const void *text, size_t n);

/*
 * Write the bytes that the escaped text[0..n) stands for to out, which has room
 * for n.  A backslash before any other byte stands for itself.  Returns the
 * bytes written.
 */
size_t text_unescape(void *out, const char *text, size_t n);

#endif
