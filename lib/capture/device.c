#include "capture/device.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/fanout.h"
#include "sys/clock.h"
#include "wire/units.h"

#define BATCH	256	/* packets read at once: bounds the memory */

static int
failed(struct device *d, const char *reason)
{
	snprintf(d->error, sizeof(d->error), "%.60s: %s", d->name, reason);
	return -1;
}

/*
 * The kernel delivers packets in blocks, at the latest after the time-out.
 * libpcap's immediate mode would save those few milliseconds, but use a slot of
 * the maximum length for every packet: the buffer would then hold hundreds.
 */
static int
configure(struct device *d, const struct device_options *opt)
{
	pcap_set_snaplen(d->pcap, (int)opt->snaplen);
	pcap_set_promisc(d->pcap, opt->promisc);
	pcap_set_timeout(d->pcap, DEVICE_LATENCY_MS);
	pcap_set_buffer_size(d->pcap, opt->buffer_bytes);
	pcap_set_tstamp_precision(d->pcap, PCAP_TSTAMP_PRECISION_NANO);
	return pcap_activate(d->pcap);
}

/* libpcap explains most errors, but words a lack of privilege in many ways. */
static int
activate(struct device *d, const struct device_options *opt)
{
	int status = configure(d, opt);
	const char *more = pcap_geterr(d->pcap);

	d->denied = status == PCAP_ERROR_PERM_DENIED ||
	    status == PCAP_ERROR_PROMISC_PERM_DENIED;
	if (d->denied)
		failed(d, strerror(EPERM));
	else if (status != 0)
		failed(d, *more != '\0' ? more : pcap_statustostr(status));
	return status < 0 ? -1 : 0;
}

static int
set_filter(struct device *d, const char *expression)
{
	struct bpf_program program;
	int r;

	if (expression == NULL)
		return 0;
	if (pcap_compile(d->pcap, &program, expression, 1,
	    PCAP_NETMASK_UNKNOWN) < 0)
		return failed(d, pcap_geterr(d->pcap));
	r = pcap_setfilter(d->pcap, &program);
	pcap_freecode(&program);
	return r < 0 ? failed(d, pcap_geterr(d->pcap)) : 0;
}

/* Packets that came before this socket was a member came to others, too. */
static int
join_group(struct device *d, const struct device_options *opt)
{
	char why[100];

	if (opt->members == 0)
		return 0;
	if (fanout_join(pcap_fileno(d->pcap), opt->members, opt->group) == 0) {
		d->since = clock_ns(CLOCK_REALTIME);
		return 0;
	}
	snprintf(why, sizeof why, errno == ENOSPC ? "group %u is complete" :
	    errno == EINVAL ? "group %u is of another device or kind" :
	    "cannot join group %u: %s", (unsigned)opt->group,
	    strerror(errno));
	return failed(d, why);
}

static int
start(struct device *d, const struct device_options *opt)
{
	char why[PCAP_ERRBUF_SIZE];

	if (activate(d, opt) < 0)
		return -1;
	/* "any" is cooked; only version 2 names the interface. */
	if (pcap_datalink(d->pcap) == DLT_LINUX_SLL)
		pcap_set_datalink(d->pcap, DLT_LINUX_SLL2);
	if (set_filter(d, opt->filter) < 0 || join_group(d, opt) < 0)
		return -1;
	if (pcap_setnonblock(d->pcap, 1, why) < 0)
		return failed(d, why);
	d->nano = pcap_get_tstamp_precision(d->pcap) ==
	    PCAP_TSTAMP_PRECISION_NANO;
	ifdrops_open(&d->ifdrops, d->name);
	return 0;
}

int
device_open(struct device *d, const char *name,
    const struct device_options *opt)
{
	char why[PCAP_ERRBUF_SIZE];

	*d = (struct device){ .name = name };
	d->pcap = pcap_create(name, why);
	if (d->pcap == NULL)
		return failed(d, why);
	if (start(d, opt) == 0)
		return 0;
	device_close(d);
	return -1;
}

uint32_t
device_link(const struct device *d)
{
	return savefile_link((uint32_t)pcap_datalink(d->pcap));
}

int
device_fd(const struct device *d)
{
	return pcap_get_selectable_fd(d->pcap);
}

int
device_poll_ms(const struct device *d)
{
	const struct timeval *tv = pcap_get_required_select_timeout(d->pcap);

	return tv == NULL ? -1 :
	    (int)(tv->tv_sec * 1000 + (tv->tv_usec + 999) / 1000);
}

/* Bytes that a packet needs in the buffer, aligned. */
static size_t
room_for(uint32_t cap_len)
{
	return sizeof(struct packet) + ((size_t)cap_len + 7) / 8 * 8;
}

static bool
grow(struct device *d, size_t more)
{
	size_t cap = d->cap == 0 ? 64 * 1024 : d->cap;
	uint8_t *grown;

	while (cap - d->end < more)
		cap *= 2;
	if (cap == d->cap)
		return true;
	grown = realloc(d->buf, cap);
	if (grown == NULL)
		return false;
	d->buf = grown;
	d->cap = cap;
	return true;
}

static void
keep(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct device *d = (struct device *)(void *)user;
	struct packet pkt = {
		.time_ns = (uint64_t)h->ts.tv_sec * NS_PER_S +
		    (uint64_t)h->ts.tv_usec * (d->nano ? 1 : 1000),
		.cap_len = h->caplen,
		.wire_len = h->len < h->caplen ? h->caplen : h->len,
		.link = device_link(d),
	};

	if (pkt.time_ns < d->since || !grow(d, room_for(pkt.cap_len)))
		return;
	memcpy(d->buf + d->end, &pkt, sizeof(pkt));
	memcpy(d->buf + d->end + sizeof(pkt), bytes, pkt.cap_len);
	d->end += room_for(pkt.cap_len);
}

/* Packets are copied, since libpcap returns its buffer to the kernel. */
int
device_fill(struct device *d)
{
	d->start = d->end = 0;
	if (pcap_dispatch(d->pcap, BATCH, keep, (u_char *)d) < 0 &&
	    d->end == 0)
		return failed(d, pcap_geterr(d->pcap));
	return 0;
}

bool
device_next(struct device *d, struct packet *pkt)
{
	if (d->start == d->end)
		return false;
	memcpy(pkt, d->buf + d->start, sizeof(*pkt));
	pkt->data = d->buf + d->start + sizeof(*pkt);
	d->start += room_for(pkt->cap_len);
	return true;
}

void
device_count(const struct device *d, struct device_counts *counts)
{
	struct pcap_stat stat = { .ps_recv = 0 };

	pcap_stats(d->pcap, &stat);
	counts->received = stat.ps_recv;
	counts->dropped = stat.ps_drop;
	counts->ifdropped = ifdrops_read(&d->ifdrops);
}

void
device_close(struct device *d)
{
	pcap_close(d->pcap);
	free(d->buf);
	d->pcap = NULL;
	d->buf = NULL;
}

static const char *
about(const pcap_if_t *d)
{
	if (d->description != NULL)
		return d->description;
	return d->flags & PCAP_IF_LOOPBACK ? "Loopback" : "-";
}

int
device_list(bool (*each)(const char *name, bool is_up, const char *words),
    char *err, size_t errlen)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all;

	if (pcap_findalldevs(&all, why) < 0) {
		snprintf(err, errlen, "%s", why);
		return -1;
	}
	for (const pcap_if_t *d = all; d != NULL; d = d->next)
		if (!each(d->name, d->flags & PCAP_IF_UP, about(d)))
			break;
	pcap_freealldevs(all);
	return 0;
}
