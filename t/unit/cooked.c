/* Frames of each link type, and the cooked header that replaces theirs. */
#include "check.h"
#include "wire/cooked.h"

/* The n bytes of a frame give this cooked header and leave the last left bytes;
 * head is NULL if the frame cannot be converted. */
static void
cook(const char *name, uint32_t link, const char *bytes, size_t n,
    const char *head, size_t left)
{
	struct packet p = { .link = link, .cap_len = (uint32_t)n,
	    .wire_len = (uint32_t)n + 100, .data = (const uint8_t *)bytes };
	uint8_t got[COOKED_LEN];
	int before = check_failures;

	CHECK_NUM(cooked_convert(&p, got), head != NULL);
	if (head == NULL) {
		CHECK_NUM(p.link, link);
		CHECK_NUM(p.cap_len, n);
	} else {
		CHECK(memcmp(got, head, COOKED_LEN) == 0);
		CHECK_NUM(p.cap_len, COOKED_LEN + left);
		CHECK_NUM(p.wire_len, COOKED_LEN + left + 100);
		CHECK_NUM(p.data - (const uint8_t *)bytes, n - left);
	}
	if (check_failures != before)
		printf("in %s\n", name);
}

#define BYTES(s)	s, sizeof(s) - 1

static void
test_cooked(void)
{
	cook("Ethernet", 1,
	    BYTES("\x01\0\x5e\1\2\3" "\2\2\3\4\5\6" "\x08\0" "\x45\0"),
	    "\x08\0\0\0" "\0\0\0\0" "\0\1\2\6" "\2\2\3\4\5\6\0\0", 2);
	cook("a VLAN tag stays", 1,
	    BYTES("\xff\xff\xff\xff\xff\xff" "\2\2\3\4\5\6" "\x81\0" "\0\7"),
	    "\x81\0\0\0" "\0\0\0\0" "\0\1\1\6" "\2\2\3\4\5\6\0\0", 2);
	cook("802.3", 1,
	    BYTES("\2\2\2\2\2\2" "\2\2\3\4\5\6" "\0\3" "\x42\x42\3"),
	    "\0\4\0\0" "\0\0\0\0" "\0\1\0\6" "\2\2\3\4\5\6\0\0", 3);
	cook("raw IPv6", 101, BYTES("\x60\0\0"),
	    "\x86\xdd\0\0" "\0\0\0\0" "\xff\xfe\0\0" "\0\0\0\0\0\0\0\0", 3);
	cook("loopback, big-endian", 0, BYTES("\0\0\0\2\x45"),
	    "\x08\0\0\0" "\0\0\0\0" "\3\4\0\0" "\0\0\0\0\0\0\0\0", 1);
	cook("loopback, little-endian", 108, BYTES("\x1e\0\0\0\x60"),
	    "\x86\xdd\0\0" "\0\0\0\0" "\3\4\0\0" "\0\0\0\0\0\0\0\0", 1);
	cook("PPP", 9, BYTES("\xff\3\0\x21\x45"),
	    "\x08\0\0\0" "\0\0\0\0" "\2\0\0\0" "\0\0\0\0\0\0\0\0", 1);
	cook("PPP, short", 9, BYTES("\x57\x60"),
	    "\x86\xdd\0\0" "\0\0\0\0" "\2\0\0\0" "\0\0\0\0\0\0\0\0", 1);
	cook("Cisco HDLC", 50, BYTES("\x0f\0\x08\0\x45"),
	    "\x08\0\0\0" "\0\0\0\0" "\2\1\0\0" "\0\0\0\0\0\0\0\0", 1);
	cook("cooked v1", 113,
	    BYTES("\0\4\0\1\0\6\1\2\3\4\5\6\0\0\x08\0\x45"),
	    "\x08\0\0\0" "\0\0\0\0" "\0\1\4\6" "\1\2\3\4\5\6\0\0", 1);
	cook("cooked v2", 276,
	    BYTES("\x08\0\0\0\0\0\0\7\0\1\4\6\1\2\3\4\5\6\0\0\x45"),
	    "\x08\0\0\0" "\0\0\0\7" "\0\1\4\6" "\1\2\3\4\5\6\0\0", 1);
	cook("Ethernet, cut", 1, BYTES("\1\2\3\4\5\6\1\2\3\4\5\6\x08"),
	    NULL, 0);
	cook("PPP without IP", 9, BYTES("\xc0\x21\1\1"), NULL, 0);
	cook("token ring, cut", 6,
	    BYTES("\1\2\3\4\5\6\1\2\3\4\5\6\x08\0"), NULL, 0);
	cook("FDDI", 10, BYTES("\x50\2\2\2\2\2\2\2\2\3\4\5\6"
	    "\xaa\xaa\3\0\0\0\x86\xdd" "\x60"),
	    "\x86\xdd\0\0" "\0\0\0\0" "\xff\xfe\0\0" "\0\0\0\0\0\0\0\0", 1);
	cook("PPPoE", 51, BYTES("\x11\0"),
	    "\x88\x64\0\0" "\0\0\0\0" "\xff\xfe\0\0" "\0\0\0\0\0\0\0\0", 2);
	cook("USB", 220, BYTES("\x45"), NULL, 0);
}

int
main(void)
{
	test_cooked();
	return check_failures != 0;
}
