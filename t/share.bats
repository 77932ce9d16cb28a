#!/usr/bin/env bats
# What share/ gives other programs, run by those programs: Prometheus's rules,
# Grafana's dashboard, SQL for SQLite and PostgreSQL, gnuplot's plots.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	[ ! -d pg ] || runuser -u postgres -- "$bin/pg_ctl" -D pg/data -m immediate \
	    stop >/dev/null || true
}

@test "promtool accepts the rules, and each alert fires when it should" {
	need promtool
	cd "$top/share/prometheus"
	promtool check config prometheus.yml
	promtool test rules connpipe.test.yml
	for alert in $(sed -n 's/.*alert: //p' connpipe.rules.yml); do
		grep -q "alertname: $alert" connpipe.test.yml
	done
}

@test "every query of the dashboard is one that Prometheus understands" {
	need promtool jq
	cp "$top/share/grafana/connpipe.json" .
	jq -e '.title and .uid and (.schemaVersion > 30) and (.panels | length > 5)
	    and ([.panels[] | .id and .type and .title and .description and
		(.gridPos | .w > 0 and .x + .w <= 24)] | all)
	    and ([.panels[].id] | length == (unique | length))' connpipe.json
	{
		printf 'groups:\n- name: queries\n  rules:\n'
		jq -r '.panels[].targets[].expr' connpipe.json |
		    sed 's/\$instance/.*/' |
		    awk '{ gsub(/\047/, "&&")
			printf "  - record: q:%d\n    expr: \047%s\047\n", NR, $0 }'
	} >rules.yml
	promtool check rules rules.yml
	# Metrics and recorded names that a query uses are ones that exist.
	tcpdecode "$WAN/bulk-loss-far.pcap" | rttmatch -c -p | hsclass -p | flowtrack -e -p |
	    summarize -k rtt,hs,conn,loss -o prom >metrics
	jq -r '.panels[].targets[].expr' connpipe.json |
	    grep -oE 'connpipe[a-z_:0-9]+' | sort -u | while read -r name; do
		grep -q "^$name[{ ]" metrics ||
		    grep -q "record: $name" "$top/share/prometheus/connpipe.rules.yml" ||
		    { echo "$name"; exit 1; }
	done
}

# load FORM-ARGS: the tables of three of our captures.
tables() {
	for f in bulk-loss-far handshake http; do
		tcpdecode "$WAN/$f.pcap"
	done | rttmatch -p | hsclass -p | flowtrack -e -p |
	    reccut -o sql rtt,hs,conn,loss
}

@test "the ten questions have the same answers in SQLite and PostgreSQL" {
	need sqlite3 psql runuser reccut
	need_root
	bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1)")
	[ -x "$bin/initdb" ] || skip "the server of PostgreSQL is not installed"
	tables >tables.sql
	sqlite3 db <tables.sql
	# Numbers to six digits, since SQLite's are binary.
	six() { awk -F'|' -v OFS='|' '{ for (i = 1; i <= NF; i++)
	    if ($i ~ /^[0-9]+\.[0-9]+$/) $i = sprintf("%.5f", $i) } 1'; }
	sqlite3 -separator '|' db <"$top/share/sql/questions.sql" | six >lite
	[ "$(wc -l <lite)" -gt 30 ]
	mkdir pg
	chown postgres pg
	chmod o+x . .. ../..
	runuser -u postgres -- "$bin/initdb" -D pg/data -A trust >/dev/null
	runuser -u postgres -- "$bin/pg_ctl" -D pg/data -w -l pg/log -o \
	    "-c listen_addresses= -c unix_socket_directories=$PWD/pg -c fsync=off" start >/dev/null
	psql -qh "$PWD/pg" -U postgres -v ON_ERROR_STOP=1 postgres <tables.sql
	psql -qh "$PWD/pg" -U postgres -v ON_ERROR_STOP=1 -At postgres \
	    <"$top/share/sql/questions.sql" | six >post
	diff lite post
	# By another way: how many were refused.
	tcpdecode "$WAN/handshake.pcap" | hsclass | records hs |
	    awk -F'\t' '$7 == "reject"' | wc -l >want
	psql -qh "$PWD/pg" -U postgres -At postgres \
	    -c "SELECT count(*) FROM hs WHERE result = 'reject'" | diff - want
}

@test "gnuplot draws every plot, by the commands in it" {
	need gnuplot
	cp "$top"/share/plots/*.gp .
	for plot in *.gp; do
		[ $plot != output.gp ] || continue
		file=$WAN/bulk-loss-far.pcap
		case $plot in
		verdicts.gp)	file=$WAN/handshake.pcap ;;
		requests.gp)	file=$WAN/http.pcap ;;
		esac
		# The addresses of the page's example become those of a connection.
		sed -n "s/^#	//p" $plot | sed "s|FILE|$file|
		    s/gnuplot -e \"/&out='$plot.svg'; /" >commands
		if [ $plot = sequence.gp ]; then
			tcpdecode "$file" | flowtrack | reccut -w 'bytes_src > 100k' \
			    conn src,sport,dst,dport | sed -n 2p >ends
			read -r src sport dst dport <ends
			sed -i "s/10.0.0.1/$src/g; s/5001/$sport/g
			    s/10.0.0.2/$dst/g; s/=80/=$dport/g" commands
		fi
		bash -e -o pipefail commands 2>said
		[ ! -s said ] || { cat said; false; }
		grep -q '</svg>' $plot.svg
		[ "$(grep -c '<path' $plot.svg)" -gt 5 ]
	done
}
