# columns.sh - for front-ends that read records in awk: columns by name.  make
# puts it into those.
# shellcheck shell=sh disable=SC2154,SC2034

# mawk reads and writes whole blocks, unless asked not to.
case $(awk -W version </dev/null 2>&1) in
mawk*)	interactive=' -W interactive' ;;
*)	interactive='' ;;
esac

# Print the beginning of an awk program that reads records.  Each argument is a
# kind and the columns of it that the program uses: in 'rtt time note' are
# $rtt_time and $rtt_note, wherever the header has them.
# shellcheck disable=SC2016
by_name() {
	printf 'BEGIN { prog = "%s" }\n' "$prog"
	cat <<'AWK'
BEGIN { FS = "\t" }
function unreadable(why) {
	print prog ": stdin:" NR ": " why > "/dev/stderr"
	failed = 1
	exit 1
}
function field(name, i) {
	for (i = 2; i <= NF; i++)
		if ($i == name)
			return i
	unreadable("no column \047" name "\047 in \047" substr($1, 2) \
	    "\047 records")
}
END {
	if (failed)
		exit 1
}
AWK
	for list; do
		kind=${list%% *}
		printf '$1 == "#%s" {\n' "$kind"
		for column in ${list#* }; do
			printf '\t%s_%s = field("%s")\n' "$kind" "$column" \
			    "$column"
		done
		printf '}\n$1 == "%s" && !%s_%s {\n' "$kind" "$kind" "$column"
		printf '\tunreadable("no header of \\047%s\\047 records")\n}\n' \
		    "$kind"
	done
}
