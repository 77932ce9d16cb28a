#include "sys/portset.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS		"0123456789"
#define WORD_MAX	63	/* more than any service's name has */

/* A number from the front of text; what is behind it, NULL where it is none. */
static const char *
scan_port(const char *text, uint16_t *port)
{
	size_t n = strspn(text, DIGITS);
	unsigned long v = strtoul(text, NULL, 10);

	*port = (uint16_t)v;
	return n > 0 && v <= UINT16_MAX ? text + n : NULL;
}

/* NULL, or what is wrong with it. */
static const char *
scan_numbers(const char *word, struct port_range *r)
{
	const char *end = scan_port(word, &r->first);

	r->last = r->first;
	if (end != NULL && *end == '-')
		end = scan_port(end + 1, &r->last);
	if (end == NULL || *end != '\0')
		return "ports are numbers from 0 to 65535";
	if (r->last < r->first)
		return "a range goes from its lower port to its higher";
	return NULL;
}

/* Names may have digits and dashes, too, but something else beside. */
static const char *
scan_word(const char *word, struct port_range *r)
{
	const struct servent *service;

	if (*word == '\0')
		return "a port is missing";
	if (word[strspn(word, DIGITS "-")] == '\0')
		return scan_numbers(word, r);
	if ((service = getservbyname(word, "tcp")) == NULL)
		return "neither a port, nor a range, nor a TCP service";
	r->first = r->last = ntohs((uint16_t)service->s_port);
	return NULL;
}

static const char *
add(struct ports *p, const char *word)
{
	struct port_range r, *bigger;
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
ports_add(struct ports *p, const char *text, char *why, size_t nwhy)
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
ports_has(const struct ports *p, uint16_t port)
{
	for (size_t i = 0; i < p->n; i++)
		if (port >= p->range[i].first && port <= p->range[i].last)
			return true;
	return false;
}

void
ports_free(struct ports *p)
{
	free(p->range);
	*p = (struct ports){ 0 };
}
