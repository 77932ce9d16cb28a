#!/bin/sh
# hex2pcap.sh FILE.hex: the capture file that a text describes, to standard
# output.  A line is one of
#
#	link N [big] [nano]	the file's header: its link type, byte order
#				and precision
#	packet TIME [LENGTH]	a packet; LENGTH where the frame was longer
#				than what follows
#	bytes			what follows is no packet
#
# and what follows is bytes in hexadecimal, or text in quotation marks with the
# escapes \r \n \t \" \\.  From a # that follows a blank the line is a comment.
set -eu

LC_ALL=C awk '
function fail(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why >"/dev/stderr"
	failed = 1
	exit 1
}

# One byte as printf(1) writes it, and n bytes of a number in the byte order.
function byte(v) { return sprintf("\\%03o", v) }

function number(v, n,   i, s) {
	for (i = 0; i < n; i++) {
		s = big ? byte(v % 256) s : s byte(v % 256)
		v = int(v / 256)
	}
	return s
}

function flush() {
	if (in_packet)
		printf "%s%s%s", stamp, number(size, 4),
		    number(length_of > size ? length_of : size, 4)
	printf "%s", data
	data = ""
	size = in_packet = 0
}

function hex(word,   i) {
	if (word !~ /^([0-9a-f][0-9a-f])+$/)
		fail("not hexadecimal: " word)
	for (i = 1; i < length(word); i += 2) {
		data = data byte(16 * \
		    (index(digits, substr(word, i, 1)) - 1) + \
		    index(digits, substr(word, i + 1, 1)) - 1)
		size++
	}
}

function text(line,   i, c) {
	for (i = 2; i < length(line); i++) {
		c = substr(line, i, 1)
		if (c == "\\") {
			c = substr(line, ++i, 1)
			if (c ~ /[rnt]/)
				c = c == "r" ? "\r" : c == "n" ? "\n" : "\t"
		}
		data = data byte(index(ascii, c) + 8)
		size++
	}
}

BEGIN {
	digits = "0123456789abcdef"
	for (i = 9; i < 127; i++)
		ascii = ascii sprintf("%c", i)
}

/^[ \t]*#/ || /^[ \t]*$/ { next }
/^[ \t]*".*"$/ { sub(/^[ \t]*/, ""); text($0); next }
{ sub(/[ \t]#.*/, "") }

$1 == "link" {
	big = / big/
	nano = / nano/
	printf "%s%s%s%s%s%s", number(nano ? 2712812621 : 2712847316, 4),
	    number(2, 2), number(4, 2), number(0, 8), number(262144, 4),
	    number($2, 4)
	next
}

$1 == "packet" {
	flush()
	in_packet = 1
	split($2, t, ".")
	t[2] = substr(t[2] "000000000", 1, nano ? 9 : 6)
	stamp = number(t[1], 4) number(t[2] + 0, 4)
	length_of = $3 + 0
	next
}

$1 == "bytes" { flush(); next }

{ for (i = 1; i <= NF; i++) hex($i) }

END { if (!failed) flush() }
' "$1" | {
	# The shell has no variable for a byte of zero; printf(1) writes it.
	octal=$(cat)
	# shellcheck disable=SC2059
	printf "$octal"
}
