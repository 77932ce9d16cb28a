#include "stat/hosts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stat/histogram.h"
#include "stat/metrics.h"
#include "wire/units.h"

#define DOWN	3	/* losses in a row */

enum { OK, LOST, UNREACH, STATES };

static const char *const states[STATES] = { "ok", "lost", "unreach" };

/* One host: a name, its group and its labels. */
struct gauge {
	char *labels;		/* as metrics have them, without braces; owned */
	uint64_t pings[STATES];
	uint64_t seen;		/* last answer, wall clock ns; 0: none */
	unsigned row;		/* losses in a row */
	unsigned n;		/* pings that rtt has, the next at n % max */
	float rtt[HOSTS_PINGS];	/* seconds; negative: no answer */
};

int
hosts_open(struct hosts *hs, uint64_t seed)
{
	return flow_open(&hs->table, HOSTS_MAX, sizeof(struct gauge), seed);
}

/* The text of a column, empty if it has no value. */
static const char *
text_of(const struct rec *rec, enum rec_col c, size_t *n)
{
	const char *text = rec_field(rec, c, n);

	if (!rec_has(rec, c))
		*n = 0;
	return *n > 0 ? text : "";
}

static void
put_label(FILE *f, const char *before, const char *name, const char *text,
    size_t n)
{
	if (n == 0)
		return;
	fprintf(f, "%s%s=\"", before, name);
	metrics_escape(f, text, n);
	putc('"', f);
}

/* The columns of a kind that say which host a record is of. */
struct columns {
	enum rec_col host, group, labels;
};

static char *
labels_of(const struct rec *rec, const struct columns *c, size_t *n)
{
	char *text;
	size_t nhost, ngroup, nlabels;
	const char *host = text_of(rec, c->host, &nhost);
	const char *group = text_of(rec, c->group, &ngroup);
	const char *labels = text_of(rec, c->labels, &nlabels);
	FILE *f = open_memstream(&text, n);

	if (f == NULL)
		return NULL;
	put_label(f, "", "host", host, nhost);
	put_label(f, ",", "group", group, ngroup);
	put_label(f, ",", "labels", labels, nlabels);
	return fclose(f) == 0 ? text : NULL;
}

static void
drop(struct hosts *hs, uint32_t i)
{
	struct gauge *g = flow_state(&hs->table, i);

	free(g->labels);
	flow_drop(&hs->table, i);
}

/* The index of a record's host, added if it is not there: then the one idle for
 * longest makes room.  0 without memory. */
static uint32_t
find(struct hosts *hs, const struct rec *rec, const struct columns *c)
{
	size_t n;
	char *labels = labels_of(rec, c, &n);
	struct flow_end end;
	struct flow_key key;
	uint32_t i;

	if (labels == NULL)
		return 0;
	end = flow_end(&hs->table, labels, n);
	flow_key(&key, end, end);
	if ((i = flow_find(&hs->table, &key)) != 0) {
		free(labels);
		flow_queue(&hs->table, i, 0, 0);
		return i;
	}
	if (flow_full(&hs->table))
		drop(hs, flow_oldest(&hs->table, 0));
	i = flow_add(&hs->table, &key, 0);
	((struct gauge *)flow_state(&hs->table, i))->labels = labels;
	return i;
}

/* The state of a ping; STATES for one that is not counted, as late. */
static int
state_of(const struct rec *rec, enum rec_col c)
{
	size_t n;
	const char *text = text_of(rec, c, &n);
	int s = OK;

	while (s < STATES && (strlen(states[s]) != n ||
	    memcmp(states[s], text, n) != 0))
		s++;
	return s;
}

static void
add_ping(struct gauge *g, struct rec *rec)
{
	int s = state_of(rec, ping_state);
	uint64_t rtt;

	if (s == STATES)
		return;
	g->pings[s]++;
	g->row = s == OK ? 0 : g->row + 1;
	rtt = s == OK && rec_has(rec, ping_rtt) ? rec_ns(rec, ping_rtt) : 0;
	g->rtt[g->n++ % HOSTS_PINGS] = s != OK ? -1 :
	    (float)rtt / (float)NS_PER_S;
	if (s == OK)
		g->seen = rec_ns(rec, ping_time) + rtt;
}

/* Does a host record say that the host left the list? */
static bool
is_gone(const struct rec *rec)
{
	size_t n;
	const char *state = text_of(rec, host_state, &n);

	return n == 4 && memcmp(state, "gone", n) == 0;
}

bool
hosts_record(struct hosts *hs, struct rec *rec)
{
	static const struct columns ping = { ping_host, ping_group,
	    ping_labels }, conf = { conf_host, conf_group, conf_labels },
	    host = { host_host, host_group, host_labels };
	uint32_t i;

	if (rec->kind != REC_ping && rec->kind != REC_conf &&
	    rec->kind != REC_host)
		return true;
	i = find(hs, rec, rec->kind == REC_ping ? &ping :
	    rec->kind == REC_conf ? &conf : &host);
	if (i == 0)
		return false;
	if (rec->kind == REC_ping)
		add_ping(flow_state(&hs->table, i), rec);
	else if (rec->kind == REC_host && is_gone(rec))
		drop(hs, i);
	return true;
}

/* Printing. */

static int
by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* The number of pings that g->rtt has. */
static unsigned
pings_of(const struct gauge *g)
{
	return g->n < HOSTS_PINGS ? g->n : HOSTS_PINGS;
}

/* The number of those without an answer. */
static unsigned
lost_of(const struct gauge *g)
{
	unsigned lost = 0;

	for (unsigned i = 0; i < pings_of(g); i++)
		lost += g->rtt[i] < 0;
	return lost;
}

static void
put_up(FILE *f, const struct gauge *g)
{
	if (g->n > 0)
		fprintf(f, "connpipe_up{%s} %d\n", g->labels, g->row < DOWN);
}

static void
put_loss(FILE *f, const struct gauge *g)
{
	if (g->n > 0)
		fprintf(f, "connpipe_loss_ratio{%s} %g\n", g->labels,
		    (double)lost_of(g) / pings_of(g));
}

static void
put_rtt(FILE *f, const struct gauge *g)
{
	static const struct {
		const char *name;
		uint32_t q;
	} quantiles[] = { { "0.5", 50000 }, { "0.99", 99000 } };
	unsigned n = pings_of(g), lost = lost_of(g);
	float sorted[HOSTS_PINGS];	/* first those without an answer */

	memcpy(sorted, g->rtt, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_size);
	for (int i = 0; n > lost && i < 2; i++)
		fprintf(f, "connpipe_rtt_seconds{%s,quantile=\"%s\"} %.6g\n",
		    g->labels, quantiles[i].name, (double)sorted[lost +
		    histogram_rank_of(n - lost, quantiles[i].q) - 1]);
}

static void
put_seen(FILE *f, const struct gauge *g)
{
	if (g->seen != 0)
		fprintf(f, "connpipe_last_seen_seconds{%s} %.3f\n", g->labels,
		    (double)g->seen / (double)NS_PER_S);
}

static void
put_pings(FILE *f, const struct gauge *g)
{
	for (int s = 0; s < STATES; s++)
		fprintf(f, "connpipe_pings_total{%s,state=\"%s\"} %" PRIu64
		    "\n", g->labels, states[s], g->pings[s]);
}

static const struct {
	const char *name, *type, *help;
	void (*put)(FILE *f, const struct gauge *g);
} families[] = {
	{ "up", "gauge", "0 after three pings in a row without an answer.",
	    put_up },
	{ "loss_ratio", "gauge", "Share of the last 100 pings without an "
	    "answer.", put_loss },
	{ "rtt_seconds", "summary", "Quantiles of the last 100 pings' round "
	    "trips.", put_rtt },
	{ "last_seen_seconds", "gauge", "When the last answer came, since "
	    "1970.", put_seen },
	{ "pings", "counter", "Pings by outcome.", put_pings },
};

void
hosts_print(FILE *f, const struct hosts *hs, bool open)
{
	if (hs->table.used == 0)
		return;
	for (size_t k = 0; k < sizeof families / sizeof *families; k++) {
		const char *total = families[k].type[0] == 'c' && !open ?
		    "_total" : "";

		fprintf(f, "# HELP connpipe_%s%s %s\n# TYPE connpipe_%s%s %s\n",
		    families[k].name, total, families[k].help,
		    families[k].name, total, families[k].type);
		if (strstr(families[k].name, "_seconds") != NULL)
			fprintf(f, "# UNIT connpipe_%s seconds\n",
			    families[k].name);
		for (uint32_t i = flow_oldest(&hs->table, 0); i != 0;
		    i = hs->table.link[i].newer)
			families[k].put(f, flow_state(&hs->table, i));
	}
}
