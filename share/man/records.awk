# records.awk: put the kinds and columns of records into their manual page.
#
#	awk -f records.awk COLUMNS connpipe-records.5.in > connpipe-records.5
#
# COLUMNS has what the programs print with -F: kind, column, type and help,
# by TABs.  The page's line .\" @RECORDS@ becomes a subsection for each kind,
# in the order in which they come, 'count' last.

BEGIN { FS = "\t" }

# s with each char replaced; gsub() treats backslashes differently in each awk.
function replace(s, char, by,  i, done)
{
	while ((i = index(s, char)) > 0) {
		done = done substr(s, 1, i - 1) by
		s = substr(s, i + 1)
	}
	return done s
}

# As mdoc text: nothing of it is a request, an escape or a place to hyphenate.
function text(s)
{
	s = replace(replace(s, "\\", "\\e"), "-", "\\-")
	return s ~ /^[.']/ ? "\\&" s : s
}

# As an argument of a macro, and none itself.
function word(s)
{
	s = replace(text(s), "\"", "\\(dq")
	return s ~ /^[A-Z%][A-Za-z0-9][A-Za-z0-9]?$/ ? "\\&" s : s
}

function column(name, type, help)
{
	print ".It Cm " word(name) " Pq " word(type)
	print text(help)
}

function kind(k,  i)
{
	print ".Ss " word(k)
	print ".Bl -tag -width Ds -compact"
	for (i = 1; i <= columns[k]; i++)
		column(name[k, i], type[k, i], help[k, i])
	print ".El"
}

FNR == NR {
	if (!($1 in columns))
		kinds[++nkinds] = $1
	i = ++columns[$1]
	name[$1, i] = $2
	type[$1, i] = $3
	help[$1, i] = $4
	next
}

$0 == ".\\\" @RECORDS@" {
	for (i = 1; i <= nkinds; i++)
		if (kinds[i] != "count")
			kind(kinds[i])
	if ("count" in columns)
		kind("count")
	placed = 1
	next
}

{ print }

END {
	if (!placed) {
		print "records.awk: no line .\\\" @RECORDS@" > "/dev/stderr"
		exit 1
	}
}
