#!/bin/sh
# run.sh DIR FUZZER ...: run each for FUZZ_SECS seconds on a copy of its
# corpus in t/fuzz/corpus, built in DIR.  What it finds new stays in DIR.
set -eu

dir=$1
shift
top=$(cd "$(dirname "$0")/../.." && pwd)
command -v "${CC:-clang}" >/dev/null ||
    { echo "fuzz: ${CC:-clang} is not installed" >&2; exit 1; }
mkdir -p "$dir"
for name; do
	mkdir -p "$dir/$name.corpus"
	"${CC:-clang}" -D_GNU_SOURCE -I"$top/lib" -std=c11 -O1 -g \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    -o "$dir/$name" "$top/t/fuzz/$name.c" "$top"/lib/wire/*.c \
	    "$top"/lib/conn/*.c "$top"/lib/rec/*.c "$top/lib/sys/io.c" \
	    "$top/lib/sys/hostlist.c" \
	    "$top/lib/sys/signals.c" "$top/lib/sys/sandbox.c" -lseccomp -lcsv -lm
	echo "== $name"
	"$dir/$name" -max_total_time="${FUZZ_SECS:-60}" -print_final_stats=0 \
	    -artifact_prefix="$dir/$name-" "$dir/$name.corpus" \
	    "$top/t/fuzz/corpus/$name" 2>&1 | tail -n 3
done
