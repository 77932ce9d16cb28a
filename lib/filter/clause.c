#include "filter/clause.h"

void
clause_next(struct clause *c)
{
	fputs(c->n++ == 0 ? "(" : " or ", c->f);
}

void
clause_end(const struct clause *c)
{
	if (c->n > 0)
		putc(')', c->f);
}

void
clause_and(FILE *f)
{
	fputs(" and ", f);
}
