# complete.awk: the completion file of a program for a shell, from what -h prints.
#
#	rttmatch -h | awk -v shell=bash -f complete.awk
#
# shell is bash, zsh or fish.  The lines that are read:
#
#	usage: rttmatch [-cFhpQV] ... [file ...]
#	  -D, --debug topics      explain on standard error: sample, all
#	      --long-name argument
#	                          what it does, on a line of its own
#	jobs:
#	  http        a word that can stand for "job" in the usage
#
# An argument in brackets may be left out.  What completes an argument is known
# by its name, or is a list at the end of the help: "a, b or c".

BEGIN {
	kind["file"] = kind["path"] = "FILE"
	kind["directory"] = "DIRECTORY"
	kind["device"] = "DEVICE"
	kind["name"] = "DEVICE FILE"
	kind["user"] = "USER"
	kind["group"] = "GROUP"
	kind["host"] = "HOST"
	part = "usage"
}

# "-D, --debug topics  help", without the blanks before it.
function add_option(line, spec, at) {
	at = match(line, /  /)
	spec = at ? substr(line, 1, at - 1) : line
	help[++n] = at ? substr(line, at) : ""
	sub(/^ +/, "", help[n])
	letters[n] = long[n] = ""
	while (match(spec, /^-[^][ ,=]+/)) {
		if (spec ~ /^--/)
			long[n] = substr(spec, 3, RLENGTH - 2)
		else
			letters[n] = letters[n] substr(spec, 2, 1)
		spec = substr(spec, RLENGTH + 1)
		sub(/^, /, "", spec)
	}
	optional[n] = spec ~ /^ ?\[/	# "[=speed]": of the long name alone
	only_long[n] = spec ~ /^\[=/
	gsub(/^[[ =]+|]$/, "", spec)
	argument[n] = spec
}

# The words of a list at the end of text, "" if there is none.
function list_in(text) {
	sub(/ \([^()]*\)$/, "", text)
	sub(/^.*: /, "", text)
	if (text !~ /^[a-z0-9]+(, [a-z0-9]+)*( or [a-z0-9]+)?$/ ||
	    text !~ / /)
		return ""
	gsub(/, | or /, " ", text)
	return text
}

/^  -/ || /^      -/ {
	part = "options"
	sub(/^ +/, "")
	add_option($0)
	next
}
part == "usage" {
	usage = usage $0
}
/^          / && part == "options" && help[n] == "" {
	sub(/^ +/, "")
	help[n] = $0
}
/^[a-z]+s:$/ {
	part = substr($0, 1, length($0) - 2)
}
/^  [a-z]/ && part != "options" && part != "usage" {
	words[part] = words[part] " " $1
}

# Its operands are what is left of the usage.
function operand_kind(name) {
	gsub(/\[-[^]]*]|-[a-z] [a-z]+/, "", usage)
	for (name in words)
		if (usage ~ " " name "$")
			return substr(words[name], 2)
	return usage ~ /file/ ? "FILE" : usage ~ /host/ ? "HOST" : ""
}
END {
	if (n == 0)
		exit 1
	split(usage, word, " ")
	prog = word[2]
	operand = operand_kind()
	for (i = 1; i <= n; i++)
		completion[i] = argument[i] in kind ? kind[argument[i]] : \
		    list_in(help[i])
	if (shell == "bash")
		print_bash()
	else if (shell == "zsh")
		print_zsh()
	else
		print_fish()
}

# The completion "DEVICE FILE" by the commands of a shell, joined.
function by(commands, what, joint, list, i, k, text) {
	k = split(what, list, " ")
	for (i = 1; i <= k; i++)
		text = text (i > 1 ? joint : "") commands[list[i]]
	return text
}
# The letters and the long name of option i, each after joint.
function option_words(i, joint, text, k) {
	for (k = 1; k <= length(letters[i]); k++)
		text = text joint "-" substr(letters[i], k, 1)
	return text (long[i] == "" ? "" : joint "--" long[i])
}
function is_kind(what) {
	return what ~ /^[A-Z ]+$/
}

# bash: a function that sets COMPREPLY to the words for $cur, which follows
# $option.  bash makes a word of the = in --option=argument.

function print_bash(i, all, none) {
	bash["FILE"] = "compgen -f -- \"$cur\""
	bash["DIRECTORY"] = "compgen -d -- \"$cur\""
	bash["DEVICE"] = "compgen -W \"$(pcapsrc -D 2>/dev/null |\n" \
	    "\t\t    cut -f 1)\" -- \"$cur\""
	bash["USER"] = "compgen -u -- \"$cur\""
	bash["GROUP"] = "compgen -g -- \"$cur\""
	bash["HOST"] = "compgen -A hostname -- \"$cur\""
	print "# bash completion of " prog
	print "_connpipe_" prog "() {"
	print "\tlocal IFS=$' \\t\\n' cur=${COMP_WORDS[COMP_CWORD]}"
	print "\tlocal option=${COMP_WORDS[COMP_CWORD - 1]}"
	print ""
	print "\tCOMPREPLY=()"
	print "\tif [[ $cur == = ]]; then"
	print "\t\tcur=''"
	print "\telif [[ $option == = ]]; then"
	print "\t\toption=${COMP_WORDS[COMP_CWORD - 2]}"
	print "\tfi"
	print "\tcase $option in"
	for (i = 1; i <= n; i++) {
		all = all option_words(i, " ")
		if (argument[i] == "" || optional[i])
			continue
		if (completion[i] == "")
			none = none option_words(i, " | ")
		else
			print "\t" substr(option_words(i, " | "), 4) ")\n" \
			    bash_reply(completion[i]) "\t\treturn ;;"
	}
	if (none != "")
		print "\t" substr(none, 4) ")\n\t\treturn ;;"
	print "\tesac"
	print "\tif [[ $cur == -* ]]; then"
	printf "%s", bash_reply(substr(all, 2))
	if (operand != "") {
		print "\telse"
		printf "%s", bash_reply(operand)
	}
	print "\tfi"
	print "}"
	print "complete -o filenames -F _connpipe_" prog " " prog
}
function bash_reply(what) {
	if (!is_kind(what))
		return "\t\tCOMPREPLY=($(compgen -W '" what "' -- \"$cur\"))\n"
	return "\t\tIFS=$'\\n'\n" \
	    "\t\tCOMPREPLY=($(" by(bash, what, "; ") "))\n"
}

# zsh: the arguments of _arguments.

function print_zsh(i) {
	zsh["FILE"] = "_files"
	zsh["DIRECTORY"] = "_directories"
	zsh["DEVICE"] = "_net_interfaces"
	zsh["USER"] = "_users"
	zsh["GROUP"] = "_groups"
	zsh["HOST"] = "_hosts"
	print "#compdef " prog
	printf "_arguments -s -S"
	for (i = 1; i <= n; i++)
		print_zsh_option(i)
	if (operand != "")
		printf " \\\n    '*: :%s'", zsh_action(operand)
	print ""
}
function zsh_action(what) {
	if (what == "")
		return " "
	if (!is_kind(what))
		return "(" what ")"
	return what ~ / / ? "{" by(zsh, what, "; ") "}" : by(zsh, what)
}
function print_zsh_option(i, names, each, k, count, tail, end) {
	count = split(substr(option_words(i, " "), 2), each, " ")
	names = help[i] ~ /repeatable/ ? "*" : \
	    "(" substr(option_words(i, " "), 2) ")"
	tail = help[i]
	gsub(/'/, "'\\''", tail)
	gsub(/[]:[]/, "\\\\&", tail)
	for (k = 1; k <= count; k++) {
		end = ""
		if (argument[i] != "" && (each[k] ~ /^--/ || !only_long[i]))
			end = (optional[i] ? "::" : ":") argument[i] ":" \
			    zsh_action(completion[i])
		gsub(/[][]/, "", end)
		printf " \\\n    '%s%s%s[%s]%s'", names, each[k],
		    end == "" ? "" : (each[k] ~ /^--/ ? "=" : "") \
		    (optional[i] ? "-" : each[k] ~ /^--/ ? "" : "+"), tail, end
	}
}

# fish: a command for each option.

function print_fish(i, k, line) {
	fish["FILE"] = "(__fish_complete_path)"
	fish["DIRECTORY"] = "(__fish_complete_directories)"
	fish["DEVICE"] = "(__fish_print_interfaces)"
	fish["USER"] = "(__fish_complete_users)"
	fish["GROUP"] = "(__fish_complete_groups)"
	fish["HOST"] = "(__fish_print_hostnames)"
	print "# fish completion of " prog
	if (operand == "FILE")
		print "complete -c " prog " -F"
	else
		print "complete -c " prog " -f" fish_list(operand)
	for (i = 1; i <= n; i++) {
		line = "complete -c " prog
		for (k = 1; k <= length(letters[i]); k++)
			line = line " -s " substr(letters[i], k, 1)
		if (long[i] != "")
			line = line " -l " long[i]
		if (argument[i] != "" && !optional[i])
			line = line (completion[i] == "FILE" ? " -r -F" : \
			    " -x" fish_list(completion[i]))
		print line " -d '" fish_quoted(help[i]) "'"
	}
}
function fish_list(what) {
	if (what == "")
		return ""
	return " -a '" (is_kind(what) ? by(fish, what, " ") : what) "'"
}
function fish_quoted(text) {
	gsub(/['\\]/, "\\\\&", text)
	return text
}
