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

# Each folder of lib is an archive, and a program takes of it what it uses.
OBJECTS = $(patsubst lib/%.c,$B/%.o,$(wildcard lib/$1/*.c))
REC = $B/rec.a $(WIRE)
CONN = $B/conn.a $(WIRE)
WIRE = $B/wire.a
SYS = $B/sys.a $(WIRE)

all: $(PROGRAMS:%=$B/bin/%)

$B/bin/pcapsrc: $B/cmd/pcapsrc.o $(SYS)
	$(LINK) -lpcap -lseccomp
$B/bin/tcpdecode: $B/cmd/tcpdecode.o $(REC) $(SYS)
	$(LINK) -lseccomp
$B/bin/rttmatch: $B/cmd/rttmatch.o $(CONN) $(REC) $(SYS)
	$(LINK) -lseccomp

LINK = @mkdir -p $(@D); $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ \
    $(filter %.o,$^) $(filter-out %.o,$+)

$B/rec.a: $(call OBJECTS,rec)
$B/wire.a: $(call OBJECTS,wire)
$B/conn.a: $(call OBJECTS,conn)
$B/sys.a: $(call OBJECTS,sys)
$B/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

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
