#include "capture/source.h"

#include <stddef.h>
#include <string.h>

#include "sys/clock.h"
#include "sys/io.h"
#include "sys/signals.h"
#include "wire/units.h"

#define LOOK_BYTES	(64 << 20)
#define LOOK_FIRST_NS	(int64_t)NS_PER_S
#define LOOK_MORE_NS	(int64_t)(NS_PER_S / 10)
/* A packet captured at most this long ago shows that an input is live. */
#define LIVE_NS		(int64_t)(5 * NS_PER_S)

static void
add_link(struct source_links *l, uint32_t link)
{
	if (l->any && l->link != link)
		l->several = true;
	if (!l->any)
		l->link = link;
	l->any = true;
}

int
source_open_device(struct source *s, const char *name,
    const struct device_options *opt)
{
	*s = (struct source){ .is_device = true, .live = true };
	if (device_open(&s->device, name, opt) == 0)
		return 0;
	s->error = s->device.error;
	s->denied = s->device.denied;
	return -1;
}

int
source_open_file(struct source *s, const char *path, bool follow,
    struct packetfilter *filter)
{
	*s = (struct source){ .filter = filter };
	if (capfile_open(&s->file, path) == 0) {
		if (follow)
			capfile_follow(&s->file);
		return 0;
	}
	s->error = s->file.error;
	return -1;
}

const char *
source_name(const struct source *s)
{
	return s->is_device ? s->device.name : s->file.name;
}

int
source_fd(const struct source *s)
{
	if (s->is_device)
		return device_fd(&s->device);
	return s->file.waits ? -1 : s->file.fd;
}

int
source_poll_ms(const struct source *s)
{
	if (s->is_device)
		return device_poll_ms(&s->device);
	return s->file.waits ? CAPFILE_FOLLOW_MS : -1;
}

/* Read more to look at, or would that wait for what may never come? */
static bool
can_look_on(struct source *s, bool seen, bool patient)
{
	struct capfile *cf = &s->file;
	int64_t wait_ns = seen ? LOOK_MORE_NS : patient ? -1 : LOOK_FIRST_NS;

	if (cf->waits)
		return !seen && patient && !signals_stop() &&
		    signals_wait(-1, CAPFILE_FOLLOW_MS *
		    (int64_t)NS_PER_MS) >= 0;
	if (io_is_file(cf->fd))
		return cf->offset < LOOK_BYTES;
	/* Of a pipe only the buffer can be looked at, before it is used. */
	capfile_rewind(cf);
	return cf->end < cf->cap && signals_wait(cf->fd, wait_ns) > 0;
}

static bool
look_at_file(struct source *s, bool patient, struct source_links *links)
{
	struct capfile *cf = &s->file;
	struct packet pkt;
	bool seen = false, at_end;
	int r;

	do {
		while ((r = capfile_next(cf, &pkt)) == 1) {
			add_link(links, pkt.link);
			seen = true;
		}
		if (cf->sf.format == SAVEFILE_PCAP) {
			add_link(links, cf->sf.link);
			s->is_pcap = !cf->sf.modified;
			seen = true;
			break;
		}
	} while (r == 0 && can_look_on(s, seen, patient) &&
	    (r = capfile_fill(cf)) > 0);
	at_end = r < 0 || cf->eof;
	capfile_rewind(cf);
	return seen || at_end;
}

bool
source_look(struct source *s, bool patient, struct source_links *links)
{
	if (!s->is_device)
		return look_at_file(s, patient, links);
	add_link(links, device_link(&s->device));
	return true;
}

static void
end(struct source *s, const char *error)
{
	s->ended = true;
	s->error = error;
}

/* Read the next packet in the buffer, whether it matches the filter or not. */
static bool
next(struct source *s)
{
	int r;

	if (s->is_device)
		return device_next(&s->device, &s->head);
	r = capfile_next(&s->file, &s->head);
	if (r < 0)
		end(s, s->file.error);
	s->packets += r == 1;
	return r == 1;
}

/* Packets of a device were filtered by the kernel. */
static bool
wanted(struct source *s)
{
	if (s->filter == NULL)
		return true;
	if (s->program == NULL ||
	    !packetfilter_is_for(s->program, s->head.link))
		s->program = packetfilter_for(s->filter, s->head.link);
	if (s->program == NULL)
		end(s, s->filter->error);
	return s->program != NULL && packetfilter_match(s->program, &s->head);
}

void
source_advance(struct source *s)
{
	s->has_head = false;
	while (!s->has_head && !s->ended && next(s))
		s->has_head = wanted(s);
}

static bool
is_recent(uint64_t time_ns)
{
	int64_t age_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - time_ns);

	return age_ns < LIVE_NS && age_ns > -LIVE_NS;
}

void
source_fill(struct source *s)
{
	int r = s->is_device ? device_fill(&s->device) :
	    capfile_fill(&s->file);

	source_advance(s);
	if (s->has_head && !s->live)
		s->live = is_recent(s->head.time_ns);
	/* Others do not wait for a file to grow. */
	s->live |= !s->is_device && s->file.waits;
	if (r < 0 || (r == 0 && !s->is_device))
		end(s, r == 0 ? NULL : s->is_device ? s->device.error :
		    s->file.error);
}

int
source_close(struct source *s)
{
	if (s->is_device)
		device_close(&s->device);
	else if (capfile_close(&s->file) < 0)
		s->error = s->file.error;
	return s->error == NULL ? 0 : -1;
}
