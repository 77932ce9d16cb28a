#!/bin/sh
# format.sh FILE...: format C files in place with clang-format, but keep lines
# that differ only in what .clang-format cannot express: where a statement or a
# table is broken into lines of at most 80 columns, and how comments and macros
# are aligned.  Prints what it changed, as a diff.
set -eu

cd "$(dirname "$0")/.."
tool=
for name in clang-format clang-format-14; do
	command -v "$name" >/dev/null && tool=$name
done
[ -n "$tool" ] || { echo 'format: clang-format is not installed' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for file; do
	"$tool" "$file" >"$work/formatted"
	diff "$file" "$work/formatted" >"$work/hunks" || true
	awk '
	function width(s,   i, n) {
		for (i = 1; i <= length(s); i++)
			n = substr(s, i, 1) == "\t" ? n - n % 8 + 8 : n + 1
		return n
	}
	function indent(s) {
		match(s, /^[ \t]*/)
		return substr(s, 1, RLENGTH)
	}
	# Lines as one, with all blanks alike.
	function joined(lines, from, to,   i, s) {
		for (i = from; i <= to; i++)
			s = s " " lines[i]
		gsub(/\\$|\\ /, " ", s)
		gsub(/[ \t]+/, " ", s)
		gsub(/[({\[] /, "(", s)
		gsub(/[({\[]/, "(", s)
		gsub(/ [)}\]]/, ")", s)
		gsub(/\) /, ")", s)
		gsub(/\* /, "*", s)
		if (lines[from] ~ /^#/)
			gsub(/ /, "", s)
		sub(/^ /, "", s)
		sub(/ $/, "", s)
		return s
	}
	# Does line n of the file begin a statement or a declaration?
	function begins(n,   s, opened) {
		s = n > 1 ? old[n - 1] : ""
		sub(/[ \t]*\/\*.*/, "", s)
		opened = gsub(/\(/, "(", s) > gsub(/\)/, ")", s)
		return !opened && s ~ \
		    /(^[ \t]*|[;{}]|^[ \t]*(case .*|default|[a-z_]+):)$/
	}
	function keep(a, b, c, d,   i) {
		for (i = a; i <= b; i++)
			if (width(old[i]) > 80 && old[i] !~ /\*\/$/)
				return 0
		if (begins(a) && indent(old[a]) != indent(new[c]) &&
		    old[a] !~ /^#/)
			return 0
		return joined(old, a, b) == joined(new, c, d)
	}
	FILENAME == ARGV[1] { old[++nold] = $0; next }
	FILENAME == ARGV[2] { new[++nnew] = $0; next }
	/^[0-9]/ {
		split($0, side, /[acd]/)
		nl = split(side[1], l, ",")
		nr = split(side[2], r, ",")
		a = l[1]
		b = l[nl]
		c = r[1]
		d = r[nr]
		if (/a/)
			b = a++ - 0
		if (/d/)
			d = c++ - 0
		while (at < a - 1)
			print old[++at]
		if (a <= b && c <= d && keep(a, b, c, d))
			for (i = a; i <= b; i++)
				print old[i]
		else
			for (i = c; i <= d; i++)
				print new[i]
		at = b
	}
	END {
		while (at < nold)
			print old[++at]
	}' "$file" "$work/formatted" "$work/hunks" >"$work/kept"
	cmp -s "$file" "$work/kept" && continue
	diff -u -L "$file" -L "$file, formatted" "$file" "$work/kept" || true
	cat "$work/kept" >"$file"
done
