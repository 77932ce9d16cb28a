#include "sys/portset.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS		"0123456789"
#define WORD_MAX	63	/* longer than any service's name */

/* Parse the number at the start of text: what follows it, NULL if none. */
static const char *
scan_port(const char *text, uint16_t *port)
{
	size_t n = strspn(text, DIGITS);
	unsigned long v = strtoul(text, NULL, 10);

	*port = (uint16_t)v;
	return n > 0 && v <= UINT16_MAX ? text + n : NULL;
}

/* Parse "port" or "first-last".  NULL, or what is wrong. */
static const char *
scan_numbers(const char *word, struct portset_range *r)
{
	const char *end = scan_port(word, &r->first);

	r->last = r->first;
	if (end != NULL && *end == '-')
		end = scan_port(end + 1, &r->last);
	if (end == NULL || *end != '\0')
		return "ports are numbers from 0 to 65535";
	if (r->last < r->first)
		return "a range must begin with its lower port";
	return NULL;
}

/* A word of digits and dashes alone is a number or range, else a name. */
static const char *
scan_word(const char *word, struct portset_range *r)
{
	const struct servent *service;

	if (*word == '\0')
		return "a port is missing";
	if (word[strspn(word, DIGITS "-")] == '\0')
		return scan_numbers(word, r);
	if ((service = getservbyname(word, "tcp")) == NULL)
		return "not a port, a range or a TCP service";
	r->first = r->last = ntohs((uint16_t)service->s_port);
	return NULL;
}

static const char *
add(struct portset *p, const char *word)
{
	struct portset_range r, *bigger;
	const char *why = scan_word(word, &r);

	if (why != NULL)
		return why;
	bigger = realloc(p->range, (p->n + 1) * sizeof r);
	if (bigger == NULL)
		return "no memory";
	p->range = bigger;
	p->range[p->n++] = r;
	return NULL;
}

int
portset_add(struct portset *p, const char *text, char *why, size_t nwhy)
{
	char word[WORD_MAX + 1];
	const char *reason;
	size_t n;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		snprintf(word, sizeof word, "%.*s", (int)n, text);
		reason = n > WORD_MAX ? "too long for a port" : add(p, word);
		if (reason != NULL) {
			snprintf(why, nwhy, "'%.*s': %s", (int)n, text, reason);
			return -1;
		}
		if (text[n] == '\0')
			return 0;
	}
}

bool
portset_has(const struct portset *p, uint16_t port)
{
	for (size_t i = 0; i < p->n; i++)
		if (port >= p->range[i].first && port <= p->range[i].last)
			return true;
	return false;
}

void
portset_free(struct portset *p)
{
	free(p->range);
	*p = (struct portset){ 0 };
}
