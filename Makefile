# connpipe: passive monitoring of TCP connections, as filters.
#
#	make demo	install what is missing, build, show round trips
#	make test	install what is missing, build, run every test
#	make		build alone
#	make install	to $(DESTDIR)$(PREFIX); make uninstall takes it away
#	make asan	every test under AddressSanitizer and UBSan
#	make fuzz	each fuzzer for FUZZ_SECS seconds; needs clang
#	make bench	speed and memory beside tcptrace, tcpdump, tshark,
#			httpry and fping
#	make lint	warnings as errors, clang-tidy, shellcheck, the pages
#
# Plain make needs libpcap, libcsv, libseccomp, xxHash, jansson and a C11
# compiler, c-ares for resolve and OpenSSL for portid, which are left out without
# them.  The link lines below say which program uses what.

PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
BUILD ?= build
FUZZ_SECS ?= 60

B = $(BUILD)
WARN = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
    -Wmissing-prototypes -Wwrite-strings -Wvla -Wundef
ALL_CFLAGS = -D_GNU_SOURCE -Ilib $(WARN) $(CPPFLAGS) $(CFLAGS)
LINUX := $(filter Linux,$(shell uname))
SECCOMP = $(if $(LINUX),-lseccomp)

# resolve needs c-ares, portid OpenSSL; each is left out where that is not there.
have = $(shell $(CC) $(CPPFLAGS) -E -include $1 -x c /dev/null \
    >/dev/null 2>&1 && echo $2)
ARES := $(call have,ares.h,resolve)
OPENSSL := $(call have,openssl/ssl.h,portid)

# probesrc is made of what Linux alone has: stamps and errors by socket.
PROBESRC = $(if $(LINUX),probesrc)

PROGRAMS = pcapsrc mkfilter tcpdecode flowtrack rttmatch hsclass httpreq \
    summarize $(ARES) $(PROBESRC) $(OPENSSL) vitals
WRITERS = $(filter-out pcapsrc mkfilter vitals,$(PROGRAMS))
FRONTENDS = connmon tcpeek tcpeekstat http_connection_monitor connmonitor \
    connvitals
INSTALLED = $(PROGRAMS) $(FRONTENDS)
SERVICES = connmonitor.service
SERVICEDIR = $(PREFIX)/lib/systemd/system
MANDIR = $(PREFIX)/share/man
PAGES = $(PROGRAMS:%=man1/%.1) $(FRONTENDS:%=man1/%.1) \
    man5/connpipe-records.5 man7/connpipe.7
UNITS = $(patsubst t/unit/%.c,%,$(wildcard t/unit/*.c))
FUZZERS = $(filter-out replay,$(patsubst t/fuzz/%.c,%,$(wildcard t/fuzz/*.c)))
BENCHES = gentrace genhttp readloop timed flood

# Each folder of lib is an archive, and a program takes of it what it uses; but
# for what needs a library, or a system, that may not be there.
OBJECTS = $(filter-out $(APART),$(patsubst lib/%.c,$B/%.o,$(wildcard lib/$1/*.c)))
APART = $B/sys/resolver.o $B/sys/ask.o $B/sys/tlsclient.o \
    $(if $(LINUX),,$(patsubst %,$B/sys/%.o,lookup probesock prober tcpprobe))
WIRE = $B/wire.a
CONN = $B/conn.a $(WIRE)
SYS = $B/sys.a $(WIRE)
REC = $B/rec.a $(SYS)
STAT = $B/stat.a $(REC)
PROBE = $B/probe.a $(CONN) $(REC)

all: $(PROGRAMS:%=$B/bin/%) $(FRONTENDS:%=$B/bin/%) $(PAGES:%=$B/man/%)
	$(if $(ARES),,@echo 'resolve is left out: no ares.h (c-ares)')
	$(if $(OPENSSL),,@echo 'portid is left out: no openssl/ssl.h')
	$(if $(PROBESRC),,@echo 'probesrc is left out: it needs Linux')

$B/bin/pcapsrc: $B/cmd/pcapsrc.o $(SYS)
	$(LINK) -lpcap $(SECCOMP)
$B/bin/mkfilter: $B/cmd/mkfilter.o $(REC)
	$(LINK) -lpcap -lcsv $(SECCOMP)
$B/bin/tcpdecode: $B/cmd/tcpdecode.o $(REC)
	$(LINK) $(SECCOMP)
$B/bin/flowtrack: $B/cmd/flowtrack.o $(CONN) $(REC)
	$(LINK) -lm $(SECCOMP)
$B/bin/rttmatch: $B/cmd/rttmatch.o $(CONN) $(REC)
	$(LINK) $(SECCOMP)
$B/bin/hsclass: $B/cmd/hsclass.o $(CONN) $(REC)
	$(LINK) -lcsv $(SECCOMP)
$B/bin/httpreq: $B/cmd/httpreq.o $(CONN) $(REC)
	$(LINK) $(SECCOMP)
$B/bin/summarize: $B/cmd/summarize.o $(STAT)
	$(LINK) -lcsv -ljansson -lm $(SECCOMP)
$B/bin/resolve: $B/cmd/resolve.o $B/sys/resolver.o $(CONN) $(REC)
	$(LINK) -lcares $(SECCOMP)
$B/bin/probesrc: $B/cmd/probesrc.o $(PROBE)
	$(LINK) $(SECCOMP)
$B/bin/vitals: $B/cmd/vitals.o $B/stat.a $(CONN) $(REC)
	$(LINK) -ljansson -lm $(SECCOMP)
$B/bin/portid: $B/cmd/portid.o $B/sys/ask.o $B/sys/tlsclient.o $(REC)
	$(LINK) -lssl -lcrypto $(SECCOMP)

LINK = @mkdir -p $(@D); $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ \
    $(filter %.o,$^) $(filter-out %.o,$+)

$B/rec.a: $(call OBJECTS,rec)
$B/wire.a: $(call OBJECTS,wire)
$B/conn.a: $(call OBJECTS,conn)
$B/sys.a: $(call OBJECTS,sys)
$B/stat.a: $(call OBJECTS,stat)
$B/probe.a: $(call OBJECTS,probe)
$B/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$B/%.o: lib/%.c
	$(COMPILE)
$B/cmd/%.o: cmd/%.c
	$(COMPILE)
$B/t/%.o: t/%.c
	$(COMPILE)
COMPILE = @mkdir -p $(@D); $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/bin/%: share/frontends/%
	@mkdir -p $(@D)
	cp $< $@

# The table of connpipe-records(5) is what the programs say of themselves.
$B/man/man5/connpipe-records.5: share/man/man5/connpipe-records.5.in \
    share/man/records.awk $(WRITERS:%=$B/bin/%)
	@mkdir -p $(@D)
	for p in $(WRITERS); do $B/bin/$$p -F; done | awk '!seen[$$0]++' | \
	    awk -f share/man/records.awk - $< >$@.tmp && mv $@.tmp $@
$B/man/%: share/man/%
	@mkdir -p $(@D)
	cp $< $@

deps:
	CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' share/deps.sh build

# Peers that a system does not have are asked for once, not in every run.
$B/deps-test: share/deps.sh
	CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' share/deps.sh test
	@mkdir -p $(@D)
	@touch $@

demo: deps
	@$(MAKE) --no-print-directory -s all
	@PATH="$(abspath $B/bin):$$PATH" share/demo.sh share/samples/wan.pcap

test: $B/deps-test
	@$(MAKE) --no-print-directory -s all tests
	@BUILD='$(abspath $B)' t/run.sh $(TESTS)

tests: $(UNITS:%=$B/t/unit/%) $(FUZZERS:%=$B/t/fuzz/%) $B/bench/gentrace
$B/t/unit/%: $B/t/unit/%.o $(CONN) $(STAT)
	$(LINK) -lm $(SECCOMP)
$B/t/fuzz/%: $B/t/fuzz/%.o $B/t/fuzz/replay.o $(CONN) $(REC)
	$(LINK) -lm $(SECCOMP)

SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
    -fno-sanitize-recover=all
asan: $B/deps-test
	@$(MAKE) --no-print-directory BUILD=$B/asan CFLAGS='$(SANITIZE)' test

fuzz:
	@CC=clang FUZZ_SECS=$(FUZZ_SECS) t/fuzz/run.sh $B/fuzz $(FUZZERS)

bench: all $(BENCHES:%=$B/bench/%)
	BENCHDIR=$B/bench t/bench/run.sh $B/bin
$B/bench/gentrace: $B/t/bench/gentrace.o
	$(LINK) -lm
$B/bench/genhttp: $B/t/bench/genhttp.o
	$(LINK)
$B/bench/readloop: $B/t/bench/readloop.o
	$(LINK) -lpcap
$B/bench/timed: $B/t/bench/timed.o
	$(LINK)
$B/bench/flood: $B/t/bench/flood.o
	$(LINK)

lint:
	@$(MAKE) --no-print-directory -s BUILD=$B/lint \
	    CFLAGS='-O2 -Werror' all tests
	@BUILD='$B/lint' t/lint.sh

install: all
	mkdir -p $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(INSTALLED:%=$B/bin/%) $(DESTDIR)$(PREFIX)/bin
	for s in 1 5 7; do mkdir -p $(DESTDIR)$(MANDIR)/man$$s && \
	    install -m 644 $B/man/man$$s/* $(DESTDIR)$(MANDIR)/man$$s; done
	mkdir -p $(DESTDIR)$(SERVICEDIR)
	for s in $(SERVICES); do sed 's|/usr/local/|$(PREFIX)/|' \
	    share/systemd/$$s >$(DESTDIR)$(SERVICEDIR)/$$s; done

uninstall:
	rm -f $(INSTALLED:%=$(DESTDIR)$(PREFIX)/bin/%)
	rm -f $(PAGES:%=$(DESTDIR)$(MANDIR)/%)
	rm -f $(SERVICES:%=$(DESTDIR)$(SERVICEDIR)/%)

clean:
	rm -rf $B

-include $(wildcard $B/*/*.d $B/t/*/*.d)

.SECONDARY:
.PHONY: all deps demo test tests asan fuzz bench lint install uninstall clean
