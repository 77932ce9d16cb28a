# probe.sh - for connmonitor and connvitals: probes, and messages in their form.
# make puts it into those.
# shellcheck shell=sh disable=SC2154,SC2034

# Prints the messages of the programs: in colour on a terminal; hide the place of
# a host in a list that the user did not write.
# shellcheck disable=SC2016
messages='
BEGIN {
	if (terminal) {
		red = "\033[38;2;255;0;0m"
		yellow = "\033[38;2;238;216;78m"
		off = " \033[m"
	}
}
{ sub(/ -r allows /, " --rate allows ") }
hide { sub(/^probesrc: stdin:[0-9]*:/, "probesrc:") }
/^EE:/ { text = red $0 off }
/^WW:/ { text = yellow $0 off }
!/^[EW][EW]:/ {
	text = red "EE: " $0 " -\t " strftime("%a %b %e %H:%M:%S %Y") off
}
{
	print text
	fflush()
}'

# The pipeline: probesrc with options $1, portid unless $2 is empty, vitals with
# options $3.  What they print on standard error leads to the last stage; it
# hides places if $4 is 1.
probe() {
	terminal=0
	[ ! -t 2 ] || terminal=1
	last="'2>|4'"
	[ -n "$2" ] || last="'2>|3'"
	stage "probesrc $1"
	job="$job $last"
	if [ -n "$2" ]; then
		stage "$2"
		job="$job $last"
	fi
	stage "vitals $3"
	job="$job $last ';' env LC_ALL=C awk$interactive -v terminal=$terminal \
-v hide=${4-0} '$messages' '1>&2'"
}
