#include "stage/decoder.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/link.h"

static const char *const names[DECODER_COUNTS] = {
	[DECODER_PACKETS] = "packets",
	[DECODER_TCP] = "tcp",
	[DECODER_ICMP] = "icmp",
	[DECODER_NOT_TCP] = "not_tcp",
	[DECODER_NOT_IP] = "not_ip",
	[DECODER_LINK] = "unknown_link",
	[DECODER_FRAGMENTS] = "fragments",
	[DECODER_TRUNCATED] = "truncated",
	[DECODER_MALFORMED] = "malformed",
	[DECODER_FIRST_FRAGMENTS] = "first_fragments",
	[DECODER_OPTIONS_CUT] = "options_cut",
	[DECODER_OPTIONS_BAD] = "options_bad",
	[DECODER_NO_LENGTH] = "no_length",
	[DECODER_BEYOND_FRAME] = "beyond_frame",
	[DECODER_REASSEMBLED] = "reassembled",
	[DECODER_INCOMPLETE] = "incomplete_datagrams",
	[DECODER_REFUSED] = "refused_datagrams",
	[DECODER_DUPLICATES] = "duplicate_fragments",
	[DECODER_BAD_CHECKSUM] = "bad_checksum",
	[DECODER_UNVERIFIED] = "unverified",
};

/* The count of each result of decoding. */
static const uint8_t count_of[] = {
	[DECODE_TCP] = DECODER_TCP, [DECODE_ICMP] = DECODER_ICMP,
	[DECODE_NOT_TCP] = DECODER_NOT_TCP, [DECODE_NOT_IP] = DECODER_NOT_IP,
	[DECODE_LINK] = DECODER_LINK, [DECODE_FRAGMENT] = DECODER_FRAGMENTS,
	[DECODE_TRUNCATED] = DECODER_TRUNCATED,
	[DECODE_MALFORMED] = DECODER_MALFORMED,
};

#define LAYERS	((SPACE_ETHERTYPE + 1) << 16)

int
decoder_open(struct decoder *dc, uint64_t seed)
{
	dc->ncounts = DECODER_COUNTS;
	for (int i = 0; i < DECODER_COUNTS; i++)
		dc->counts[i].name = names[i];
	/* Pages that are never touched cost no memory. */
	dc->unknown = calloc(LAYERS, sizeof *dc->unknown);
	dc->seen = calloc(LAYERS, sizeof *dc->seen);
	if (dc->unknown == NULL || dc->seen == NULL)
		return -1;
	return datagrams_open(&dc->fragments, dc->datagrams != 0 ?
	    dc->datagrams : DECODER_DATAGRAMS, seed);
}

void
decoder_close(struct decoder *dc)
{
	free(dc->unknown);
	free(dc->seen);
	datagrams_close(&dc->fragments);
	firsts_close(&dc->firsts);
}

/* --- fragments ----------------------------------------------------------- */

static void
count_datagrams(struct decoder *dc)
{
	const struct datagrams *f = &dc->fragments;

	dc->counts[DECODER_REASSEMBLED].value = f->whole;
	dc->counts[DECODER_INCOMPLETE].value = f->incomplete;
	dc->counts[DECODER_REFUSED].value = f->refused;
	dc->counts[DECODER_DUPLICATES].value = f->duplicates;
}

/* Update what waits by a fragment that came.  True if it waits, too. */
static bool
waits(struct decoder *dc, const struct packet *pkt, const struct decoded *d)
{
	unsigned n;

	if (!d->put_together && d->ip.offset == 0)
		return firsts_hold(&dc->firsts, pkt);
	if (!dc->firsts.others) {
		n = firsts_end_wait(&dc->firsts);
		dc->counts[DECODER_PACKETS].value += n;
		dc->counts[DECODER_FRAGMENTS].value += n;
	}
	count_datagrams(dc);
	return false;
}

/* --- unknown layers ------------------------------------------------------ */

static void
count_unknown(struct decoder *dc, uint32_t layer)
{
	if (layer == LAYER_IP || (LAYER_SPACE(layer) != SPACE_LINK &&
	    LAYER_SPACE(layer) != SPACE_ETHERTYPE))
		return;
	if (dc->unknown[layer]++ == 0)
		dc->seen[dc->nseen++] = layer;
}

/* The name of a count of packets by the layer at which they end. */
static void
name_unknown(char *text, uint32_t layer)
{
	const char *name = link_name(layer);
	bool is_link = LAYER_SPACE(layer) == SPACE_LINK;

	if (name != NULL)
		snprintf(text, DECODER_LAYER_MAX, "%s_%s",
		    is_link ? "link" : "ethertype", name);
	else
		snprintf(text, DECODER_LAYER_MAX, is_link ? "link_%u" :
		    "ethertype_0x%04x", LAYER_NUMBER(layer));
}

/* The commonest unknown layers: insert each in its order.  How many. */
static unsigned
commonest(const struct decoder *dc, uint32_t layers[DECODER_LAYERS])
{
	unsigned n = 0;

	for (uint32_t k = 0; k < dc->nseen; k++) {
		uint64_t value = dc->unknown[dc->seen[k]];
		unsigned i = n;

		for (; i > 0 && dc->unknown[layers[i - 1]] < value; i--)
			if (i < DECODER_LAYERS)
				layers[i] = layers[i - 1];
		if (i == DECODER_LAYERS)
			continue;
		layers[i] = dc->seen[k];
		n += n < DECODER_LAYERS;
	}
	return n;
}

void
decoder_end(struct decoder *dc)
{
	uint32_t layers[DECODER_LAYERS];
	unsigned n = commonest(dc, layers);

	datagrams_end(&dc->fragments);
	count_datagrams(dc);
	for (unsigned i = 0; i < n; i++) {
		name_unknown(dc->name[i], layers[i]);
		dc->counts[dc->ncounts++] = (struct count){ dc->name[i],
		    dc->unknown[layers[i]] };
	}
}

/* --- packets ------------------------------------------------------------- */

/* Does the packet pass the checks of dc->verify? */
static bool
checksums_pass(struct decoder *dc, enum decode what, const struct decoded *d)
{
	enum checksum c = decode_ip_checksum(d);

	if (dc->verify >= 2 && c == CHECKSUM_OK && what == DECODE_TCP)
		c = decode_tcp_checksum(d);
	dc->counts[DECODER_UNVERIFIED].value += c == CHECKSUM_UNKNOWN;
	dc->counts[DECODER_BAD_CHECKSUM].value += c == CHECKSUM_WRONG;
	return c != CHECKSUM_WRONG;
}

static void
count_segment(struct count *counts, const struct packet *pkt,
    const struct decoded *d)
{
	counts[DECODER_FIRST_FRAGMENTS].value += d->ip.more;
	counts[DECODER_NO_LENGTH].value += d->ip.no_length;
	counts[DECODER_BEYOND_FRAME].value += !d->put_together &&
	    d->frame_len > pkt->wire_len;
	counts[DECODER_OPTIONS_CUT].value += d->tcp.options_cut;
	counts[DECODER_OPTIONS_BAD].value += d->tcp.options_bad;
}

static enum decode
decode(struct decoder *dc, const struct packet *pkt, struct decoded *d)
{
	enum decode what = decode_packet(pkt, !dc->no_tunnels,
	    dc->firsts.alone ? NULL : &dc->fragments, d);

	if ((what == DECODE_FRAGMENT || d->put_together) && waits(dc, pkt, d))
		return what;
	dc->counts[DECODER_PACKETS].value++;
	if (pkt->time_ns > dc->now)
		dc->now = pkt->time_ns;
	if (what > DECODE_ICMP)
		count_unknown(dc, d->last);
	else if (dc->verify > 0 && !checksums_pass(dc, what, d))
		return DECODE_MALFORMED;
	dc->counts[count_of[what]].value++;
	if (what == DECODE_TCP)
		count_segment(dc->counts, pkt, d);
	return what;
}

static void
use_first(struct decoder *dc)
{
	unsigned slot = dc->begin++ % DECODER_AHEAD;
	const struct decoder_kept *k = &dc->kept[slot];

	dc->slot = k->coming ? slot : DECODER_AHEAD;
	dc->use(dc->arg, k->what, k->time_ns, &k->d);
}

void
decoder_drain(struct decoder *dc)
{
	while (dc->begin != dc->end)
		use_first(dc);
}

/* Use the first fragments whose wait ends by now. */
static void
use_waiting(struct decoder *dc, uint64_t now)
{
	bool known = dc->firsts.alone;
	const struct packet *pkt;
	struct decoded d;

	while ((pkt = firsts_next(&dc->firsts, now)) != NULL) {
		enum decode what;

		if (!known)
			datagrams_forget(&dc->fragments);
		known = true;
		decoder_drain(dc);
		dc->slot = DECODER_AHEAD;
		what = decode(dc, pkt, &d);
		if (what <= DECODE_ICMP)
			dc->use(dc->arg, what, pkt->time_ns, &d);
	}
}

/* Make the next packet in dc->kept wait, and use the first one if they are
 * enough.  A datagram put together cannot wait: the next fragment may overwrite
 * its bytes. */
static void
keep(struct decoder *dc, struct decoder_kept *k)
{
	bool waits = dc->coming != NULL && !k->d.put_together;
	unsigned slot = dc->end++ % DECODER_AHEAD;

	k->coming = waits && k->what == DECODE_TCP;
	if (k->coming)
		dc->coming(dc->arg, slot, &k->d);
	if (!waits)
		decoder_drain(dc);
	else if (dc->end - dc->begin == DECODER_AHEAD)
		use_first(dc);
}

void
decoder_packet(struct decoder *dc, const struct packet *pkt)
{
	struct decoder_kept *k = &dc->kept[dc->end % DECODER_AHEAD];

	k->what = decode(dc, pkt, &k->d);
	k->time_ns = pkt->time_ns;
	if (dc->firsts.n > 0)
		use_waiting(dc, pkt->time_ns);
	if (k->what <= DECODE_ICMP)
		keep(dc, k);
}

void
decoder_flush(struct decoder *dc)
{
	use_waiting(dc, UINT64_MAX);
}
