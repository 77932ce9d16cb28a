#!/bin/sh
# rooms.sh: print what the rooms of lib include and which programs use them,
# and check the rules that share/doc/DESIGN.md gives them.  Status 1 if one is
# broken.

cd "$(dirname "$0")/.." || exit
status=0
graph=$(grep -n '^#include "' cmd/*.c lib/*/*.[ch] | awk -F'[:"]' '
# Rooms that only one program needs to use, its own.
BEGIN {
	own["capture"] = "pcapsrc"
	own["filter"] = "mkfilter"
	own["stat"] = "summarize"
	own["cut"] = "reccut"
	own["rotate"] = "recrotate"
	own["track"] = "flowtrack"
	own["handshake"] = "hsclass"
	own["http"] = "httpreq"
	own["names"] = "resolve"
	own["probe"] = "probesrc"
	own["ask"] = "portid"
	own["vitals"] = "vitals"
	own["job"] = "runpipe"
	n = split("wire conn track handshake http", name, " ")
	for (i = 1; i <= n; i++)
		pure[name[i]] = 1
	bad = 0
}
function wrong(text) {
	print "WRONG: " text
	bad = 1
}
function room(file) {
	sub(/^lib\//, "", file)
	sub(/\/.*/, "", file)
	return file
}
# The module that a file belongs to: conn/rtt of lib/conn/rtt.c.
function module(file) {
	sub(/^lib\//, "", file)
	sub(/\.[a-z]*$/, "", file)
	return file
}
{
	from = module($1)
	to = module($4)
	if (from == to)
		next
	if (!((from, to) in edge)) {
		edge[from, to] = 1
		next_of[from] = next_of[from] " " to
	}
	a = room($1)
	b = room($4)
	if (a != "cmd" && $1 ~ /\.h$/)
		headers[from] = headers[from] " " to
	if (a != b && !((a, b) in room_edge)) {
		room_edge[a, b] = 1
		rooms[a] = rooms[a] " " b
	}
	if (b == "cmd")
		wrong($1 " includes cmd/")
	if (pure[a] && b ~ /^(rec|stage|sys)$/)
		wrong($1 ":" $2 ": " a " is pure, and must not include " b)
}
# Depth first: is there a way back to where this began?
function visit(graph, node, path,    list, n, i) {
	if (state[graph, node] == 2)
		return
	if (state[graph, node] == 1) {
		wrong("a circle of " graph "s: " path " " node)
		return
	}
	state[graph, node] = 1
	n = split(graph == "room" ? rooms[node] : headers[node], list, " ")
	for (i = 1; i <= n; i++)
		visit(graph, list[i], path " " node)
	state[graph, node] = 2
}
function reach(program, node,    list, n, i) {
	if ((program, node) in reached)
		return
	reached[program, node] = 1
	users[room(node)] = users[room(node)] " " program
	n = split(next_of[node], list, " ")
	for (i = 1; i <= n; i++)
		reach(program, list[i])
}
# Words in their order, each once.
function sorted(text,    word, n, i, j, t, out) {
	n = split(text, word, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && word[j] < word[j - 1]; j--) {
			t = word[j]
			word[j] = word[j - 1]
			word[j - 1] = t
		}
	for (i = 1; i <= n; i++)
		if (word[i] != word[i - 1])
			out = out " " word[i]
	return out
}
END {
	for (node in next_of)
		if (node ~ /^cmd\//)
			reach(substr(node, 5), node)
	for (r in rooms)
		visit("room", r, "")
	for (h in headers)
		visit("header", h, "")
	for (r in users) {
		if (r == "cmd")
			continue
		by = sorted(users[r])
		print r " includes" sorted(rooms[r]) "; used by" by
		if (split(by, list, " ") < 2 && list[1] != own[r])
			wrong("lib/" r " is used by" by " alone")
	}
	exit bad
}') || status=1
printf '%s\n' "$graph" | sort

# Only cmd/ and lib/stage print or exit; the rest formats into what it is handed.
if grep -nE '\<(v?warnx?|v?errx?|exit|perror|v?printf|puts|putchar)\(|\<(stdout|stderr)\>' \
    lib/*/*.[ch] | grep -vE '^lib/stage/|printf\(3\)|^[^:]*:[0-9]*:\s*(/\*| \*)'; then
	echo 'WRONG: only cmd/ and lib/stage print or exit'
	status=1
fi
exit $status
