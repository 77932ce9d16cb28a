# connpipe: passive monitoring of TCP connections, as filters.
#
#	make demo	install what is missing, build, show round trips
#	make test	install what is missing, build, run every test
#	make		build alone
#
# Plain make needs libpcap, libcsv, libseccomp, xxHash, jansson and a C11
# compiler.  The link lines below say which program uses what.

PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
BUILD ?= build

B = $(BUILD)
CC ?= cc
WARN = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
    -Wmissing-prototypes -Wwrite-strings -Wvla -Wundef
ALL_CFLAGS = -D_GNU_SOURCE -Ilib $(WARN) $(CFLAGS)

PROGRAMS = pcapsrc tcpdecode rttmatch

SYS = $(patsubst lib/%.c,$B/%.o,$(wildcard lib/sys/*.c))
REC = $(patsubst lib/%.c,$B/%.o,$(wildcard lib/rec/*.c))
WIRE = $(patsubst lib/%.c,$B/%.o,$(wildcard lib/wire/*.c))
CONN = $(patsubst lib/%.c,$B/%.o,$(wildcard lib/conn/*.c))

all: $(PROGRAMS:%=$B/bin/%)

$B/bin/pcapsrc: $B/cmd/pcapsrc.o $(SYS) $(WIRE)
	$(LINK) -lpcap -lseccomp
$B/bin/tcpdecode: $B/cmd/tcpdecode.o $(SYS) $(WIRE) $(REC)
	$(LINK) -lseccomp
$B/bin/rttmatch: $B/cmd/rttmatch.o $(SYS) $(REC) $(CONN)
	$(LINK) -lseccomp -lxxhash

LINK = @mkdir -p $(@D); $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^

$B/cmd/%.o: cmd/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$B/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

clean:
	rm -rf $B

-include $(wildcard $B/*/*.d)

.PHONY: all clean
