/* Filters for connection attempts: which text is one, what a filter matches. */
#include "check.h"
#include "handshake/attemptfilter.h"

static struct addr
addr_of(const char *text)
{
	struct prefix p = { .bits = 0 };

	CHECK(prefix_scan(text, &p) != 0);
	return p.addr;
}

/* The names of filters that match, "no" if none do. */
static const char *
names(const struct attemptfilters *f, unsigned direction, const char *client,
    const char *server, uint16_t port, size_t room)
{
	static char out[64];
	struct addr c = addr_of(client), s = addr_of(server);

	return attemptfilter_match(f, direction, &c, &s, port, out, room) ?
	    out : "no";
}

static void
add(struct attemptfilters *f, const char *text)
{
	char why[100] = "";

	CHECK_NUM(attemptfilter_add(f, text, why, sizeof why), 0);
	CHECK_TEXT(why, "");
}

static void
refused(const char *text, const char *want)
{
	struct attemptfilters f = { 0 };
	char why[100] = "";

	CHECK_NUM(attemptfilter_add(&f, text, why, sizeof why), -1);
	CHECK_TEXT(why, want);
	attemptfilter_free(&f);
}

static void
check_form(void)
{
	CHECK(attemptfilter_is_one("web:TX@10.0.0.1:80"));
	CHECK(attemptfilter_is_one(":ANY@*:*"));
	CHECK(attemptfilter_is_one("web:UP@"));
	CHECK(attemptfilter_is_one("a b:tx@x"));
	CHECK(!attemptfilter_is_one(""));
	CHECK(!attemptfilter_is_one("web"));
	CHECK(!attemptfilter_is_one("web:"));
	CHECK(!attemptfilter_is_one("web:@x"));
	CHECK(!attemptfilter_is_one("web:TX"));
	CHECK(!attemptfilter_is_one("web:80@x"));
	CHECK(!attemptfilter_is_one("./web:TX@x"));
	CHECK(!attemptfilter_is_one("records.tsv"));
	CHECK(!attemptfilter_is_one("2026-11-20T10:00@x"));
}

static void
check_match(void)
{
	struct attemptfilters f = { 0 };
	enum { RX = DIRECTION_RX, TX = DIRECTION_TX };

	add(&f, "web:TX@10.0.0.0/8:80:443");
	add(&f, "in:RX@*:1-1023");
	add(&f, "any:ANY@[fd00::1]:%,10.9.9.9:22");
	add(&f, "web:TX@%:80");
	add(&f, ":TX@10.0.0.66:%");
	CHECK_TEXT(names(&f, TX, "192.0.2.1", "10.1.1.1", 443, 64), "web");
	CHECK_TEXT(names(&f, TX, "192.0.2.1", "10.1.1.1", 81, 64), "no");
	CHECK_TEXT(names(&f, RX, "192.0.2.1", "10.1.1.1", 80, 64), "in");
	CHECK_TEXT(names(&f, RX, "192.0.2.1", "10.1.1.1", 1024, 64), "no");
	/* Both ends are local; two filters of one name give it once. */
	CHECK_TEXT(names(&f, RX | TX, "10.2.2.2", "10.1.1.1", 80, 64),
	    "web,in");
	/* ANY matches either end, whatever is local. */
	CHECK_TEXT(names(&f, 0, "fd00::1", "fd00::2", 9, 64), "any");
	CHECK_TEXT(names(&f, 0, "fd00::2", "fd00::1", 9, 64), "any");
	CHECK_TEXT(names(&f, 0, "10.9.9.9", "10.1.1.1", 22, 64), "any");
	CHECK_TEXT(names(&f, 0, "10.9.9.9", "10.1.1.1", 23, 64), "no");
	/* Excluded, and names cut at a comma. */
	CHECK_TEXT(names(&f, TX, "192.0.2.1", "10.0.0.66", 80, 64), "no");
	CHECK_TEXT(names(&f, RX | TX, "10.2.2.2", "10.1.1.1", 80, 6), "web");
	attemptfilter_free(&f);
}

int
main(void)
{
	check_form();
	check_match();
	refused("web", "'web': must have a ':' after the name");
	refused("w/b:TX@*:1",
	    "'w/b': a name must be letters, digits, '_', '.' and '-'");
	refused("web:tx@*:1", "'tx': must be RX, TX or ANY");
	refused("web:TX@*", "'*': must have ':' and a port after the address");
	refused("web:TX@*:80,10.0.0.1:9-",
	    "'9-': must be a port, a range of ports, '%' or '*'");
	refused("web:TX@[fd00::1:80",
	    "'[fd00::1:80': must have ':' and a port after the address");
	return check_failures != 0;
}
