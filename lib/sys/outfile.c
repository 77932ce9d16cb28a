#include "sys/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/io.h"

#define BUFFER	(2 * SAVEFILE_PACKET_MAX)

int
outfile_open(struct outfile *out, int fd, uint32_t link, uint32_t snaplen)
{
	*out = (struct outfile){ .fd = fd, .buf = malloc(BUFFER) };
	if (out->buf == NULL)
		return -1;
	io_widen_pipe(fd);
	out->len = savefile_put_header(out->buf, link, snaplen);
	return 0;
}

int
outfile_put(struct outfile *out, const struct packet *pkt,
    const uint8_t *head, size_t head_len)
{
	uint8_t *p;

	if (BUFFER - out->len < SAVEFILE_RECORD_LEN + pkt->cap_len &&
	    outfile_flush(out) < 0)
		return -1;
	p = out->buf + out->len;
	p += savefile_put_record(p, pkt);
	memcpy(p, head, head_len);
	memcpy(p + head_len, pkt->data, pkt->cap_len - head_len);
	out->len += SAVEFILE_RECORD_LEN + pkt->cap_len;
	out->packets++;
	return 0;
}

int
outfile_flush(struct outfile *out)
{
	size_t n = out->len;

	out->len = 0;
	return n > 0 ? io_write_all(out->fd, out->buf, n) : 0;
}

int
outfile_close(struct outfile *out)
{
	int r = outfile_flush(out);

	free(out->buf);
	out->buf = NULL;
	return close(out->fd) < 0 && errno != EINTR ? -1 : r;
}
