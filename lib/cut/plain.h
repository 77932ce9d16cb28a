/*
 * The text of a field in the forms of other programs.  Whatever the form, no
 * byte is written that could end a field or move a terminal's cursor, unless it
 * stands within the quotes of a form that has them: control characters other
 * than TAB, newline and carriage return, and bytes that are not UTF-8, stay as
 * the \xHH of a record.
 */
#ifndef CUT_PLAIN_H
#define CUT_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#define PLAIN_MAX	8	/* bytes written for a byte read, at most */
#define PLAIN_QUOTES	2	/* and for quotes */

/*
 * Write the text that the escaped field text[0..n) stands for to out, which has
 * room for PLAIN_MAX * n + PLAIN_QUOTES bytes: without quotes; in double quotes
 * if CSV needs them (RFC 4180); as a string of JSON (RFC 8259); as a string of
 * SQL; or with the escapes of Zeek's logs.  Returns the bytes written.
 */
size_t plain_text(char *out, const char *text, size_t n);
size_t plain_csv(char *out, const char *text, size_t n);
size_t plain_json(char *out, const char *text, size_t n);
size_t plain_sql(char *out, const char *text, size_t n);
size_t plain_zeek(char *out, const char *text, size_t n);

/* Is text[0..n) a number as JSON and SQL write it? */
bool plain_is_number(const char *text, size_t n);

#endif
