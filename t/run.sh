#!/bin/sh
# run.sh [FILE.bats ...]: run these test files, or all, and print how many tests
# passed.  BUILD is the folder with the programs.

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- "$here"/*.bats
log=$(mktemp)
trap 'rm -f "$log"' EXIT

bats --tap "$@" | tee "$log"
awk '
	/^ok .* # skip/ { skipped++; next }
	/^ok / { passed++ }
	/^not ok / { failed++ }
	/^1\.\./ { planned = substr($0, 4) }
	END {
		missing = planned - passed - failed - skipped
		printf "%d passed, %d failed, %d skipped\n", passed,
		    failed + missing, skipped
		exit failed + missing > 0 || passed == 0
	}' "$log"
