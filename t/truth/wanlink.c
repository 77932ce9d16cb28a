/*
 * wanlink - a wide-area link between two network namespaces, with a capture
 * point in its middle and a log of what it did to every packet.
 *
 *	host A ----- near half ----- capture point ----- far half ----- host B
 *
 * A packet crosses one half, is captured, and crosses the other one.  On each
 * half it can be lost, wait in a queue, be marked, delayed, duplicated or held
 * back until later packets have overtaken it.  The log has a line for each
 * packet and half: when the packet entered the half and when it left.
 *
 * With -g the capture point is at host A's own device: what A sends is captured
 * as its kernel handed it over, super-segments and unfinished checksums
 * included, and is split after that, as a network card does.
 *
 * All times are those at which the link itself handled the packet, not those
 * for which that was due.  So a machine that is busy makes the link slower, and
 * the log remains true.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

#define SECOND		UINT64_C(1000000000)
#define MILLISECOND	1e6
#define DEVICE		"wan"		/* in both namespaces */
#define HEADER		sizeof(struct virtio_net_hdr)

enum { NEAR, FAR };	/* halves; host A, 0, is at the near one */

struct half {
	const char *name;
	double delay, jitter;		/* ms; uniformly up to jitter more */
	double loss, burst;		/* shares; burst after a lost one */
	double dup, dup_ms;		/* share; how much later the copy */
	double late, late_ms;		/* share; how long it is held back */
	double rate;			/* Mbit/s, 0: unlimited */
	double queue, mark;		/* bytes; marked above, 0: never */
	bool ordered;			/* jitter does not reorder */
};

/* One direction of a half. */
struct lane {
	uint64_t free;		/* when all that waits will have been sent */
	uint64_t last;		/* when the last packet leaves, if ordered */
	bool lost;		/* the last packet was */
};

struct packet {
	uint64_t due, order;	/* leaves its half; among equals */
	uint64_t entered;	/* its half */
	uint64_t number;	/* of the packet that the host sent */
	uint64_t instance;	/* copies and parts have their own */
	const char *fate;	/* on its half */
	int from, half;
	size_t part;		/* -g: bytes of payload in a part, or 0 */
	size_t len;
	uint8_t data[];
};

static struct half halves[2] = {
	{ .name = "near", .queue = 1e9 }, { .name = "far", .queue = 1e9 }
};
static struct lane lanes[2][2];
static struct packet **heap;
static size_t nheap, heap_max;
static uint64_t order, numbers, instances;
static int device[2];
static bool at_device;		/* -g */
static int only = -1;		/* -o: the host whose packets are captured */
static size_t snaplen = 65535;
static unsigned whole_port;	/* -P: not cut to snaplen */
static FILE *capture, *journal;
static volatile sig_atomic_t stopped;

static void
on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

/* The time since 1970 by a clock that does not step. */
static uint64_t
now(void)
{
	static uint64_t base;
	struct timespec t, real;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (base == 0) {
		clock_gettime(CLOCK_REALTIME, &real);
		base = (uint64_t)(real.tv_sec - t.tv_sec) * SECOND;
	}
	return base + (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* The same, but never twice: a stamp names a packet. */
static uint64_t
stamp(void)
{
	static uint64_t last;
	uint64_t t = now();

	last = t > last ? t : last + 1;
	return last;
}

static bool
is_before(const struct packet *a, const struct packet *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void
push(struct packet *p)
{
	size_t i = nheap++;

	if (i == heap_max) {
		heap_max = heap_max == 0 ? 1024 : heap_max * 2;
		heap = realloc(heap, heap_max * sizeof(struct packet *));
		if (heap == NULL)
			err(1, NULL);
	}
	p->order = order++;
	for (; i > 0 && is_before(p, heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = p;
}

static struct packet *
pop(void)
{
	struct packet *first = heap[0], *p = heap[--nheap];
	size_t i = 0, c;

	for (; (c = 2 * i + 1) < nheap; i = c) {
		if (c + 1 < nheap && is_before(heap[c + 1], heap[c]))
			c++;
		if (!is_before(heap[c], p))
			break;
		heap[i] = heap[c];
	}
	heap[i] = p;
	return first;
}

static struct packet *
new_packet(const uint8_t *data, size_t len, const struct packet *like)
{
	struct packet *p = malloc(sizeof *p + len);

	if (p == NULL)
		err(1, NULL);
	if (like != NULL)
		*p = *like;
	else
		memset(p, 0, sizeof *p);
	memcpy(p->data, data, len);
	p->len = len;
	p->instance = ++instances;
	return p;
}

/* Log that the packet left its half at time t, 0 if it did not. */
static void
log_packet(const struct packet *p, uint64_t t)
{
	fprintf(journal,
	    "hop\t%" PRIu64 "\t%" PRIu64 "\t%s\t%c\t%" PRIu64 "\t%" PRIu64
	    "\t%s\t",
	    p->number, p->instance, halves[p->half].name, "AB"[p->from],
	    p -> entered, t, p -> fate);
	packet_print(journal, p->data, p->len);
	fputc('\n', journal);
}

static void
drop(struct packet *p, const char *fate)
{
	p->fate = fate;
	log_packet(p, 0);
	free(p);
}

static void
capture_packet(const struct packet *p, uint64_t t)
{
	uint32_t len = (uint32_t)p->len, cut = len;

	if (only >= 0 && p->from != only)
		return;
	if (p->len > snaplen && (whole_port == 0 ||
	    !packet_has_port(p->data, p->len, whole_port)))
		cut = (uint32_t)snaplen;
	fwrite((uint32_t[]){ (uint32_t)(t / SECOND), (uint32_t)(t % SECOND),
	    cut, len }, 16, 1, capture);
	fwrite(p->data, cut, 1, capture);
}

static bool
chance(double share)
{
	return drand48() < share;
}

static uint64_t
ns_of(double ms)
{
	return (uint64_t)(ms * MILLISECOND);
}

/* When a packet that enters the queue now has been sent; 0 if it is full. */
static uint64_t
queue(const struct half *h, struct lane *lane, struct packet *p)
{
	uint64_t t = p->entered;
	double waiting;

	if (h->rate == 0)
		return t;
	if (lane->free < t)
		lane->free = t;
	waiting = (double)(lane->free - t) * h->rate / 8e3;
	if (waiting + (double)p->len > h->queue)
		return 0;
	if (h->mark > 0 && waiting > h->mark && packet_mark(p->data, p->len))
		p->fate = "marked";
	lane->free += (uint64_t)((double)p->len * 8e3 / h->rate);
	return lane->free;
}

/* A copy of p follows it. */
static void
duplicate(const struct packet *p, const struct half *h)
{
	struct packet *copy = new_packet(p->data, p->len, p);

	copy->fate = "copy";
	copy->due += ns_of(h->dup_ms);
	push(copy);
}

/* A packet enters a half. */
static void
enter(struct packet *p, int to, uint64_t t)
{
	const struct half *h = &halves[to];
	struct lane *lane = &lanes[to][p->from];
	uint64_t sent;

	p->half = to;
	p->entered = t;
	p->fate = "-";
	lane->lost = chance(lane->lost && h->burst > 0 ? h->burst : h->loss);
	if (lane->lost) {
		drop(p, "lost");
		return;
	}
	if ((sent = queue(h, lane, p)) == 0) {
		drop(p, "full");
		return;
	}
	p->due = sent + ns_of(h->delay + drand48() * h->jitter);
	if (h->ordered && p->due < lane->last)
		p->due = lane->last;
	lane->last = p->due;
	if (chance(h->late)) {
		p->fate = "late";
		p->due += ns_of(h->late_ms);
	}
	if (chance(h->dup))
		duplicate(p, h);
	push(p);
}

/* The parts of a super-segment go on as packets of their own. */
static void
split(struct packet *p, uint64_t t)
{
	static uint8_t part[PACKET_MAX];
	size_t n = packet_parts(p->data, p->len, p->part);

	if (n == 0) {
		enter(p, FAR, t);
		return;
	}
	for (size_t i = 0; i < n; i++)
		enter(new_packet(part, packet_part(p->data, p->len, p->part, i,
		    part), p), FAR, t);
	free(p);
}

/* A packet passes the capture point. */
static void
pass(struct packet *p)
{
	uint64_t t = stamp();

	log_packet(p, t);
	capture_packet(p, t);
	if (at_device && p->from == 0)
		split(p, t);
	else
		enter(p, p->half == NEAR ? FAR : NEAR, t);
}

static void
receive(int host)
{
	static uint8_t buffer[HEADER + PACKET_MAX];
	size_t skip = at_device && host == 0 ? HEADER : 0;
	struct virtio_net_hdr header;
	struct packet *p;
	ssize_t n;

	while ((n = read(device[host], buffer, sizeof buffer)) > 0) {
		p = new_packet(buffer + skip, (size_t)n - skip, NULL);
		p->from = host;
		p->number = ++numbers;
		if (skip == 0) {
			enter(p, host == 0 ? NEAR : FAR, now());
			continue;
		}
		memcpy(&header, buffer, sizeof header);
		p->part = header.gso_type == VIRTIO_NET_HDR_GSO_NONE ? 0 :
		    header.gso_size;
		p->fate = "-";
		p->entered = now();
		pass(p);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		err(1, "read");
}

/* A packet reaches a host.  What that makes the host send is read before the
 * next packet is delivered, so the log has cause and effect in order. */
static void
deliver(struct packet *p)
{
	static uint8_t buffer[HEADER + PACKET_MAX];
	int host = !p->from;
	size_t skip = at_device && host == 0 ? HEADER : 0;

	memset(buffer, 0, skip);
	memcpy(buffer + skip, p->data, p->len);
	log_packet(p, now());
	/* EIO: the device is not up yet. */
	if (write(device[host], buffer, skip + p->len) < 0 && errno != EIO)
		warn("write to host %c", "AB"[host]);
	free(p);
	receive(host);
}

static void
leave(struct packet *p)
{
	if ((p->half == NEAR) == (p->from == 0))
		pass(p);
	else
		deliver(p);
}

/* Open the device of a host, in its namespace. */
static int
open_device(const char *netns, bool offload)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	char path[256];
	int own, there, fd;

	snprintf(path, sizeof path, "/run/netns/%s", netns);
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (own == -1 || there == -1 || setns(there, CLONE_NEWNET) == -1)
		err(1, "%s", path);
	strcpy(r.ifr_name, DEVICE);
	if (offload)
		r.ifr_flags |= IFF_VNET_HDR;
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 || ioctl(fd, TUNSETIFF, &r) == -1)
		err(1, "/dev/net/tun");
	if (offload && ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 |
	    TUN_F_TSO6 | TUN_F_TSO_ECN) == -1)
		err(1, "TUNSETOFFLOAD");
	if (setns(own, CLONE_NEWNET) == -1)
		err(1, "setns");
	close(own);
	close(there);
	return fd;
}

static FILE *
create(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		err(1, "%s", path);
	return f;
}

static double
number(const char *name, const char *text)
{
	char *end;
	double v;

	if (text == NULL || *text == '\0')
		errx(2, "%s: a number is missing", name);
	v = strtod(text, &end);
	if (v < 0 || *end != '\0')
		errx(2, "%s: invalid number '%s'", name, text);
	return v;
}

/* Settings of a half: "delay=20,loss=0.01,ordered". */
static void
set_half(struct half *h, char *text)
{
	const struct {
		const char *name;
		double *value;
	} settings[] = {
		{ "delay", &h->delay }, { "jitter", &h->jitter },
		{ "loss", &h->loss }, { "burst", &h->burst },
		{ "dup", &h->dup }, { "dup-ms", &h->dup_ms },
		{ "late", &h->late }, { "late-ms", &h->late_ms },
		{ "rate", &h->rate }, { "queue", &h->queue },
		{ "mark", &h->mark }, { NULL, NULL }
	};

	for (char *s; (s = strsep(&text, ",")) != NULL;) {
		char *name = strsep(&s, "=");
		size_t i = 0;

		if (strcmp(name, "ordered") == 0) {
			h->ordered = true;
			continue;
		}
		while (settings[i].name != NULL &&
		    strcmp(settings[i].name, name) != 0)
			i++;
		if (settings[i].name == NULL)
			errx(2, "unknown setting '%s'", name);
		*settings[i].value = number(name, s);
	}
}

static void
usage(void)
{
	fputs("usage: wanlink [-g] [-f half] [-n half] [-o host] [-P port] "
	    "[-S bytes]\n"
	    "               [-s seed] -a netns -b netns -l log -w capture\n"
	    "  -a netns    namespace of host A\n"
	    "  -b netns    namespace of host B\n"
	    "  -f half     the half between capture point and B: a list of\n"
	    "              delay=ms,jitter=ms,ordered,loss=share,burst=share,\n"
	    "              dup=share,dup-ms=ms,late=share,late-ms=ms,\n"
	    "              rate=Mbit/s,queue=bytes,mark=bytes\n"
	    "  -g          capture at A's device, super-segments included\n"
	    "  -l log      write what happened to each packet\n"
	    "  -n half     the half between A and capture point\n"
	    "  -o host     capture only what host A or B sends\n"
	    "  -P port     do not cut packets of this port\n"
	    "  -S bytes    cut packets of the capture to bytes\n"
	    "  -s seed     of all chances\n"
	    "  -w capture  write a capture file\n", stderr);
	exit(2);
}

static void
write_headers(void)
{
	fwrite((uint32_t[]){ 0xa1b23c4d, 4 << 16 | 2, 0, 0, 65535, 101 }, 24, 1,
	    capture);
	fputs("#hop\tpacket\tinstance\thalf\tfrom\tenter\tleave\tfate\tproto\t"
	    "src\tsport\tdst\tdport\tflags\tseq\tack\tlen\ttsval\ttsecr\t"
	    "sack\n", journal);
}

static void
options(int argc, char **argv)
{
	const char *netns[2] = { NULL, NULL };

	for (int c; (c = getopt(argc, argv, "a:b:f:gl:n:o:P:S:s:w:")) != -1;)
		switch (c) {
		case 'a':	netns[0] = optarg; break;
		case 'b':	netns[1] = optarg; break;
		case 'f':	set_half(&halves[FAR], optarg); break;
		case 'g':	at_device = true; break;
		case 'l':	journal = create(optarg); break;
		case 'n':	set_half(&halves[NEAR], optarg); break;
		case 'o':	only = *optarg == 'B'; break;
		case 'P':	whole_port = (unsigned)number("-P", optarg);
				break;
		case 'S':	snaplen = (size_t)number("-S", optarg); break;
		case 's':	srand48((long)number("-s", optarg)); break;
		case 'w':	capture = create(optarg); break;
		default:	usage();
		}
	if (netns[0] == NULL || netns[1] == NULL || journal == NULL ||
	    capture == NULL || optind != argc)
		usage();
	for (int host = 0; host < 2; host++)
		device[host] = open_device(netns[host], at_device && host == 0);
}

/* Wait for a packet, or until the next one is due. */
static void
wait_for_packets(const sigset_t *mask)
{
	struct pollfd fds[2] = { { device[0], POLLIN, 0 },
	    { device[1], POLLIN, 0 } };
	struct timespec t = { 1, 0 };
	uint64_t time = now();

	if (nheap > 0) {
		uint64_t left = heap[0]->due > time ? heap[0]->due - time : 0;

		t.tv_sec = (time_t)(left / SECOND);
		t.tv_nsec = (long)(left % SECOND);
	}
	if (ppoll(fds, 2, &t, mask) <= 0)
		return;
	for (int host = 0; host < 2; host++)
		if (fds[host].revents != 0)
			receive(host);
}

int
main(int argc, char **argv)
{
	sigset_t blocked, mask;

	options(argc, argv);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &mask);
	write_headers();
	puts("ready");
	fflush(stdout);
	while (!stopped) {
		wait_for_packets(&mask);
		while (nheap > 0 && heap[0]->due <= now())
			leave(pop());
	}
	while (nheap > 0)
		drop(pop(), "cut");
	if (fclose(capture) == EOF || fclose(journal) == EOF)
		err(1, "cannot write the capture or the log");
	return 0;
}
