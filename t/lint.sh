#!/bin/sh
# lint.sh: what make lint does after building with warnings as errors.  If a tool
# is missing, its check is skipped with a message.
set -u

cd "$(dirname "$0")/.." || exit 1
status=0

have() {
	command -v "$1" >/dev/null && return
	echo "lint: $1 is not installed: $2 not checked" >&2
	return 1
}

if have clang-tidy "C"; then
	# One file a run: in later ones the analyzer takes va_list for something
	# else, and reports every vsnprintf().
	for f in cmd/*.c lib/*/*.c; do
		clang-tidy --quiet --warnings-as-errors='*' \
		    --checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-assignment-in-if-condition,-bugprone-implicit-widening-of-multiplication-result,-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling' \
		    "$f" -- -D_GNU_SOURCE -Ilib -std=c11 2>/dev/null || status=1
	done
fi
if have shellcheck "shell"; then
	shellcheck .ci/run t/*.sh t/*/*.sh share/*.sh || status=1
	# As they are installed, where functions of the common part may be unused.
	for f in share/frontends/*; do
		case $f in
		*.sh)	continue ;;
		esac
		shellcheck -e SC2317 "${BUILD:-build}/bin/${f##*/}" || status=1
	done
	# Tests split words, glob and cd as bats makes safe.
	shellcheck -s bash -S warning -e SC1090,SC1091,SC2154,SC2030,SC2031,SC2164 \
	    t/helper.bash t/*.bats || status=1
fi
if have mandoc "the pages"; then
	mandoc -T lint -W warning "${BUILD:-build}"/man/man*/* || status=1
fi
exit $status
