/*
 * readloop - the least that a program built on libpcap can do with a capture:
 * read it.  What the others take beyond this is their own work.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>

#include <pcap/pcap.h>

struct sums {
	uint64_t packets, bytes;
};

static void
count(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct sums *s = (struct sums *)(void *)user;

	(void)bytes;
	s->packets++;
	s->bytes += h->len;
}

int
main(int argc, char **argv)
{
	char reason[PCAP_ERRBUF_SIZE];
	struct sums s = { 0 };
	pcap_t *p;

	if (argc != 2) {
		fprintf(stderr, "usage: readloop file\n");
		return 2;
	}
	if ((p = pcap_open_offline(argv[1], reason)) == NULL)
		errx(1, "%s", reason);
	if (pcap_loop(p, -1, count, (u_char *)&s) == -1)
		errx(1, "%s: %s", argv[1], pcap_geterr(p));
	pcap_close(p);
	printf("%llu packets, %llu bytes\n", (unsigned long long)s.packets,
	    (unsigned long long)s.bytes);
	return 0;
}
