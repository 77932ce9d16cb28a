# inline.awk: a front-end as one file, with the files that it reads put in their
# place.
#
#	awk -f inline.awk share/frontends/connmon >connmon

function put(file, line) {
	while ((getline line <file) > 0)
		if (line !~ /^# shellcheck shell=/)
			print line
	close(file)
}
FNR == 1 {
	folder = FILENAME
	sub(/[^\/]*$/, "", folder)
}
/^\. "\$here\/[a-z]+\.sh"$/ {
	gsub(/^.*\/|"$/, "")
	put(folder $0)
	next
}
{ print }
