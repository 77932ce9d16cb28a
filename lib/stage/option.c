#include "stage/option.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/io.h"
#include "sys/version.h"

#define OPTS_MAX	40	/* rows of a table */
#define WIDTH		79	/* of the usage */
#define HELP_COLUMN	26	/* where an option's help begins */

void
opt_wrong(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vwarnx(format, ap);
	va_end(ap);
	fprintf(stderr, "try '%s --help'\n", program_invocation_short_name);
	exit(2);
}

uint64_t
opt_seconds(int c, const char *text, double max)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end != '\0' || !(v > 0) || v > max)
		opt_wrong("-%c: invalid time '%s': must be seconds, more than "
		    "0 and at most %.0f", c, text, max);
	return (uint64_t)(v * 1e9);
}

uint32_t
opt_number(int c, const char *text, uint32_t min, uint32_t max)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || v < min || v > max)
		opt_wrong("-%c: invalid number '%s': must be %" PRIu32
		    " to %" PRIu32, c, text, min, max);
	return (uint32_t)v;
}

/* Print a word of the usage, on a new line where this one is full. */
static void
put_word(const char *word, int indent, int *column)
{
	int n = (int)strlen(word);

	if (*column + 1 + n > WIDTH) {
		printf("\n%*s", indent, "");
		*column = indent;
	}
	printf(" %s", word);
	*column += 1 + n;
}

/* Options without an argument stand together: [-hV]. */
static void
put_letters(const struct opt *o, int indent, int *column)
{
	char word[OPTS_MAX + 4] = "[-";
	size_t n = strlen(word);

	for (; o->name != NULL; o++)
		if (o->arg == NULL && o->letter < OPT_LONG)
			word[n++] = (char)o->letter;
	memcpy(word + n, "]", 2);
	put_word(word, indent, column);
}

static void
put_synopsis(const struct command *cmd)
{
	int column = printf("usage: %s", cmd->prog), indent = column;
	char word[100];

	put_letters(cmd->opts, indent, &column);
	for (const struct opt *o = cmd->opts; o->name != NULL; o++) {
		if (o->letter >= OPT_LONG)
			snprintf(word, sizeof word, "[--%s%s%s]", o->name,
			    o->arg != NULL ? " " : "",
			    o->arg != NULL ? o->arg : "");
		else if (o->arg != NULL)
			snprintf(word, sizeof word, "[-%c %s]", o->letter,
			    o->arg);
		else
			continue;
		put_word(word, indent, &column);
	}
	if (cmd->operands != NULL)
		put_word(cmd->operands, indent, &column);
	putchar('\n');
}

static void
put_help(const struct command *cmd)
{
	put_synopsis(cmd);
	for (const struct opt *o = cmd->opts; o->name != NULL; o++) {
		int n = o->letter < OPT_LONG ?
		    printf("  -%c, --%s", o->letter, o->name) :
		    printf("      --%s", o->name);

		if (o->arg != NULL)
			n += printf(" %s", o->arg);
		if (n + 2 > HELP_COLUMN) {
			putchar('\n');
			n = 0;
		}
		printf("%*s%s\n", HELP_COLUMN - n, "", o->help);
	}
	if (cmd->notes != NULL)
		fputs(cmd->notes, stdout);
}

static void
put_columns(const enum rec_kind *kind)
{
	if (kind == NULL)
		return;
	while (*kind != REC_count)
		rec_kind_print(stdout, *kind++);
	rec_kind_print(stdout, REC_count);
}

/* The end of a program that has only printed something about itself. */
static _Noreturn void
printed(void)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		err(1, "standard output");
	exit(0);
}

/* What getopt_long() is given: see getopt_long(3). */
struct tables {
	char letters[3 * OPTS_MAX + 3];
	struct option names[OPTS_MAX + 1];
};

static void
make_tables(const struct command *cmd, struct tables *t)
{
	const struct opt *o = cmd->opts;
	char *p = t->letters;
	struct option *name = t->names;

	if (cmd->verbatim)
		*p++ = '+';
	*p++ = ':';
	for (; o->name != NULL && name < t->names + OPTS_MAX; o++) {
		int has = o->arg == NULL ? no_argument : *o->arg == '[' ?
		    optional_argument : required_argument;

		*name++ = (struct option){ o->name, has, NULL, o->letter };
		if (o->letter >= OPT_LONG)
			continue;
		*p++ = (char)o->letter;
		for (; has > 0; has--)
			*p++ = ':';
	}
	*p = '\0';
	*name = (struct option){ NULL, 0, NULL, 0 };
}

static const struct opt *
opt_of(const struct opt *o, int letter)
{
	while (o->name != NULL && o->letter != letter)
		o++;
	return o;
}

/* How many options a long name, which may be cut short, could be. */
static unsigned
opts_named(const struct opt *o, const char *name)
{
	size_t n = strcspn(name, "=");
	unsigned found = 0;

	for (; o->name != NULL; o++)
		found += strncmp(o->name, name, n) == 0;
	return found;
}

/* Option c, or optopt, was not understood; word is where it stands. */
static void
not_understood(const struct command *cmd, int c, const char *word)
{
	const struct opt *o = opt_of(cmd->opts, optopt);
	bool is_long = strncmp(word, "--", 2) == 0;

	if (c == ':' && is_long)
		opt_wrong("option --%s needs an argument", o->name);
	if (c == ':')
		opt_wrong("option -%c needs an argument", optopt);
	if (is_long && optopt != 0)
		opt_wrong("option --%s takes no argument", o->name);
	if (is_long && opts_named(cmd->opts, word + 2) > 1)
		opt_wrong("option %.*s is ambiguous", (int)strcspn(word, "="),
		    word);
	if (is_long)
		opt_wrong("unknown option %.*s", (int)strcspn(word, "="), word);
	opt_wrong("unknown option -%c", optopt);
}

int
opt_next(const struct command *cmd, int argc, char **argv)
{
	struct tables tables;
	const char *word = optind < argc ? argv[optind] : "";
	int c;

	if (optind == 1)
		io_open_standard();
	make_tables(cmd, &tables);
	opterr = 0;
	c = getopt_long(argc, argv, tables.letters, tables.names, NULL);
	/* After operands, which are skipped, the word stands further on. */
	if (c == '?' || c == ':')
		not_understood(cmd, c, word[0] == '-' && word[1] != '\0' ?
		    word : argv[optind - 1]);
	if (c == 'F')
		put_columns(cmd->writes);
	else if (c == 'h')
		put_help(cmd);
	else if (c == 'V')
		printf("%s %s\n", cmd->prog, CONNPIPE_VERSION);
	else
		return c;
	printed();
}

bool
opt_pair(const char *text, uint32_t pair[2])
{
	static const char digits[] = "0123456789";
	size_t a = strspn(text, digits);
	size_t b = text[a] == '/' ? strspn(text + a + 1, digits) : 0;

	if (a == 0 || a > 9 || b == 0 || b > 9 || text[a + 1 + b] != '\0')
		return false;
	pair[0] = (uint32_t)strtoul(text, NULL, 10);
	pair[1] = (uint32_t)strtoul(text + a + 1, NULL, 10);
	return true;
}
