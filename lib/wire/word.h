/* Text eight bytes at a time, as words whose lowest byte is the first. */
#ifndef WIRE_WORD_H
#define WIRE_WORD_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define WORD_LITTLE(bits, v)	__builtin_bswap##bits(v)
#else
#define WORD_LITTLE(bits, v)	(v)
#endif

static inline uint64_t
word_load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, 8);
	return WORD_LITTLE(64, w);
}

static inline void
word_store(char *p, uint64_t w)
{
	w = WORD_LITTLE(64, w);
	memcpy(p, &w, 8);
}

/* The same for four bytes. */
static inline uint32_t
word_load4(const char *p)
{
	uint32_t w;

	memcpy(&w, p, 4);
	return WORD_LITTLE(32, w);
}

static inline void
word_store4(char *p, uint32_t w)
{
	w = WORD_LITTLE(32, w);
	memcpy(p, &w, 4);
}

/* A mask of which of the eight bytes at p are c: bit 0 is the first. */
static inline unsigned
word_match(const char *p, char c)
{
	const uint64_t ones = 0x0101010101010101u, low = 0x7f * ones;
	uint64_t w = word_load(p) ^ (uint8_t)c * ones;

	/* A byte that is c is 0 by now; it becomes 0x80, 1, then its bit. */
	w = ~(((w & low) + low) | w | low) >> 7;
	return (unsigned)(w * 0x0102040810204080u >> 56);
}

#endif
