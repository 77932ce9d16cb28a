#include "capture/outfile.h"

#include <stdlib.h>
#include <string.h>

#include "sys/io.h"
#include "wire/cooked.h"

#define BUFFER	(2 * SAVEFILE_PACKET_MAX)

int
outfile_open(struct outfile *out, int fd, uint32_t link, uint32_t snaplen)
{
	*out = (struct outfile){ .fd = fd, .link = link, .snaplen = snaplen,
	    .buf = malloc(BUFFER) };
	if (out->buf == NULL)
		return -1;
	io_widen_pipe(fd);
	out->len = savefile_put_header(out->buf, link, snaplen);
	return 0;
}

/* The packet's first head_len bytes are at head, the rest in pkt.data. */
static int
put(struct outfile *out, struct packet pkt, const uint8_t *head,
    uint32_t head_len)
{
	uint8_t *p;

	if (pkt.cap_len > out->snaplen)
		pkt.cap_len = out->snaplen;
	if (head_len > pkt.cap_len)
		head_len = pkt.cap_len;
	if (BUFFER - out->len < SAVEFILE_RECORD_LEN + pkt.cap_len &&
	    outfile_flush(out) < 0)
		return -1;
	p = out->buf + out->len;
	p += savefile_put_record(p, &pkt);
	memcpy(p, head, head_len);
	memcpy(p + head_len, pkt.data, pkt.cap_len - head_len);
	out->len += SAVEFILE_RECORD_LEN + pkt.cap_len;
	out->written++;
	return 0;
}

int
outfile_put(struct outfile *out, const struct packet *pkt)
{
	struct packet cooked = *pkt;
	uint8_t head[COOKED_LEN];

	if (pkt->link == out->link)
		return put(out, *pkt, pkt->data, 0);
	if (out->link != COOKED_LINK)
		out->other_link++;
	else if (cooked_convert(&cooked, head))
		return put(out, cooked, head, COOKED_LEN);
	else
		out->unconverted++;
	return 0;
}

int
outfile_flush(struct outfile *out)
{
	size_t n = out->len;

	out->len = 0;
	return n > 0 ? io_write_all(out->fd, out->buf, n) : 0;
}
