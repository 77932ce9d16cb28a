#include "job/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	struct job_line *line;
	char **out;		/* where the next argument goes */
	char *err;
	size_t errlen;
};

#define FAIL(p, ...)	(snprintf((p)->err, (p)->errlen, __VA_ARGS__), -1)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Is it N>|K or N>&M? */
static bool
redirect_scan(const char *word, struct job_redirect *r)
{
	unsigned long to;
	char *end;

	if (!is_digit(word[0]) || word[1] != '>' ||
	    (word[2] != '|' && word[2] != '&') || !is_digit(word[3]))
		return false;
	to = strtoul(word + 3, &end, 10);
	if (*end != '\0')
		return false;
	*r = (struct job_redirect){ .word = word, .fd = word[0] - '0' };
	if (word[2] == '|')
		r->to_stage = to;
	else
		r->copy_of = to;
	return true;
}

static int
add_redirect(struct parser *p, const struct job_redirect *r)
{
	struct job_stage *stage = &p->line->stages[p->line->n - 1];

	if (stage->nredirects == JOB_REDIRECTS_MAX)
		return FAIL(p, "%s: a stage has at most %d of these", r->word,
		    JOB_REDIRECTS_MAX);
	if (r->word[2] == '|' && r->to_stage <= p->line->n)
		return FAIL(p, "%s: must lead to a stage after %zu", r->word,
		    p->line->n);
	if (r->copy_of > JOB_FD_MAX)
		return FAIL(p, "%s: descriptors are 0 to %d", r->word,
		    JOB_FD_MAX);
	stage->redirects[stage->nredirects++] = *r;
	return 0;
}

static int
begin_stage(struct parser *p)
{
	if (p->line->n == JOB_STAGES_MAX)
		return FAIL(p, "at most %d stages", JOB_STAGES_MAX);
	p->line->stages[p->line->n++] = (struct job_stage){ .argv = p->out };
	return 0;
}

static int
end_stage(struct parser *p, bool piped)
{
	struct job_stage *stage = &p->line->stages[p->line->n - 1];

	if (p->out == stage->argv)
		return FAIL(p, "stage %zu has no program", p->line->n);
	*p->out++ = NULL;
	stage->piped = piped;
	return 0;
}

static int
add_word(struct parser *p, char *word)
{
	struct job_redirect r;

	if (strcmp(word, "|") == 0 || strcmp(word, ";") == 0) {
		if (end_stage(p, word[0] == '|') < 0)
			return -1;
		return begin_stage(p);
	}
	if (redirect_scan(word, &r))
		return add_redirect(p, &r);
	*p->out++ = word;
	return 0;
}

/* Mark the stages that something leads to. */
static int
follow(struct parser *p, bool *has_input)
{
	const struct job_line *line = p->line;

	for (size_t i = 0; i < line->n; i++) {
		const struct job_stage *stage = &line->stages[i];

		if (stage->piped)
			has_input[i + 1] = true;
		for (size_t j = 0; j < stage->nredirects; j++) {
			unsigned long to = stage->redirects[j].to_stage;

			if (to > line->n)
				return FAIL(p, "%s: there are %zu stages",
				    stage->redirects[j].word, line->n);
			if (to > 0)
				has_input[to - 1] = true;
		}
	}
	return 0;
}

static int
check_inputs(struct parser *p)
{
	bool has_input[JOB_STAGES_MAX] = { true };

	if (follow(p, has_input) < 0)
		return -1;
	for (size_t i = 0; i < p->line->n; i++)
		if (!has_input[i])
			return FAIL(p, "nothing leads to stage %zu", i + 1);
	return 0;
}

int
job_line_parse(struct job_line *line, char **words, char *err, size_t errlen)
{
	struct parser p = { line, words, err, errlen };

	line->n = 0;
	if (*words == NULL)
		return FAIL(&p, "no program");
	if (begin_stage(&p) < 0)
		return -1;
	for (; *words != NULL; words++)
		if (add_word(&p, *words) < 0)
			return -1;
	if (end_stage(&p, false) < 0)
		return -1;
	return check_inputs(&p);
}
