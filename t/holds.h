/* What a connection of lib/http holds, counted anew. */
#ifndef T_HOLDS_H
#define T_HOLDS_H

#include <string.h>

#include "http/connection.h"
#include "http/frames.h"

/* Bytes, without those of its stream. */
static inline uint32_t
holds_bytes(const struct connection *c)
{
	uint32_t n = (uint32_t)c->side[0].size + c->side[1].size;

	for (const struct pending *p = c->first; p != NULL; p = p->next)
		n += pending_size(p);
	if (c->host != NULL)
		n += (uint32_t)strlen(c->host) + 1;
	if (c->frames != NULL)
		n += (uint32_t)sizeof *c->frames;
	if (c->records != NULL)
		n += (uint32_t)sizeof *c->records;
	if (c->proxied != NULL)
		n += (uint32_t)sizeof *c->proxied;
	return n;
}

/* Bytes of the pieces of its stream. */
static inline uint32_t
holds_pieces(const struct connection *c)
{
	uint32_t n = 0;

	for (const struct reassembly_piece *p = c->stream.pieces; p != NULL;
	    p = p->next)
		n += (uint32_t)sizeof *p + p->ndata;
	return n;
}

/* Are both as the connection has it, and no more than they may be? */
static inline bool
holds_right(const struct connection *c)
{
	uint32_t bytes = holds_bytes(c), pieces = holds_pieces(c);

	return bytes == c->held && pieces == c->stream.held &&
	    bytes + pieces <= (c->protocol == PROTOCOL_HTTP2 ?
	    HTTP_HELD_MAX_2 : HTTP_HELD_MAX);
}

#endif
