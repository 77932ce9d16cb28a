#!/bin/sh
# run.sh BUILD FUZZER...: run each for FUZZ_SECS seconds, starting from its
# corpus in t/fuzz/corpus.  Inputs that reach new code and inputs that crash
# stay in BUILD/corpus/FUZZER.  Status 1 if a fuzzer crashed.
set -u

build=$1
shift
known=$(dirname "$0")/corpus
status=0
for name; do
	found=$build/corpus/$name
	mkdir -p "$found"
	echo "== $name"
	"$build/t/fuzz/$name" -max_total_time="${FUZZ_SECS:-60}" \
	    -artifact_prefix="$found/" "$found" "$known/$name" \
	    >"$found.log" 2>&1 && lines=1 || lines=40 status=1
	tail -n "$lines" "$found.log"
done
exit $status
