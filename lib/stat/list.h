/* Lists in a text: parts with a byte between. */
#ifndef STAT_LIST_H
#define STAT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct list {
	const char *at, *end;	/* what is left */
	char between;
	bool more;		/* a part is left, be it empty */
};

/* The parts of a text; an empty one has one part. */
static inline struct list
list_of(const char *text, size_t n, char between)
{
	return (struct list){ text, text + n, between, true };
}

/* Names with commas between; NULL or an empty text has none. */
static inline struct list
list_of_names(const char *names)
{
	if (names == NULL || *names == '\0')
		return (struct list){ .more = false };
	return list_of(names, strlen(names), ',');
}

/* The next part; false when there is none. */
static inline bool
list_next(struct list *l, const char **part, size_t *n)
{
	const char *stop;

	if (!l->more)
		return false;
	stop = memchr(l->at, l->between, (size_t)(l->end - l->at));
	l->more = stop != NULL;
	*part = l->at;
	*n = (size_t)((stop != NULL ? stop : l->end) - l->at);
	l->at += *n + l->more;
	return true;
}

/* Is text[0..n) a part of the list? */
static inline bool
list_has(const char *list, const char *text, size_t n)
{
	struct list l = list_of_names(list);
	const char *part;
	size_t len;

	while (list_next(&l, &part, &len))
		if (len == n && memcmp(part, text, n) == 0)
			return true;
	return false;
}

#endif
