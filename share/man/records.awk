# records.awk: insert the table of kinds and columns into its manual page.
#
#	awk -f records.awk COLUMNS connpipe-records.5.in > connpipe-records.5
#
# COLUMNS is the output of the programs' option -F: kind, column, type and help,
# separated by TABs.  Each kind becomes a subsection, in the order of COLUMNS but
# 'count' last; they replace the page's line .\" @RECORDS@.

BEGIN { FS = "\t" }

# Replace each char of s.  gsub() treats backslashes differently in each awk.
function replace(s, char, by,  i, done)
{
	while ((i = index(s, char)) > 0) {
		done = done substr(s, 1, i - 1) by
		s = substr(s, i + 1)
	}
	return done s
}

# Return s as mdoc text: without requests, escapes and places to hyphenate.
function text(s)
{
	s = replace(replace(s, "\\", "\\e"), "-", "\\-")
	return s ~ /^[.']/ ? "\\&" s : s
}

# Return s as an argument of a macro that mdoc does not parse as a macro.
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
