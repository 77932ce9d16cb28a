#!/bin/sh
# deps.sh build|test: install what is missing to build connpipe, or to build
# and test it.  It prints each command before running it, and does nothing if
# nothing is missing.
#
# It searches with CC and CPPFLAGS, as the build does.

set -u

# What is needed, how much, and each system's package that has it; "-" if there
# is none, or if it is part of the system.  A need is a header or a command.
# "must" is an error if it cannot be installed; "may" is for one more program, a
# protocol or more tests.
needs() {
	cat <<'END'
goal  much need              apt            dnf               apk            pacman            pkg        brew
build must cc                gcc            gcc               gcc            gcc               llvm       gcc
build must make              make           make              make           make              gmake      make
build must stdio.h           libc6-dev      glibc-devel       musl-dev       glibc             -          -
linux must linux/types.h     linux-libc-dev kernel-headers    linux-headers  linux-api-headers -          -
build must pcap/pcap.h       libpcap-dev    libpcap-devel     libpcap-dev    libpcap           libpcap    libpcap
build must csv.h             libcsv-dev     libcsv-devel      libcsv-dev     libcsv            libcsv     libcsv
linux must seccomp.h         libseccomp-dev libseccomp-devel  libseccomp-dev libseccomp        -          -
build must xxhash.h          libxxhash-dev  xxhash-devel      xxhash-dev     xxhash            xxhash     xxhash
build must jansson.h         libjansson-dev jansson-devel     jansson-dev    jansson           jansson    jansson
build must microhttpd.h      libmicrohttpd-dev libmicrohttpd-devel libmicrohttpd-dev libmicrohttpd libmicrohttpd libmicrohttpd
build may  libsmartcols/libsmartcols.h libsmartcols-dev libsmartcols-devel util-linux-dev util-linux - -
build may  ares.h            libc-ares-dev  c-ares-devel      c-ares-dev     c-ares            c-ares     c-ares
build may  nghttp2/nghttp2.h libnghttp2-dev libnghttp2-devel nghttp2-dev   libnghttp2        libnghttp2 libnghttp2
build may  openssl/ssl.h     libssl-dev     openssl-devel     openssl-dev    openssl           openssl    openssl
test  must bats              bats           bats              bats           bats              bats-core  bats-core
test  may  tcpdump           tcpdump        tcpdump           tcpdump        tcpdump           tcpdump    tcpdump
test  may  tshark            tshark         wireshark-cli     tshark         wireshark-cli     tshark     wireshark
test  may  tcptrace          tcptrace       tcptrace          tcptrace       tcptrace          tcptrace   tcptrace
test  may  mandoc            mandoc         mandoc            mandoc         mandoc            mandoc     mandoc
test  may  gzip              gzip           gzip              gzip           gzip              -          gzip
test  may  zstd              zstd           zstd              zstd           zstd              zstd       zstd
test  must xz                xz-utils       xz                xz             xz                -          xz
test  may  ip                iproute2       iproute           iproute2       iproute2          -          -
test  may  shellcheck        shellcheck     ShellCheck        shellcheck     shellcheck        hs-ShellCheck shellcheck
test  may  pgrep             procps         procps-ng         procps         procps-ng         -          -
test  may  col               bsdextrautils  util-linux        util-linux-misc util-linux       -          -
test  may  jq                jq             jq                jq             jq                jq         jq
test  may  sqlite3           sqlite3        sqlite            sqlite         sqlite            sqlite3    sqlite
test  may  socat             socat          socat             socat          socat             socat      socat
test  may  strace            strace         strace            strace         strace            -          -
test  may  promtool          prometheus     -                 prometheus     prometheus        prometheus prometheus
test  may  gnuplot           gnuplot-nox    gnuplot           gnuplot        gnuplot           gnuplot    gnuplot
test  may  prometheus        prometheus     -                 prometheus     prometheus        prometheus prometheus
test  may  psql              postgresql     postgresql-server postgresql     postgresql        -          postgresql
test  may  parallel          parallel       parallel          parallel       parallel          parallel   parallel
test  may  rsync             rsync          rsync             rsync          rsync             rsync      rsync
test  may  sshd              openssh-server openssh-server    openssh-server openssh           -          -
test  may  openssl           openssl        openssl           openssl        openssl           openssl    openssl
test  may  curl              curl           curl              curl           curl              curl       curl
test  may  fping             fping          fping             fping          fping             fping      fping
test  may  iptables          iptables       iptables          iptables       iptables          -          -
test  may  valgrind          valgrind       valgrind          valgrind       valgrind          valgrind   -
test  may  python3           python3        python3           python3        python            python3    python3
END
}

say() { printf 'deps: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The folder of packaged headers, if the compiler does not search it.
prefix_flags() {
	case $manager in
	brew)	echo "-I$(brew --prefix)/include" ;;
	pkg)	echo "-I/usr/local/include" ;;
	esac
}

# CC and CPPFLAGS may be several words.
# shellcheck disable=SC2086
have_header() {
	printf '#include <stdio.h>\n#include <%s>\n' "$1" |
	    ${CC:-cc} ${CPPFLAGS:-} $flags -E -x c - >/dev/null 2>&1
}

is_there() {
	case $1 in
	*.h)	have_header "$1" ;;
	cc)	have "${compiler%% *}" ;;
	make)	{ make --version || gmake --version; } 2>/dev/null |
		    grep -q '^GNU Make' ;;
	*)	have "$1" ;;
	esac
}

find_manager() {
	for m in apt-get dnf apk pacman pkg brew; do
		have $m && { echo $m; return; }
	done
	echo none
}

# The column of needs() for this system.
column() {
	case $manager in
	apt-get) echo 4 ;;
	dnf)	echo 5 ;;
	apk)	echo 6 ;;
	pacman)	echo 7 ;;
	pkg)	echo 8 ;;
	brew)	echo 9 ;;
	*)	echo 3 ;;	# the need itself is the best name there is
	esac
}

# missing must|may: "need package" for each that is not there.
missing() {
	needs | awk -v much="$1" -v goal="$goal" -v os="$(uname -s)" \
	    -v column="$(column)" '
	$2 != much || $1 == "test" && goal != "test" { next }
	$1 == "linux" && os != "Linux" { next }
	{ print $3, $column }' |
	while read -r need package; do
		is_there "$need" </dev/null || echo "$need $package"
	done
}

run() {
	say "running: $*"
	"$@" >&2
}

# Homebrew refuses to be root; everything else wants it.
find_root() {
	if [ "$(id -u)" -eq 0 ] || [ "$manager" = brew ]; then
		echo self
	elif have sudo; then
		echo sudo
	fi
}

as_root() {
	case $root in
	sudo)	run sudo "$@" ;;
	*)	run "$@" ;;
	esac
}

update_apt() {
	updated=yes
	as_root apt-get update
}

# Old lists name packages that no longer exist: update them, once.
install_apt() {
	ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 || update_apt
	set -- env DEBIAN_FRONTEND=noninteractive apt-get install -y \
	    --no-install-recommends "$@"
	as_root "$@" && return
	[ "$updated" = no ] && update_apt && as_root "$@"
}

install() {
	if [ -z "$root" ]; then
		say "not root and no sudo; as root, install: $*"
		return 1
	fi
	case $manager in
	apt-get) install_apt "$@" ;;
	dnf)	as_root dnf install -y "$@" ;;
	apk)	as_root apk add "$@" ;;
	pacman)	as_root pacman -Sy --needed --noconfirm "$@" ;;
	pkg)	as_root env ASSUME_ALWAYS_YES=yes pkg install "$@" ;;
	brew)	as_root brew install "$@" ;;
	esac
}

# The first or second words of "need package" lines, on one line.
words() {
	printf '%s\n' "$1" | awk -v n="$2" '
	$n != "" && $n != "-" && !seen[$n]++ { printf "%s%s", sep, $n; sep = " " }'
}

# Package names have no blanks.
# shellcheck disable=SC2046
install_musts() {
	lacking=$(missing must)
	[ -z "$lacking" ] && return
	say "missing: $(words "$lacking" 1)"
	[ "$manager" = none ] &&
	    die "no known package manager; please install these"
	[ -n "$(words "$lacking" 2)" ] && install $(words "$lacking" 2)
	lacking=$(missing must)
	[ -z "$lacking" ] && return
	case $lacking in
	*csv.h*)	say "csv.h is libcsv's: https://sourceforge.net/projects/libcsv/" ;;
	esac
	die "could not install: $(words "$lacking" 1)"
}

# What is left out without a need that may be missing.
loss() {
	case $1 in
	libsmartcols/*)	echo "the program reccut is left out" ;;
	ares.h)	echo "the programs resolve and probesrc are left out" ;;
	nghttp2/nghttp2.h) echo "httpreq does not parse HTTP/2" ;;
	openssl/ssl.h)	echo "the program portid is left out" ;;
	*)	echo "tests that use it are skipped" ;;
	esac
}

# One by one, since one unknown package makes the whole command fail.
install_mays() {
	missing may | while read -r need package; do
		if [ "$manager" = none ] || [ "$package" = - ]; then
			say "$need: not here; $(loss "$need")"
		elif ! install "$package" </dev/null; then
			say "$need: not installed; $(loss "$need")"
		fi
	done
}

case ${1-}/$# in
build/1 | test/1) goal=$1 ;;
*)	echo "usage: deps.sh build|test" >&2; exit 2 ;;
esac

compiler=${CC:-cc}
updated=no
manager=$(find_manager)
root=$(find_root)
flags=$(prefix_flags)
install_musts
install_mays
exit 0
