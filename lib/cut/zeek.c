/* Tables as Zeek's logs: what zeek-cut and its kin read. */
#include <string.h>

#include "cut/form.h"
#include "cut/plain.h"

/* Columns that a log of Zeek has, by its name for them. */
static const struct {
	const char *kind, *name, *field, *type;
} known[] = {
	{ "conn", "took", "duration", "interval" },
	{ "conn", "unique_src", "orig_bytes", "count" },
	{ "conn", "unique_dst", "resp_bytes", "count" },
	{ "conn", "state", "conn_state", "string" },
	{ "conn", "gap_bytes_src", "missed_bytes", "count" },
	{ "conn", "pkts_src", "orig_pkts", "count" },
	{ "conn", "ipbytes_src", "orig_ip_bytes", "count" },
	{ "conn", "pkts_dst", "resp_pkts", "count" },
	{ "conn", "ipbytes_dst", "resp_ip_bytes", "count" },
	{ "req", "n", "trans_depth", "count" },
	{ "req", "path", "uri", "string" },
	{ "req", "status", "status_code", "count" },
	{ NULL, "time", "ts", "time" },
	{ NULL, "src", "id.orig_h", "addr" },
	{ NULL, "sport", "id.orig_p", "port" },
	{ NULL, "dst", "id.resp_h", "addr" },
	{ NULL, "dport", "id.resp_p", "port" },
};

#define NKNOWN	(sizeof known / sizeof *known)

static const char *const types[] = {
	[REC_TIME] = "time", [REC_DURATION] = "interval", [REC_ADDR] = "addr",
	[REC_NUM] = "count", [REC_SIGNED] = "int", [REC_DECIMAL] = "double",
	[REC_FLAGS] = "string", [REC_LIST] = "set[string]",
	[REC_TEXT] = "string"
};

/* The log's file in Zeek, by the kind of the records. */
static const char *
path_of(const char *kind)
{
	return strcmp(kind, "req") == 0 ? "http" : kind;
}

/* Zeek's originator is the client; in pkt and rtt records src may be either. */
static bool
src_is_client(const char *kind)
{
	return strcmp(kind, "pkt") != 0 && strcmp(kind, "rtt") != 0 &&
	    strcmp(kind, "icmp") != 0;
}

/* Is row i of the table for this column? */
static bool
is_known(unsigned i, const char *kind, const char *name)
{
	if (strcmp(known[i].name, name) != 0)
		return false;
	if (known[i].kind != NULL)
		return strcmp(known[i].kind, kind) == 0;
	return src_is_client(kind) || strcmp(name, "time") == 0;
}

static unsigned
find(const struct pick *p, const struct pick_column *c)
{
	unsigned i = 0;

	while (i < NKNOWN && !is_known(i, p->kind, c->name))
		i++;
	return i;
}

static void
zeek_begin(struct form_state *s, const struct pick *p)
{
	form_put(s, "#separator \\x09\n#set_separator\t,\n"
	    "#empty_field\t(empty)\n#unset_field\t-\n#path\t");
	form_put(s, path_of(p->kind));
	form_put(s, "\n#fields");
	for (unsigned i = 0; i < p->n; i++) {
		unsigned k = find(p, &p->column[i]);

		rec_put_tab(s->out);
		form_put(s, k < NKNOWN ? known[k].field : p->column[i].name);
	}
	form_put(s, "\n#types");
	for (unsigned i = 0; i < p->n; i++) {
		unsigned k = find(p, &p->column[i]);

		rec_put_tab(s->out);
		form_put(s, k < NKNOWN ? known[k].type :
		    types[p->column[i].type]);
	}
	form_put(s, "\n");
}

static void
zeek_field(struct form_state *s, const struct pick_column *c,
    const char *text, size_t n)
{
	if (n == 0)
		form_put(s, "(empty)");
	else if (c->type == REC_TEXT)
		form_convert(s, plain_zeek, text, n);
	else
		rec_add(s->out, text, n);
}

static void
zeek_row(struct form_state *s, const struct pick *p, const struct rec *rec)
{
	form_fields(s, p, rec, "\t", zeek_field);
	form_put(s, "\n");
}

const struct form form_zeek = { "zeek", true, zeek_begin, zeek_row, NULL };
