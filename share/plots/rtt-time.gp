# Round trips over time: least, median and 99th percentile of every second.
#
#	tcpdecode FILE | rttmatch -c |
#	    summarize -w 1 -g '' -v rtt_seq -q 50,99 -o tsv >rtt.tsv
#	gnuplot -e "data='rtt.tsv'" rtt-time.gp

load ARG0[:strlen(ARG0) - strlen('rtt-time.gp')].'output.gp'
set title 'Clean round trips, by second'
set xlabel 'seconds'
set ylabel 'round trip, ms'
set yrange [0:*]
stats data using 'time' name 'T' nooutput
x = 'column("time") - T_min'
set style fill transparent solid 0.3 noborder
plot data using (@x):(column('min') * 1000):(column('p99') * 1000) with filledcurves lc rgb '#7aa6da' title 'least to 99th percentile', \
    '' using (@x):(column('p50') * 1000) with linespoints pt 7 ps 0.4 lw 2 lc rgb '#1f4e9c' title 'median'
