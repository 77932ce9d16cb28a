/* The parts of a text that are separated by a byte: "src,dport". */
#ifndef REC_PARTS_H
#define REC_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct parts {
	const char *at, *end;	/* the rest */
	char separator;
	bool more;		/* the rest has a part, which may be empty */
};

/* Iterate over text[0..n).  An empty text has one empty part. */
static inline struct parts
parts_of(const char *text, size_t n, char separator)
{
	return (struct parts){ text, text + n, separator, true };
}

/* Iterate over names separated by commas.  NULL and "" have no part. */
static inline struct parts
parts_of_names(const char *names)
{
	if (names == NULL || *names == '\0')
		return (struct parts){ .more = false };
	return parts_of(names, strlen(names), ',');
}

/* Get the next part; false after the last. */
static inline bool
parts_next(struct parts *p, const char **part, size_t *n)
{
	const char *stop;

	if (!p->more)
		return false;
	stop = memchr(p->at, p->separator, (size_t)(p->end - p->at));
	p->more = stop != NULL;
	*part = p->at;
	*n = (size_t)((stop != NULL ? stop : p->end) - p->at);
	p->at += *n + p->more;
	return true;
}

/* Is text[0..n) one of the names? */
static inline bool
parts_has(const char *names, const char *text, size_t n)
{
	struct parts p = parts_of_names(names);
	const char *part;
	size_t len;

	while (parts_next(&p, &part, &len))
		if (len == n && memcmp(part, text, n) == 0)
			return true;
	return false;
}

#endif
