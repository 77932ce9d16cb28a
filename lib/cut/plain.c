#include "cut/plain.h"

#include <string.h>

/* Is the field the escape of the text "-", alone? */
static bool
is_dash(const char *text, size_t n)
{
	return n == 4 && memcmp(text, "\\x2d", 4) == 0;
}

/* The byte that a backslash before c stands for, 0 if none. */
static char
unescaped(char c)
{
	switch (c) {
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case '\\':
		return '\\';
	default:
		return '\0';
	}
}

size_t
plain_text(char *out, const char *text, size_t n)
{
	char *to = out;

	if (is_dash(text, n)) {
		*out = '-';
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		char c = text[i] == '\\' && i + 1 < n ?
		    unescaped(text[i + 1]) : '\0';

		*to++ = c != '\0' ? c : text[i];
		i += c != '\0';
	}
	return (size_t)(to - out);
}

/* Write text[0..n) between two quotes, and each quote in it twice.  The text may
 * be in out itself, far enough on to be read before it is overwritten. */
static size_t
quote(char *out, char mark, const char *text, size_t n)
{
	char *to = out;

	*to++ = mark;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == mark)
			*to++ = mark;
		*to++ = c;
	}
	*to++ = mark;
	return (size_t)(to - out);
}

static bool
csv_needs_quotes(const char *text, size_t n)
{
	if (n == 0 || text[0] == ' ' || text[n - 1] == ' ')
		return true;
	for (size_t i = 0; i < n; i++)
		if (strchr(",\"\r\n", text[i]) != NULL)
			return true;
	return false;
}

size_t
plain_csv(char *out, const char *text, size_t n)
{
	char *plain = out + PLAIN_MAX / 2 * n + PLAIN_QUOTES;
	size_t len = plain_text(plain, text, n);

	if (csv_needs_quotes(plain, len))
		return quote(out, '"', plain, len);
	memmove(out, plain, len);
	return len;
}

size_t
plain_sql(char *out, const char *text, size_t n)
{
	char *plain = out + PLAIN_MAX / 2 * n + PLAIN_QUOTES;

	return quote(out, '\'', plain, plain_text(plain, text, n));
}

/* \t, \n, \r and \\ are the same in JSON; \xHH below \x80 is \u00HH. */
size_t
plain_json(char *out, const char *text, size_t n)
{
	char *to = out;

	if (is_dash(text, n))
		return plain_json(out, "-", 1);
	*to++ = '"';
	for (size_t i = 0; i < n; i++) {
		char next = i + 1 < n ? text[i + 1] : '\0';

		if (text[i] == '"') {
			*to++ = '\\';
			*to++ = '"';
		} else if (text[i] != '\\') {
			*to++ = text[i];
		} else if (unescaped(next) != '\0') {
			*to++ = '\\';
			*to++ = next;
			i++;
		} else if (next == 'x' && i + 3 < n && text[i + 2] < '8') {
			to = stpcpy(to, "\\u00");
			*to++ = text[i + 2];
			*to++ = text[i + 3];
			i += 3;
		} else
			to = stpcpy(to, "\\\\");
	}
	*to++ = '"';
	return (size_t)(to - out);
}

/* Zeek writes a control character as \xHH, and a text that is "-" as we do. */
size_t
plain_zeek(char *out, const char *text, size_t n)
{
	char *to = out;

	for (size_t i = 0; i < n; i++) {
		char next = text[i] == '\\' && i + 1 < n ? text[i + 1] : '\0';

		if (next == 't' || next == 'n' || next == 'r') {
			to = stpcpy(to, next == 't' ? "\\x09" :
			    next == 'n' ? "\\x0a" : "\\x0d");
			i++;
		} else {
			*to++ = text[i];
			if (next == '\\')
				*to++ = text[++i];
		}
	}
	return (size_t)(to - out);
}

bool
plain_is_number(const char *text, size_t n)
{
	size_t i = n > 0 && text[0] == '-', digits = i;

	while (i < n && text[i] >= '0' && text[i] <= '9')
		i++;
	if (i == digits || (text[digits] == '0' && i > digits + 1))
		return false;
	if (i == n)
		return true;
	return text[i] == '.' && i + 1 < n &&
	    strspn(text + i + 1, "0123456789") >= n - i - 1;
}
