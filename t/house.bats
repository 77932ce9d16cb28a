#!/usr/bin/env bats
# What every program does the same way, and what the house promises.

load helper

# Programs that read records, and those that read packets.
FILTERS="rttmatch hsclass flowtrack httpreq summarize vitals"
DECODERS=tcpdecode
# Those that are built only if their library is there.
[ ! -x "$BUILD/bin/portid" ] || portid=portid
[ ! -x "$BUILD/bin/resolve" ] || resolve=resolve
FILTERS="$FILTERS ${portid:=} ${resolve:=}"

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# All programs that were built.
programs() {
	for source in "$top"/cmd/*.c; do
		basename "$source" .c
	done | while read -r program; do
		[ "$program" = portid ] && [ -z "$portid" ] ||
		[ "$program" = resolve ] && [ -z "$resolve" ] ||
		    echo "$program"
	done
}

# The SYNOPSIS of a page as plain text on one line.
synopsis() {
	MANWIDTH=500 mandoc -T ascii -O width=500 "$BUILD/man/man1/$1.1" |
	    col -b | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' |
	    tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

@test "-h is the page's SYNOPSIS and a line for each option" {
	need mandoc col
	for program in $(programs); do
		$program -h >usage
		sed -n '/^usage: /,/^  -/p' usage | grep -v '^  -' |
		    tr -s ' \n' ' ' | sed 's/^usage: //; s/ $//' >got
		synopsis $program >want
		same want got
		# Every option, by its letter and its name, is in the page.
		page=$top/share/man/man1/$program.1
		for option in $(grep '^  -' usage | cut -c4 | sort -u); do
			grep -q "^\.It Fl $option" "$page"
		done
		for name in $(sed -n 's/^  .*--\([a-z0-9-]*\).*/\1/p' usage); do
			grep -q "^\.It .*Fl Fl $name\b" "$page" ||
			    { echo "$program --$name"; false; }
		done
		$program --help | same usage -
	done
}

@test "-V is the version, the same for all" {
	for program in $(programs); do
		run -0 $program -V
		[[ "$output" == "$program "[0-9]* ]]
		$program --version | same - <(echo "$output")
	done
	[ "$(for p in $(programs); do $p -V; done | cut -d' ' -f2 |
	    sort -u | wc -l)" -eq 1 ]
}

@test "-F names the columns that are written, in their order" {
	tcpdecode "$SAMPLE" >records.tsv
	rttmatch records.tsv >rtt.tsv
	hsclass <records.tsv | grep '^#hs' | tr '\t' '\n' | tail -n +2 >got
	hsclass -F | awk -F'\t' '$1 == "hs" { print $2 }' >want
	same want got
	rttmatch -F | awk -F'\t' '$1 == "rtt" { print $2 }' >want
	grep '^#rtt' rtt.tsv | tr '\t' '\n' | tail -n +2 >got
	same want got
	flowtrack -e <records.tsv >conn.tsv
	for kind in conn loss; do
		grep "^#$kind" conn.tsv | tr '\t' '\n' | tail -n +2 >got
		flowtrack -F | awk -F'\t' -v k=$kind '$1 == k { print $2 }' >want
		same want got
	done
	tcpdecode -o ttl,tos,ipid,iplen,framelen,vlan,encap,tags -d 1 "$SAMPLE" |
	    grep '^#pkt' | tr '\t' '\n' | tail -n +2 >got
	tcpdecode -F | awk -F'\t' '$1 == "pkt" { print $2 }' >want
	same want got
	tcpdecode -d all "$SAMPLE" | httpreq -o all >http.tsv
	for kind in req http; do
		grep "^#$kind" http.tsv | tr '\t' '\n' | tail -n +2 >got
		httpreq -F | awk -F'\t' -v k=$kind '$1 == k { print $2 }' >want
		same want got
	done
}

@test "connpipe-records(5) has every column and its help" {
	need mandoc col
	mandoc -T ascii -O width=500 "$BUILD/man/man5/connpipe-records.5" |
	    col -b | tr -s ' \n' ' ' >page
	for program in tcpdecode rttmatch hsclass flowtrack httpreq summarize \
	    probesrc $portid; do
		$program -F | while IFS='	' read -r kind column type text; do
			grep -qF "$text" page ||
			    { echo "$kind $column: $type: $text"; exit 1; }
		done
	done
}

@test "the pages are clean" {
	need mandoc
	mandoc -T lint -W warning "$BUILD"/man/man*/*
}

@test "every program has a page and a test" {
	for program in $(programs); do
		[ -s "$top/share/man/man1/$program.1" ]
		[ -s "$top/t/$program.bats" ]
	done
}

@test "the same mistake is reported in the same words by all" {
	for program in $(programs); do
		while IFS='|' read -r option reason; do
			run -2 --separate-stderr "$program" "$option"
			[ -z "$output" ]
			[ "${stderr_lines[0]}" = "$program: $reason" ]
			[ "${stderr_lines[1]}" = "try '$program --help'" ]
		done <<-'END'
		-@|unknown option -@
		--no-such|unknown option --no-such
		--help=me|option --help takes no argument
		END
	done
}

@test "-F, --columns lists columns without an argument, in every program" {
	for program in $(programs); do
		run -0 --separate-stderr "$program" -F
		want=$output
		run -0 --separate-stderr "$program" --columns
		[ "$output" = "$want" ]
		# Kind, name, type and help.
		awk -F'\t' 'NF != 4 { exit 1 }' <<<"${output:-a	b	c	d}"
	done
}

@test "what a program says of itself is not lost on a full disk" {
	need_dev_full
	for program in $(programs); do
		for option in -h -V; do
			status=0
			$program $option >/dev/full 2>said || status=$?
			[ $status -eq 1 ]
			grep -q 'No space left' said
		done
	done
}

@test "an empty stream of records is no error, an empty capture is one" {
	for filter in $FILTERS; do
		run -0 $filter </dev/null
		[[ "$output" != *"rtt	"* ]]
	done
	for decoder in $DECODERS; do
		run -1 $decoder /dev/null
	done
}

@test "a full disk is an error with a reason" {
	need_dev_full
	tcpdecode -d all "$SAMPLE" >records.tsv
	for command in "tcpdecode $SAMPLE" "rttmatch records.tsv" \
	    "rttmatch -p records.tsv" "hsclass -r records.tsv" \
	    "flowtrack records.tsv" "flowtrack -p records.tsv" \
	    "httpreq records.tsv" "httpreq -p records.tsv" \
	    "summarize records.tsv" "summarize -o stat records.tsv" \
	    "pcapsrc -r $SAMPLE" "mkfilter all" "reccut pkt - records.tsv" \
	    ${portid:+"portid records.tsv"}; do
		echo "$command"
		status=0
		$command >/dev/full 2>said || status=$?
		[ $status -eq 1 ]
		grep -q 'No space left' said
	done
}

need_dev_full() {
	[ -c /dev/full ] || skip "no /dev/full"
}

@test "a closed pipe ends a pipeline silently" {
	for _ in $(seq 40); do
		cat "$SAMPLE" | tail -c +25
	done >body
	{ head -c 24 "$SAMPLE"; cat body body body body; } >long.pcap
	tcpdecode -d all long.pcap >long.tsv
	for command in "tcpdecode long.pcap" "rttmatch -p long.tsv" \
	    "hsclass -p -r long.tsv" "flowtrack -p long.tsv" \
	    "httpreq -p long.tsv" \
	    "pcapsrc -r long.pcap" ${portid:+"portid long.tsv"}; do
		$command 2>said | head -c 100 >/dev/null
		same /dev/null said
	done
}

@test "nonsense gives errors, not crashes" {
	head -c 100000 /dev/urandom >noise
	for command in tcpdecode rttmatch "hsclass -r" flowtrack httpreq \
	    summarize vitals "summarize -i csv" "pcapsrc -r" probesrc \
	    $portid; do
		status=0
		$command noise >/dev/null 2>said || status=$?
		[ $status -eq 1 ] || { cat said; echo "$command $status"; false; }
		[ "$(wc -l <said)" -le 8 ]
	done
}

@test "the tree is as the design says" {
	[ -e "$top/.git" ] || skip "not a checkout"
	need git
	git -C "$top" ls-files | sed 's,/.*,,' | sort -u | grep -v '^\.' >got
	printf '%s\n' LICENSE Makefile README.md cmd lib share t | sort >want
	same want got
}

@test "rooms include and print only what the design allows" {
	run -0 sh "$top/t/rooms.sh"
}

@test "install puts programs and pages under PREFIX, uninstall takes them" {
	make -C "$top" BUILD="$BUILD" DESTDIR="$PWD/dest" PREFIX=/usr install
	for program in $(programs) connmon http_connection_monitor; do
		[ -x dest/usr/bin/$program ]
		[ -s dest/usr/share/man/man1/$program.1 ]
	done
	dest/usr/bin/tcpdecode "$SAMPLE" | grep -q ^pkt
	make -C "$top" BUILD="$BUILD" DESTDIR="$PWD/dest" PREFIX=/usr uninstall
	[ -z "$(find dest -type f)" ]
}

@test "a program that root starts is nobody, confined, when it reads" {
	need_root
	! grep -q __asan_init "$BUILD/bin/rttmatch" ||
	    skip "needs a build without a sanitizer"
	tcpdecode -d all "$SAMPLE" >records.tsv
	for command in tcpdecode "rttmatch -Q" flowtrack hsclass httpreq \
	    "reccut -o tsv pkt" "recrotate file" summarize vitals $portid; do
		mkfifo fifo
		$command <fifo >out 2>said 3>&- &
		pid=$!
		exec 7>fifo
		case $command in
		tcpdecode) cat "$SAMPLE" >&7 ;;
		*)	cat records.tsv >&7 ;;
		esac
		until_true 10 grep -q '^Seccomp:	2' /proc/$pid/status
		awk '/^(Uid|Gid|Groups|Cap|NoNewPrivs)/' /proc/$pid/status >status
		exec 7>&-
		wait $pid
		rm fifo
		echo "$command"
		cat status
		[ "$(awk '/^(Uid|Gid):/ { print $2, $3, $4, $5 }' status | uniq)" = \
		    "65534 65534 65534 65534" ]
		[ "$(awk '/^Cap/ { print $2 }' status | uniq)" = 0000000000000000 ]
		grep -q '^NoNewPrivs:	1' status
	done
}

@test "closed descriptors are errors, not files" {
	run -1 --separate-stderr sh -c 'exec rttmatch <&-'
	[ "$stderr" = "rttmatch: stdin: Bad file descriptor" ]
	tcpdecode "$SAMPLE" 2>said >&- && false
	grep -q 'standard output: Bad file descriptor' said
	tcpdecode "$SAMPLE" >want
	tcpdecode "$SAMPLE" >got 2>&-
	same want got
}
