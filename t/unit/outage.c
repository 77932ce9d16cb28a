/* Outages: which pings in a row make one, whatever the order of outcomes. */
#include "check.h"
#include "probe/outage.h"

static struct outage o;

/*
 * The changes that a series of outcomes shows.  A word has a ping's number, from
 * 0, and '.' for an answer, 'x' for a loss, '-' for neither; as text: 'l' for a
 * first loss, 'd' for down, 'u' for up.
 */
static const char *
changes(const char *words)
{
	static char text[200];
	size_t n = 0;

	o = (struct outage){ .started = false };
	outage_start(&o, 0);
	for (; *words != '\0'; words++) {
		unsigned number = 0;
		enum outage_change change;

		for (; *words >= '0' && *words <= '9'; words++)
			number = 10 * number + (unsigned)(*words - '0');
		outage_add(&o, number, *words == '.' ? OUTAGE_ANSWERED :
		    *words == 'x' ? OUTAGE_UNANSWERED : OUTAGE_NOTHING,
		    1 + number);
		while ((change = outage_next(&o)) != OUTAGE_NONE)
			text[n++] = " ldu"[change];
		words += words[1] == ' ';
	}
	text[n] = '\0';
	return text;
}

int
main(void)
{
	CHECK_TEXT(changes("0. 1. 2x 3x 4."), "l");
	outage_stop(&o);
	CHECK_TEXT(changes("0. 1x 2x 3x 4x 5."), "ldu");
	outage_stop(&o);
	/* Failures on this machine are not counted. */
	CHECK_TEXT(changes("0x 1- 2x 3x 4- 5."), "ldu");
	outage_stop(&o);
	/* The answer arrives before the losses time out. */
	CHECK_TEXT(changes("0. 5. 6. 1x 2x 3x 4x"), "ldu");
	CHECK_NUM(o.begin, 2);
	CHECK_NUM(o.end, 0);
	outage_stop(&o);
	/* Two outages, 3 and 4 losses. */
	CHECK_TEXT(changes("3. 0x 1x 2x 4x 5x 6x 7x 8. 9."), "ldu" "ldu");
	CHECK_NUM(outage_recent(&o), 2);
	outage_stop(&o);
	/* The ring is full: missing outcomes are not awaited. */
	CHECK_TEXT(changes("0x 300x 301x 302x 303."), "l");
	outage_stop(&o);
	return check_failures != 0;
}
